import * as v from "valibot";
import { base64, base64url, fromBase64, utf8 } from "./encoding.ts";
import type { EncryptionFailure } from "./encryption-failures.ts";

/** How a managed application wants secrets encrypted: its `spec.security`, whose private half only the marketplace has. */
export interface ApplicationSecurity {
  /** PEM, SubjectPublicKeyInfo. */
  readonly encryptionKey: string;
  /** `RSA-OAEP`, also when empty, or `PKCS`. */
  readonly encryptionAlgorithm: string;
  /** `SHA256`, also when empty, or `SHA1`. */
  readonly encryptionHash: string;
}

/** A public key that has been read, with what follows from its size. */
export interface ApplicationKey {
  readonly publicKey: CryptoKey;
  readonly hash: "SHA-256" | "SHA-1";
  /** Longest plaintext, in bytes, that RSA itself takes: k − 2·hLen − 2 (RFC 8017 section 7.1.1). Negative for a tiny key. */
  readonly mostBytes: number;
}

const HASHES: Readonly<Record<string, { readonly hash: ApplicationKey["hash"]; readonly bytes: number }>> = {
  "": { hash: "SHA-256", bytes: 32 },
  SHA256: { hash: "SHA-256", bytes: 32 },
  SHA1: { hash: "SHA-1", bytes: 20 },
};
/** Names of RSA-OAEP in a JWE (RFC 7518 section 4.3). */
const JWE_ALGORITHMS: Readonly<Record<ApplicationKey["hash"], string>> = {
  "SHA-256": "RSA-OAEP-256",
  "SHA-1": "RSA-OAEP",
};
/** Of A256GCM: content key, nonce and tag, in bytes (RFC 7518 section 5.3). */
const CONTENT_KEY = 32;
const NONCE = 12;
const TAG = 16;

/**
 * Reads the key of a managed application (agent-sdk pkg/util/encrypt.go). It must come from a read of our own, never from
 * the body of a webhook. PKCS#1 v1.5 is refused: it is open to padding oracles, and no runtime of ours offers it.
 */
export async function readApplicationKey(
  security: ApplicationSecurity,
): Promise<{ readonly kind: "usable"; readonly key: ApplicationKey } | EncryptionFailure> {
  const algorithm = security.encryptionAlgorithm;
  if (algorithm !== "" && algorithm !== "RSA-OAEP") return { kind: "algorithm-not-supported", algorithm };
  const hash = Object.hasOwn(HASHES, security.encryptionHash) ? HASHES[security.encryptionHash] : undefined;
  if (hash === undefined) return { kind: "hash-not-supported", hash: security.encryptionHash };
  if (security.encryptionKey.trim() === "") return { kind: "key-missing" };
  const publicKey = await importKey(security.encryptionKey, hash.hash);
  const bits = publicKey === undefined ? undefined : modulusBits(publicKey);
  if (publicKey === undefined || bits === undefined) return { kind: "key-unreadable" };
  const mostBytes = Math.ceil(bits / 8) - 2 * hash.bytes - 2;
  return { kind: "usable", key: { publicKey, hash: hash.hash, mostBytes } };
}

/** Whether a secret of so many bytes can be encrypted: to be asked before the secret is made, for one that cannot be handed over must not exist. */
export function canTake(key: ApplicationKey, bytes: number): boolean {
  return bytes <= key.mostBytes || CONTENT_KEY <= key.mostBytes;
}

/**
 * A text that only the marketplace can read: base64 of RSA-OAEP with an empty label, or, when its UTF-8 is longer than the
 * key takes, a compact JWE (RFC 7516 section 7.1, A256GCM), which is not wrapped in base64 again (agent-sdk
 * pkg/util/encrypt.go). Comes out different each time.
 */
export async function encryptFor(
  key: ApplicationKey,
  plaintext: string,
): Promise<{ readonly kind: "encrypted"; readonly text: string } | EncryptionFailure> {
  const bytes = utf8(plaintext);
  const fits = bytes.length <= key.mostBytes;
  if (!canTake(key, bytes.length)) return { kind: "key-too-small" };
  try {
    return { kind: "encrypted", text: fits ? base64(await byRsa(key, bytes)) : await compactJwe(key, bytes) };
  } catch {
    // What was thrown is not kept: no text of an error about a secret is worth the risk.
    return { kind: "not-encrypted" };
  }
}

const Schema = v.looseObject({ properties: v.record(v.string(), v.record(v.string(), v.unknown())) });

/**
 * The data for a consumer with every value encrypted whose property in the provision schema has the member
 * `x-axway-encrypted`, whatever that says (agent-sdk pkg/agent/handler/credential.go). All or nothing: one value that
 * cannot be encrypted fails the whole, and so does one that the schema does not describe, for nothing would tell whether
 * it is secret. Values that are undefined are left out.
 */
export async function encryptProperties(
  schema: unknown,
  data: Readonly<Record<string, unknown>>,
  key: ApplicationKey,
): Promise<{ readonly kind: "encrypted"; readonly data: Record<string, unknown> } | EncryptionFailure> {
  const parsed = v.safeParse(Schema, schema);
  if (!parsed.success) return { kind: "schema-unreadable" };
  const { properties } = parsed.output;
  const encrypted: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(data)) {
    if (value === undefined) continue;
    const described = Object.hasOwn(properties, property) ? properties[property] : undefined;
    if (described === undefined) return { kind: "value-not-described", property };
    if (!Object.hasOwn(described, "x-axway-encrypted")) {
      encrypted[property] = value;
      continue;
    }
    if (typeof value !== "string") return { kind: "value-not-text", property };
    const result = await encryptFor(key, value);
    if (result.kind !== "encrypted") return result;
    encrypted[property] = result.text;
  }
  return { kind: "encrypted", data: encrypted };
}

async function importKey(pem: string, hash: ApplicationKey["hash"]): Promise<CryptoKey | undefined> {
  const body = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----/.exec(unescaped(pem))?.[1];
  const der = body === undefined ? undefined : fromBase64(body.replace(/\s/g, ""));
  if (der === undefined) return undefined;
  try {
    return await crypto.subtle.importKey("spki", der, { name: "RSA-OAEP", hash }, false, ["encrypt"]);
  } catch {
    return undefined;
  }
}

function unescaped(pem: string): string {
  return pem.replaceAll("\\r", "\n").replaceAll("\\n", "\n");
}

function modulusBits(key: CryptoKey): number | undefined {
  const parsed = v.safeParse(v.looseObject({ modulusLength: v.pipe(v.number(), v.integer()) }), { ...key.algorithm });
  return parsed.success ? parsed.output.modulusLength : undefined;
}

async function byRsa(key: ApplicationKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP" }, key.publicKey, bytes));
}

async function compactJwe(key: ApplicationKey, plaintext: Uint8Array<ArrayBuffer>): Promise<string> {
  const header = base64url(utf8(JSON.stringify({ alg: JWE_ALGORITHMS[key.hash], enc: "A256GCM" })));
  const contentKey = crypto.getRandomValues(new Uint8Array(CONTENT_KEY));
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const cipher = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  const algorithm = { name: "AES-GCM", iv, additionalData: utf8(header), tagLength: TAG * 8 };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, cipher, plaintext));
  const wrappedKey = await byRsa(key, contentKey);
  const parts = [wrappedKey, iv, sealed.subarray(0, -TAG), sealed.subarray(-TAG)];
  return [header, ...parts.map(base64url)].join(".");
}
