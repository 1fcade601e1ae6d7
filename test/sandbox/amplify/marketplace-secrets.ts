import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
} from "node:crypto";

export type Hash = "SHA256" | "SHA1";

/** A consumer's own pair; the private half never leaves the marketplace. PEM, PKCS#8 and SubjectPublicKeyInfo. */
export interface ConsumerKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** One pair of each size serves a whole process: making one of 4096 bits takes seconds. */
const made = new Map<string, ConsumerKeys>();

/** `which` tells pairs of the same size apart. */
export function consumerKeys(modulusLength = 4096, which = 0): ConsumerKeys {
  const name = `${modulusLength}/${which}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const pair = generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  made.set(name, pair);
  return pair;
}

export interface Opened {
  readonly text: string;
  readonly by: "RSA-OAEP" | "JWE";
}

/**
 * What the data plane encrypted, opened with the consumer's private key: padded base64 of one RSA-OAEP block, or a compact JWE where
 * the text was too long for that (agent-sdk pkg/util/encrypt.go). Throws an Error, which holds nothing of the value, for anything else.
 */
export function opened(value: string, privateKey: string, hash: Hash): Opened {
  const key = createPrivateKey(privateKey);
  const parts = value.split(".");
  if (parts.length === 5) return { text: openedJwe(parts, key, hash), by: "JWE" };
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
    throw new Error("neither padded base64 nor a compact JWE");
  }
  const block = Buffer.from(value, "base64");
  const length = Math.ceil((createPublicKey(key).asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  if (block.length !== length) throw new Error(`a block of ${block.length} bytes, and the key has ${length}`);
  return { text: utf8(unwrapped(block, key, hash)), by: "RSA-OAEP" };
}

function unwrapped(block: Buffer, key: KeyObject, hash: Hash): Buffer {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.toLowerCase() }, block);
  } catch {
    throw new Error(`not encrypted for this key with RSA-OAEP and ${hash}`);
  }
}

/** RFC 7516, compact; `RSA-OAEP-256` for SHA-256, `RSA-OAEP` for SHA-1, and A256GCM. */
function openedJwe(
  [head = "", wrapped = "", iv = "", sealed = "", tag = ""]: readonly string[],
  key: KeyObject,
  hash: Hash,
) {
  const bytes = (part: string): Buffer => {
    if (!/^[A-Za-z0-9_-]*$/.test(part)) throw new Error("a part of the JWE is not base64url");
    return Buffer.from(part, "base64url");
  };
  const { alg, enc } = JSON.parse(utf8(bytes(head))) as { alg?: unknown; enc?: unknown };
  const wanted = hash === "SHA256" ? "RSA-OAEP-256" : "RSA-OAEP";
  if (alg !== wanted || enc !== "A256GCM") throw new Error(`a JWE of ${String(alg)} and ${String(enc)}, not ${wanted}`);
  const contentKey = unwrapped(bytes(wrapped), key, hash);
  if (contentKey.length !== 32 || bytes(iv).length !== 12 || bytes(tag).length !== 16) {
    throw new Error("key, nonce or tag of the JWE has another length than A256GCM's");
  }
  const cipher = createDecipheriv("aes-256-gcm", contentKey, bytes(iv));
  cipher.setAAD(Buffer.from(head, "ascii"));
  cipher.setAuthTag(bytes(tag));
  try {
    return utf8(Buffer.concat([cipher.update(bytes(sealed)), cipher.final()]));
  } catch {
    throw new Error("the JWE was changed on its way");
  }
}

function utf8(bytes: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
