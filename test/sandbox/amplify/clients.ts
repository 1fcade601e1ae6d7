import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { type ClientSeed, RIGHTS } from "./seed.ts";

/** A service account as the sandbox keeps it. A test may change what is not readonly, as an administrator would. */
export interface Client {
  readonly id: string;
  /** `createUserId` and `modifyUserId` of what it writes. */
  readonly userId: string;
  readonly key: { readonly kid: string; readonly publicKey: KeyObject } | undefined;
  readonly secret: string | undefined;
  requestsPerMinute: number | undefined;
  readonly rights: Set<string>;
  /** A disabled account gets no token, and those that it has are refused. */
  enabled: boolean;
}

/** base64url of the SHA-256 of the public key's DER (agent-sdk pkg/util/util.go ComputeKIDFromDER). */
function keyId(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
}

export function clientOf(seed: ClientSeed): Client {
  const unknown = [...(seed.rights ?? []), ...(seed.lacks ?? [])].filter((right) => !RIGHTS.includes(right));
  if (unknown.length > 0) throw new Error(`no such right: ${unknown.join(", ")}`);
  const publicKey = seed.publicKey === undefined ? undefined : createPublicKey(seed.publicKey);
  const digest = createHash("sha256").update(seed.id).digest("hex");
  const lacks = seed.lacks ?? [];
  return {
    id: seed.id,
    userId: [
      digest.slice(0, 8),
      digest.slice(8, 12),
      `4${digest.slice(13, 16)}`,
      `8${digest.slice(17, 20)}`,
      digest.slice(20, 32),
    ].join("-"),
    key: publicKey === undefined ? undefined : { kid: keyId(publicKey), publicKey },
    secret: seed.secret,
    requestsPerMinute: seed.requestsPerMinute,
    rights: new Set((seed.rights ?? RIGHTS).filter((right) => !lacks.includes(right))),
    enabled: true,
  };
}
