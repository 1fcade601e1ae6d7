import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as v from "valibot";

const keyPairSchema = v.object({ privateKey: v.string(), publicKey: v.string() });
type KeyPair = v.InferOutput<typeof keyPairSchema>;

/** What is made at the first start and kept in the saved state, so that a second start goes on with the same logins. */
export const secretsSchema = v.object({
  /** PEM, PKCS#8 and SubjectPublicKeyInfo; one pair for each connection's Amplify client. */
  clients: v.object({ cloud: keyPairSchema, platform: keyPairSchema }),
  /** Of the Amplify client that logs in with a secret. */
  clientSecret: v.string(),
  restPassword: v.string(),
  restToken: v.string(),
  registryPassword: v.string(),
  /** Of the brokers' SASL user: configured, and never to be seen by a REST service. */
  saslPassword: v.string(),
  /** Of the user-admin endpoint; states of before it are given one. */
  usersToken: v.optional(v.string(), () => secret()),
});
export type Secrets = v.InferOutput<typeof secretsSchema>;

export function newSecrets(): Secrets {
  return {
    clients: { cloud: keyPair(0), platform: keyPair(1) },
    clientSecret: secret(),
    restPassword: secret(),
    restToken: secret(),
    registryPassword: secret(),
    saslPassword: secret(),
    usersToken: secret(),
  };
}

/** Two pairs serve all sandboxes of one process: making one takes some 100 ms, which a suite of tests would pay each time. */
const pairs: KeyPair[] = [];

function keyPair(index: number): KeyPair {
  const pair =
    pairs[index] ??
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
  pairs[index] = pair;
  return pair;
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}
