import { base64url, fromBase64 } from "./encoding.ts";

/** A private key as Amplify's login takes it: signs assertions, and is named by the id of its public half. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  /** Base64url of the SHA-256 over the public key's SubjectPublicKeyInfo (agent-sdk pkg/util/util.go, ComputeKIDFromDER). */
  readonly kid: string;
  /** The key itself, PKCS#8 DER: the same bytes however the PEM was written. Secret. */
  readonly der: Uint8Array<ArrayBuffer>;
}

/** Key material that cannot be used. The message says what was expected and never contains any of it. */
export class KeyFormatError extends Error {
  override readonly name = "KeyFormatError";
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const CONVERT = "Convert it with: openssl pkcs8 -topk8 -nocrypt -in private_key.pem -out plain_key.pem";

/**
 * Reads an RSA private key from PEM, PKCS#8 or PKCS#1, with real or escaped (`\n`) line ends. The public key is derived
 * from it. Throws `KeyFormatError` for anything else; an encrypted key is refused with the command that decrypts it.
 */
export async function importSigningKey(pem: string): Promise<SigningKey> {
  const extractable = await importPkcs8(pkcs8Of(pem), true);
  const der = new Uint8Array((await crypto.subtle.exportKey("pkcs8", extractable)) as ArrayBuffer);
  const jwk = (await crypto.subtle.exportKey("jwk", extractable)) as JsonWebKey;
  const spki = await spkiOf({ kty: "RSA", n: jwk.n ?? "", e: jwk.e ?? "" });
  return { privateKey: await importPkcs8(der, false), kid: await kidOf(spki), der };
}

/** The key id of a public key given as SubjectPublicKeyInfo DER. */
export async function kidOf(spki: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)));
}

async function spkiOf(jwk: JsonWebKey): Promise<Uint8Array<ArrayBuffer>> {
  const publicKey = await crypto.subtle.importKey("jwk", jwk, RSA, true, ["verify"]);
  return new Uint8Array((await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer);
}

async function importPkcs8(der: Uint8Array<ArrayBuffer>, extractable: boolean): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", der, RSA, extractable, ["sign"]);
  } catch {
    throw new KeyFormatError("The private key is not an RSA key, or it is damaged.");
  }
}

function pkcs8Of(pem: string): Uint8Array<ArrayBuffer> {
  const text = pem.replaceAll("\\r", "\n").replaceAll("\\n", "\n");
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(text);
  const label = block?.[1] ?? "";
  const body = block?.[2] ?? "";
  if (block === null) {
    throw new KeyFormatError(
      "The private key is not PEM: expected a text from -----BEGIN PRIVATE KEY----- to its END line.",
    );
  }
  if (label === "ENCRYPTED PRIVATE KEY" || /Proc-Type:|DEK-Info:/.test(body)) {
    throw new KeyFormatError(`The private key is encrypted. ${CONVERT}`);
  }
  if (label !== "PRIVATE KEY" && label !== "RSA PRIVATE KEY") {
    throw new KeyFormatError(
      `Expected a PRIVATE KEY or an RSA PRIVATE KEY, found a PEM block of another kind: ${label}.`,
    );
  }
  const der = fromBase64(body.replace(/\s/g, ""));
  if (der === undefined || der.length === 0)
    throw new KeyFormatError("The private key is damaged: its lines are not base64.");
  return label === "PRIVATE KEY" ? der : wrapPkcs1(der);
}

/** PKCS#1 inside a PKCS#8 PrivateKeyInfo (RFC 5208 section 5): version 0, algorithm rsaEncryption, the key as it is. */
function wrapPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const version = [0x02, 0x01, 0x00];
  const rsaEncryption = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
  const key = [0x04, ...derLength(pkcs1.length), ...pkcs1];
  const content = [...version, ...rsaEncryption, ...key];
  return Uint8Array.from([0x30, ...derLength(content.length), ...content]);
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}
