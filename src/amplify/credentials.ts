import { utf8 } from "./encoding.ts";
import type { SigningKey } from "./pem.ts";
import { importSigningKey } from "./pem.ts";

/** How the service account of Amplify proves who it is. */
export type AmplifyCredentials =
  | { readonly kind: "key-pair"; readonly clientId: string; readonly key: SigningKey }
  | { readonly kind: "client-secret"; readonly clientId: string; readonly clientSecret: string };

/** Credentials with the private key read from PEM. Throws `KeyFormatError`. */
export async function keyPairCredentials(clientId: string, privateKeyPem: string): Promise<AmplifyCredentials> {
  return { kind: "key-pair", clientId, key: await importSigningKey(privateKeyPem) };
}

/** What sealing derives its key from. */
export function secretMaterialOf(credentials: AmplifyCredentials): Uint8Array<ArrayBuffer> {
  return credentials.kind === "key-pair" ? credentials.key.der : utf8(credentials.clientSecret);
}
