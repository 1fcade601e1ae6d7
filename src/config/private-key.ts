/** A private key's PEM text with real line ends; or what was expected instead, without any of the key in it. */
export type PrivateKey = { readonly ok: true; readonly pem: string } | { readonly ok: false; readonly message: string };

const CONVERT = "openssl pkcs8 -topk8 -nocrypt -in private_key.pem -out private_key_plain.pem";
const ACCEPTED = ["PRIVATE KEY", "RSA PRIVATE KEY"];

/** True when the text is PEM and not, as in the official agents, the path of a file. */
export function looksLikePem(text: string): boolean {
  return text.includes("-----BEGIN");
}

/**
 * Reads an RSA private key, PKCS#8 or PKCS#1, from a variable: with real line ends, with `\n` written out, or in one line.
 * The bytes are looked at only as far as to know that they are whole.
 */
export function readPrivateKey(text: string): PrivateKey {
  const lines = text
    .replaceAll(/\\r|\r/g, "")
    .replaceAll("\\n", "\n")
    .trim()
    .replace(/^(["'])([\s\S]*)\1$/, "$2");
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(lines);
  const [, label = "", body = ""] = block ?? [];
  if (!block) {
    return refuse(
      looksLikePem(lines)
        ? "expected a whole PEM text, from -----BEGIN … to the same -----END …"
        : "expected the PEM text of the private key itself",
    );
  }
  if (label === "ENCRYPTED PRIVATE KEY" || /Proc-Type:\s*4,\s*ENCRYPTED/.test(body)) {
    return refuse(`expected a key that is not encrypted; convert it with: ${CONVERT}`);
  }
  if (/PUBLIC KEY|CERTIFICATE/.test(label)) return refuse(`expected the private key, found ${label}`);
  if (!ACCEPTED.includes(label)) return refuse(`expected an RSA key, as Amplify accepts RS256 only, found ${label}`);
  const base64 = body.replaceAll(/\s/g, "");
  if (!isWholeDer(base64)) return refuse("expected a whole private key; its base64 text is damaged or cut off");
  return {
    ok: true,
    pem: `-----BEGIN ${label}-----\n${(base64.match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`,
  };
}

/** True when base64 text decodes to one DER SEQUENCE of exactly the length that it says (X.690 8.1.3). */
function isWholeDer(base64: string): boolean {
  let bytes: string;
  try {
    bytes = atob(base64);
  } catch {
    return false;
  }
  const first = bytes.charCodeAt(1);
  if (bytes.charCodeAt(0) !== 0x30 || bytes.length < 2) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  const count = first - 0x80;
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + bytes.charCodeAt(2 + index);
  return count <= 4 && bytes.length === 2 + count + length;
}

function refuse(message: string): PrivateKey {
  return { ok: false, message };
}
