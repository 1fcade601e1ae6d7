import { constants, createDecipheriv, generateKeyPairSync, type KeyObject, privateDecrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  type ApplicationKey,
  canTake,
  encryptFor,
  encryptProperties,
  readApplicationKey,
} from "../../../src/amplify/encrypt.ts";
import { encryptionWords } from "../../../src/amplify/encryption-failures.ts";

interface Pair {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

/** Made once for each size: 4096 bits take their time. */
const pairs = new Map<number, Pair>();
function pairOf(bits: number): Pair {
  const known = pairs.get(bits);
  if (known !== undefined) return known;
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const made = { pem: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
  pairs.set(bits, made);
  return made;
}

async function keyOf(pair: Pair, hash = "SHA256", algorithm = "RSA-OAEP"): Promise<ApplicationKey> {
  const read = await readApplicationKey({
    encryptionKey: pair.pem,
    encryptionAlgorithm: algorithm,
    encryptionHash: hash,
  });
  if (read.kind !== "usable") throw new Error(read.kind);
  return read.key;
}

async function encrypted(key: ApplicationKey, plaintext: string): Promise<string> {
  const result = await encryptFor(key, plaintext);
  if (result.kind !== "encrypted") throw new Error(result.kind);
  return result.text;
}

/** As the marketplace decrypts: OpenSSL, nothing of WebCrypto. */
function decrypt(pair: Pair, oaepHash: "sha256" | "sha1", text: string): string {
  const open = (bytes: Buffer) =>
    privateDecrypt({ key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
  const parts = text.split(".");
  if (parts.length === 1) return open(Buffer.from(text, "base64")).toString("utf8");
  const [header = "", key = "", iv = "", content = "", tag = ""] = parts;
  const decipher = createDecipheriv("aes-256-gcm", open(Buffer.from(key, "base64url")), Buffer.from(iv, "base64url"));
  decipher.setAAD(Buffer.from(header, "ascii"));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  return Buffer.concat([decipher.update(Buffer.from(content, "base64url")), decipher.final()]).toString("utf8");
}

function headerOf(text: string): unknown {
  return text.includes(".") ? JSON.parse(Buffer.from(text.split(".")[0] ?? "", "base64url").toString()) : "none";
}

describe("a secret for a managed application", () => {
  // Bytes at which the JWE starts: agent-sdk pkg/util/encrypt_test.go.
  it.each([
    [2048, "SHA1", "sha1", 215, "RSA-OAEP"],
    [2048, "SHA256", "sha256", 191, "RSA-OAEP-256"],
    [2048, "", "sha256", 191, "RSA-OAEP-256"],
    [4096, "SHA1", "sha1", 471, "RSA-OAEP"],
    [4096, "SHA256", "sha256", 447, "RSA-OAEP-256"],
    [3072, "SHA256", "sha256", 319, "RSA-OAEP-256"],
  ] as const)(
    "with a key of %i bits and hash %j (%s) becomes a JWE from %i bytes on, alg %s",
    async (bits, hash, oaep, first, alg) => {
      const pair = pairOf(bits);
      const key = await keyOf(pair, hash);
      for (const [length, header] of [
        [0, "none"],
        [64, "none"],
        [first - 1, "none"],
        [first, { alg, enc: "A256GCM" }],
        [10_000, { alg, enc: "A256GCM" }],
      ] as const) {
        const plaintext = "x".repeat(length);
        const text = await encrypted(key, plaintext);
        expect(headerOf(text)).toEqual(header);
        expect(decrypt(pair, oaep, text)).toBe(plaintext);
      }
    },
  );

  it("counts bytes, not characters", async () => {
    const pair = pairOf(2048);
    const key = await keyOf(pair);
    const longest = "é".repeat(95);
    expect((await encrypted(key, longest)).includes(".")).toBe(false);
    const oneMore = await encrypted(key, `${longest}é`);
    expect(oneMore.split(".")).toHaveLength(5);
    expect(decrypt(pair, "sha256", oneMore)).toBe(`${longest}é`);
  });

  it("is padded base64 of exactly one block, or five parts of base64url", async () => {
    const key = await keyOf(pairOf(2048));
    expect(await encrypted(key, "secret")).toMatch(/^[A-Za-z0-9+/]{342}==$/);
    expect(await encrypted(key, "s".repeat(300))).toMatch(/^[\w-]+\.[\w-]{342}\.[\w-]{16}\.[\w-]{400}\.[\w-]{22}$/);
  });

  it("comes out different each time, in every part that may", async () => {
    const key = await keyOf(pairOf(2048));
    expect(await encrypted(key, "secret")).not.toBe(await encrypted(key, "secret"));
    const [one, two] = [await encrypted(key, "s".repeat(300)), await encrypted(key, "s".repeat(300))];
    const same = one.split(".").map((part, index) => part === two.split(".")[index]);
    expect(same).toEqual([true, false, false, false, false]);
  });

  it("is found out when its header is changed on the way", async () => {
    const pair = pairOf(2048);
    const [, ...rest] = (await encrypted(await keyOf(pair), "s".repeat(300))).split(".");
    const forged = Buffer.from('{"alg":"RSA-OAEP-256","enc":"A256GCM" }').toString("base64url");
    expect(() => decrypt(pair, "sha256", [forged, ...rest].join("."))).toThrow();
  });

  it("takes a key with escaped or Windows line ends, and an empty algorithm as RSA-OAEP", async () => {
    const pair = pairOf(2048);
    for (const pem of [pair.pem.replaceAll("\n", "\\n"), pair.pem.replaceAll("\n", "\r\n"), `\n ${pair.pem}`]) {
      const key = await keyOf({ ...pair, pem }, "", "");
      expect(decrypt(pair, "sha256", await encrypted(key, "secret"))).toBe("secret");
    }
  });
});

describe("a key that will not do", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });
  const pkcs1 = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "pkcs1", format: "pem" });
  const good = pairOf(2048).pem;

