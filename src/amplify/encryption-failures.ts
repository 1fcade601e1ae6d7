import { cleanDetail } from "../http/clean.ts";

/** Why a secret was not encrypted. It is then not sent at all. */
export type EncryptionFailure =
  | { readonly kind: "key-missing" }
  /** Not PEM of an RSA public key. */
  | { readonly kind: "key-unreadable" }
  /** Too small for the value, and for the content key of a JWE. */
  | { readonly kind: "key-too-small" }
  | { readonly kind: "algorithm-not-supported"; readonly algorithm: string }
  | { readonly kind: "hash-not-supported"; readonly hash: string }
  | { readonly kind: "schema-unreadable" }
  | { readonly kind: "value-not-described"; readonly property: string }
  | { readonly kind: "value-not-text"; readonly property: string }
  | { readonly kind: "not-encrypted" };

/** One failure in words. */
export interface Words {
  /** For who asked: shown in the marketplace, so no host and no secret. */
  readonly consumer: string;
  /** For who runs this: what to look at. */
  readonly operator: string;
}

const NEW_KEY =
  "Give the application a public RSA key of at least 2048 bits (PEM, -----BEGIN PUBLIC KEY-----) with RSA-OAEP and SHA256.";
const NOTHING_SENT = "Nothing was sent.";
const ASK_PROVIDER = "The secret could not be encrypted, so it was not sent. Ask the provider of the API.";

/** The failure for both people who can act on it. */
export function encryptionWords(failure: EncryptionFailure): Words {
  switch (failure.kind) {
    case "key-missing":
      return byConsumer(
        "The application has no public key to encrypt the credential with.",
        "spec.security.encryptionKey is empty",
      );
    case "key-unreadable":
      return byConsumer(
        "The application's public key cannot be read.",
        "spec.security.encryptionKey is not the PEM of an RSA public key (SubjectPublicKeyInfo)",
      );
    case "key-too-small":
      return byConsumer(
        "The application's public key is too small for the credential.",
        "the key of spec.security.encryptionKey has fewer bits than even the key of a JWE needs",
      );
    case "algorithm-not-supported":
      return byConsumer(
        `The application asks for the encryption ${quoted(failure.algorithm)}, which is not offered${
          failure.algorithm === "PKCS" ? " because PKCS#1 v1.5 padding can be attacked" : ""
        }.`,
        `spec.security.encryptionAlgorithm is ${quoted(failure.algorithm)}; RSA-OAEP is supported`,
      );
    case "hash-not-supported":
      return byConsumer(
        `The application asks for the hash ${quoted(failure.hash)}, which is not offered.`,
        `spec.security.encryptionHash is ${quoted(failure.hash)}; SHA256 and SHA1 are supported`,
      );
    case "schema-unreadable":
      return byOperator("The provision schema has no properties, so nothing tells which values are secret.");
    case "value-not-described":
      return byOperator(
        `The provision schema does not describe ${quoted(failure.property)}, so nothing tells whether it is secret.`,
      );
    case "value-not-text":
      return byOperator(`The provision schema wants ${quoted(failure.property)} encrypted, but it is not a text.`);
    case "not-encrypted":
      return byOperator("The runtime refused to encrypt with the application's public key.");
  }
}

function byConsumer(what: string, where: string): Words {
  return {
    consumer: `${what} ${NEW_KEY}`,
    operator: `The managed application cannot be sent secrets: ${where}. ${NOTHING_SENT}`,
  };
}

function byOperator(what: string): Words {
  return { consumer: ASK_PROVIDER, operator: `${what} ${NOTHING_SENT}` };
}

/** What somebody else wrote, short and harmless. */
function quoted(text: string): string {
  return `"${(cleanDetail(text) ?? "").slice(0, 40).toWellFormed()}"`;
}
