import { utf8 } from "./encoding.ts";

/** Seals small secrets for rows that outlive a wake: what the database alone holds gives nothing usable. */
export interface Seal {
  seal(table: string, key: string, plaintext: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Undefined when it does not open: another place, another connection, another client key, cut or changed bytes. Then it is as if lost. */
  open(table: string, key: string, sealed: Uint8Array): Promise<string | undefined>;
  /** By which a text is recognised again, 32 hex digits: HMAC-SHA-256, so it tells nothing of the text to who lacks the client's secret. */
  mark(text: string): Promise<string>;
}

const VERSION = 1;
const IV_BYTES = 12;
const PURPOSE = "amplify-kafka-worker/sealed/1";
const MARKING = "amplify-kafka-worker/mark/1";

/**
 * AES-256-GCM, key by HKDF-SHA-256 (RFC 5869) from `secretMaterial`, salt the connection's name; table and row key are
 * authenticated, so that a sealed value opens only in its place. Layout: version, 12 bytes IV, ciphertext with tag.
 * IVs come from the platform and not from the `Random` port: repeating one, as a seeded run would, breaks GCM.
 */
export async function createSeal(options: {
  /** The DER of the Amplify client's private key, or the UTF-8 bytes of its secret. */
  readonly secretMaterial: Uint8Array<ArrayBuffer>;
  readonly connection: string;
}): Promise<Seal> {
  const material = await crypto.subtle.importKey("raw", options.secretMaterial, "HKDF", false, ["deriveKey"]);
  const derivation = (purpose: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: utf8(options.connection),
    info: utf8(purpose),
  });
  const key = await crypto.subtle.deriveKey(derivation(PURPOSE), material, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const marking = await crypto.subtle.deriveKey(derivation(MARKING), material, hmac, false, ["sign"]);

  return {
    async seal(table, row, plaintext) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const ciphertext = await crypto.subtle.encrypt(algorithm(iv, table, row), key, utf8(plaintext));
      const sealed = new Uint8Array(1 + IV_BYTES + ciphertext.byteLength);
      sealed[0] = VERSION;
      sealed.set(iv, 1);
      sealed.set(new Uint8Array(ciphertext), 1 + IV_BYTES);
      return sealed;
    },
    async mark(text) {
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", marking, utf8(text)));
      return [...mac.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    async open(table, row, sealed) {
      if (sealed[0] !== VERSION) return undefined;
      const iv = sealed.slice(1, 1 + IV_BYTES);
      try {
        const plain = await crypto.subtle.decrypt(algorithm(iv, table, row), key, sealed.slice(1 + IV_BYTES));
        return new TextDecoder().decode(plain);
      } catch {
        return undefined;
      }
    },
  };
}

function algorithm(iv: Uint8Array<ArrayBuffer>, table: string, row: string) {
  // As JSON, so that ("a", "b/c") and ("a/b", "c") differ.
  return { name: "AES-GCM", iv, additionalData: utf8(JSON.stringify([table, row])) };
}