  it.each([
    ["is not there", "", "", "", { kind: "key-missing" }],
    ["is blank", " \n", "", "", { kind: "key-missing" }],
    ["is no PEM", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "", "", { kind: "key-unreadable" }],
    ["is a PEM of nothing", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "", "", { kind: "key-unreadable" }],
    ["is cut off", good.split("\n").toSpliced(2, 1).join("\n"), "", "", { kind: "key-unreadable" }],
    ["is an elliptic curve's", ec.toString(), "", "", { kind: "key-unreadable" }],
    ["is PKCS#1", pkcs1.toString(), "", "", { kind: "key-unreadable" }],
    ["goes with PKCS#1 v1.5", good, "PKCS", "SHA256", { kind: "algorithm-not-supported", algorithm: "PKCS" }],
    [
      "goes with an unknown algorithm",
      good,
      "rsa-oaep",
      "",
      { kind: "algorithm-not-supported", algorithm: "rsa-oaep" },
    ],
    ["goes with an unknown hash", good, "", "SHA512", { kind: "hash-not-supported", hash: "SHA512" }],
    [
      "goes with a hash named like a member of objects",
      good,
      "",
      "constructor",
      { kind: "hash-not-supported", hash: "constructor" },
    ],
  ])("because it %s is refused", async (_why, encryptionKey, encryptionAlgorithm, encryptionHash, failure) => {
    expect(await readApplicationKey({ encryptionKey, encryptionAlgorithm, encryptionHash })).toEqual(failure);
  });

