import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keyPairCredentials, secretMaterialOf } from "../../../src/amplify/credentials.ts";
import { fromBase64 } from "../../../src/amplify/encoding.ts";
import { orgGuidOf, signAssertion } from "../../../src/amplify/jwt.ts";
import { importSigningKey, KeyFormatError, kidOf } from "../../../src/amplify/pem.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const pkcs1 = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const spki = new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" }));

/** A public test key of Axway's agent SDK with the id that the SDK computes for it. */
const SDK_PUBLIC_KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxPy/VVNjiD/2nMrk78b6e4MS1XvK/lY+iMTdD6L54mk324z3y2IF3uNrvUtRz/7XKqHQMGn/yCuLwMPgPnJxZPaBLy6TzzskqzFMSDYM/8aHb/5S6OC1HTVw2TB1OUc2yp5JC6eU2jGWKfNF4YCqhCGmOyVWzJo0QyO7r9K1kyHipvVjs4F2XbJtYqwEjwKLfP24V9kM5QsGiPvx06it2mUXz7QrNWyDlODmN6hrYIcqdh62rATE0nOmRx4hGNINhNjp1EXyTvFcTt/7oyGp2iiAm8XSTIBu07H0Koe9VkbaX1o/93k0EuICSWALYJbeGUWIqNNxVD3tnUJYicu/gwIDAQAB";

async function refusal(pem: string): Promise<string> {
  const error: unknown = await importSigningKey(pem).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KeyFormatError);
  return error instanceof Error ? error.message : "";
}

describe("the private key", () => {
  it("is read from PKCS#8 and PKCS#1, with real and escaped line ends, always to the same bytes and id", async () => {
    const forms = [
      pkcs8,
      pkcs1,
      pkcs8.replaceAll("\n", "\\n"),
      pkcs1.replaceAll("\n", "\\r\\n"),
      pkcs8.replaceAll("\n", "\r\n"),
      `  \n${pkcs8.replaceAll("\n", " ")}  `,
    ];
    const keys = await Promise.all(forms.map(importSigningKey));
    const der = new Uint8Array(pair.privateKey.export({ type: "pkcs8", format: "der" }));
    for (const key of keys) {
      expect(key.kid).toBe(await kidOf(spki));
      expect(key.der).toEqual(der);
      expect(key.privateKey.extractable).toBe(false);
    }
  });

  it("of 4096 bits in PKCS#1 is wrapped with long lengths", async () => {
    const large = generateKeyPairSync("rsa", { modulusLength: 4096 });
    const key = await importSigningKey(large.privateKey.export({ type: "pkcs1", format: "pem" }).toString());
    expect(key.kid).toBe(await kidOf(new Uint8Array(large.publicKey.export({ type: "spki", format: "der" }))));
  });

  it("gets the key id that Axway's agent SDK computes", async () => {
    expect(await kidOf(fromBase64(SDK_PUBLIC_KEY) ?? new Uint8Array())).toBe(
      "1wzYoslzjo-ROTN1CUWPQYtTUqrqiaDO96fAAmb7JvA",
    );
  });

  it("is refused with the command that decrypts it when it is encrypted, in both forms", async () => {
    const encrypted = { cipher: "aes-256-cbc", passphrase: "x" };
    const modern = pair.privateKey.export({ type: "pkcs8", format: "pem", ...encrypted }).toString();
    const legacy = pair.privateKey.export({ type: "pkcs1", format: "pem", ...encrypted }).toString();
    const expected =
      "The private key is encrypted. Convert it with: openssl pkcs8 -topk8 -nocrypt -in private_key.pem -out plain_key.pem";
    expect(await refusal(modern)).toBe(expected);
    expect(await refusal(legacy)).toBe(expected);
  });

  it("is refused by what it is: a public key, another kind of key, no PEM, no base64, cut bytes; never with any of it in the message", async () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    const body = pkcs8.split("\n")[1] ?? "";
    const messages = [
      await refusal(pair.publicKey.export({ type: "spki", format: "pem" }).toString()),
      await refusal(ec),
      await refusal(body),
      await refusal(""),
      await refusal(pkcs8.replace(body, `*${body}`)),
      await refusal(pkcs8.replace(body, "")),
    ];
    expect(messages).toEqual([
      "Expected a PRIVATE KEY or an RSA PRIVATE KEY, found a PEM block of another kind: PUBLIC KEY.",
      "The private key is not an RSA key, or it is damaged.",
      "The private key is not PEM: expected a text from -----BEGIN PRIVATE KEY----- to its END line.",
      "The private key is not PEM: expected a text from -----BEGIN PRIVATE KEY----- to its END line.",
      "The private key is damaged: its lines are not base64.",
      "The private key is not an RSA key, or it is damaged.",
    ]);
  });

  it("gives the same secret material whatever form it is written in, and a secret gives its bytes", async () => {
    const a = secretMaterialOf(await keyPairCredentials("sa_1", pkcs8));
    const b = secretMaterialOf(await keyPairCredentials("sa_1", pkcs1.replaceAll("\n", "\\n")));
    expect(a).toEqual(b);
    const secret = secretMaterialOf({ kind: "client-secret", clientId: "sa_1", clientSecret: "s3cret" });
    expect(new TextDecoder().decode(secret)).toBe("s3cret");
  });
});

describe("the assertion", () => {
  it("has exactly the header and claims of Axway's agents and verifies with the public key", async () => {
    const key = await importSigningKey(pkcs8);
    const jwt = await signAssertion(key, {
      clientId: "sa_6d66dc36",
      audience: "https://login.axway.com/auth/realms/Broker",
      now: 1_795_446_791_987,
      jti: "ba6fe77f-c2b3-4135-8c83-c4b67f7315c9",
    });
    const [header = "", claims = "", signature = ""] = jwt.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(decode(header)).toEqual({ alg: "RS256", typ: "JWT", kid: key.kid });
    expect(decode(claims)).toEqual({
      iss: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer:sa_6d66dc36",
      sub: "sa_6d66dc36",
      aud: ["https://login.axway.com/auth/realms/Broker"],
      iat: 1_795_446_791,
      exp: 1_795_446_851,
      jti: "ba6fe77f-c2b3-4135-8c83-c4b67f7315c9",
    });
    const publicKey = createPublicKey(pair.privateKey);
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, "base64url"))).toBe(
      true,
    );
    expect(jwt).not.toContain("=");
  });

  it("tells the organisation's GUID of a token, and nothing of one that is opaque, cut or without it", () => {
    const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
    expect(orgGuidOf(token({ org_guid: "c0ffee00-1111" }))).toBe("c0ffee00-1111");
    expect(orgGuidOf(token({ sub: "x" }))).toBeUndefined();
    expect(orgGuidOf(token({ org_guid: 7 }))).toBeUndefined();
    expect(orgGuidOf("opaque")).toBeUndefined();
    expect(orgGuidOf("a.%%%.c")).toBeUndefined();
    expect(orgGuidOf("a.bm90anNvbg.c")).toBeUndefined();
  });
});