  it("takes what fits a small key, and refuses what would need a JWE that does not", async () => {
    const small = pairOf(768);
    const key = await keyOf(small);
    expect(key.mostBytes).toBe(30);
    expect([canTake(key, 30), canTake(key, 31), canTake(await keyOf(pairOf(2048)), 10_000)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(decrypt(small, "sha256", await encrypted(key, "x".repeat(30)))).toBe("x".repeat(30));
    expect(await encryptFor(key, "x".repeat(31))).toEqual({ kind: "key-too-small" });
    expect(await encryptFor(await keyOf(pairOf(512)), "")).toEqual({ kind: "key-too-small" });
    const bySha1 = await keyOf(small, "SHA1");
    expect(decrypt(small, "sha1", await encrypted(bySha1, "x".repeat(64)))).toBe("x".repeat(64));
  });

  it("tells when the runtime refuses, without what it said", async () => {
    const key = await keyOf(pairOf(2048));
    // A key that claims to take more than it does.
    expect(await encryptFor({ ...key, mostBytes: 1000 }, "x".repeat(500))).toEqual({ kind: "not-encrypted" });
  });
});

describe("the data of a credential", () => {
  const schema = {
    properties: {
      apiKey: { type: "string", "x-axway-copyable": true },
      apiSecret: { type: "string", "x-axway-encrypted": true },
      srSecret: { type: "string", "x-axway-encrypted": false },
    },
  };

  it("has exactly the flagged values encrypted, whatever the flag says, and undefined ones left out", async () => {
    const pair = pairOf(2048);
    const data = { apiKey: "KEY", apiSecret: "first", srSecret: "second", left: undefined };
    const result = await encryptProperties(schema, data, await keyOf(pair));
    if (result.kind !== "encrypted") throw new Error(result.kind);
    expect(Object.keys(result.data)).toEqual(["apiKey", "apiSecret", "srSecret"]);
    expect(result.data.apiKey).toBe("KEY");
    expect(decrypt(pair, "sha256", String(result.data.apiSecret))).toBe("first");
    expect(decrypt(pair, "sha256", String(result.data.srSecret))).toBe("second");
    expect(JSON.stringify(result)).not.toMatch(/first|second/);
  });

  it.each([
    ["a flagged number", schema, { apiSecret: 42 }, { kind: "value-not-text", property: "apiSecret" }],
    ["a flagged null", schema, { apiKey: "K", srSecret: null }, { kind: "value-not-text", property: "srSecret" }],
    [
      "a value that the schema does not know",
      schema,
      { password: "p" },
      { kind: "value-not-described", property: "password" },
    ],
    [
      "a value named like a member of objects",
      schema,
      { toString: "p" },
      { kind: "value-not-described", property: "toString" },
    ],
    ["no schema", undefined, { apiSecret: "s" }, { kind: "schema-unreadable" }],
    ["a schema without properties", { type: "object" }, { apiSecret: "s" }, { kind: "schema-unreadable" }],
    [
      "a property that is no object",
      { properties: { apiSecret: true } },
      { apiSecret: "s" },
      { kind: "schema-unreadable" },
    ],
  ])("with %s fails as a whole", async (_what, provision, data, failure) => {
    expect(await encryptProperties(provision, data, await keyOf(pairOf(2048)))).toEqual(failure);
  });

  it("fails as a whole when one value is too long for the key", async () => {
    const data = { apiKey: "K", apiSecret: "short", srSecret: "x".repeat(64) };
    expect(await encryptProperties(schema, data, await keyOf(pairOf(768)))).toEqual({ kind: "key-too-small" });
  });
});

describe("the words for a failure", () => {
  it("tell the consumer what key to give", () => {
    expect(encryptionWords({ kind: "algorithm-not-supported", algorithm: "PKCS" })).toEqual({
      consumer:
        'The application asks for the encryption "PKCS", which is not offered because PKCS#1 v1.5 padding can be attacked. ' +
        "Give the application a public RSA key of at least 2048 bits (PEM, -----BEGIN PUBLIC KEY-----) with RSA-OAEP and SHA256.",
      operator:
        'The managed application cannot be sent secrets: spec.security.encryptionAlgorithm is "PKCS"; RSA-OAEP is supported. Nothing was sent.',
    });
  });

  it("hold nothing long or dangerous of what somebody else wrote", () => {
    const words = encryptionWords({
      kind: "hash-not-supported",
      hash: `https://evil.example/${"x".repeat(500)}\u202e`,
    });
    expect(words.operator).toBe(
      'The managed application cannot be sent secrets: spec.security.encryptionHash is "[address]"; SHA256 and SHA1 are supported. Nothing was sent.',
    );
  });

  it.each([
    { kind: "key-missing" },
    { kind: "key-unreadable" },
    { kind: "key-too-small" },
    { kind: "hash-not-supported", hash: "MD5" },
    { kind: "schema-unreadable" },
    { kind: "value-not-described", property: "p" },
    { kind: "value-not-text", property: "p" },
    { kind: "not-encrypted" },
  ] as const)("of $kind are whole sentences for both", (failure) => {
    const { consumer, operator } = encryptionWords(failure);
    expect(consumer).toMatch(/^The .+(SHA256|API)\.$/);
    expect(operator).toMatch(/^The .+Nothing was sent\.$/);
  });
});
