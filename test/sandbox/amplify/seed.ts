import type { Json } from "./json.ts";
import { KINDS } from "./kinds.ts";
import type { ServerGiven } from "./resources.ts";

/** What a credential may do: `<plural>:read` or `<plural>:write` of a kind, or one of the platform's own. */
export const RIGHTS: readonly string[] = [
  ...KINDS.flatMap(({ plural }) => [`${plural}:read`, `${plural}:write`]),
  ...["teams:read", "organization:read", "usage:write", "ingestion:write"],
];

export interface ClientSeed {
  /** `<name>_<uuid>` */
  readonly id: string;
  /** SubjectPublicKeyInfo in PEM, for private_key_jwt. */
  readonly publicKey?: string;
  /** For HTTP Basic. */
  readonly secret?: string;
  /** Over any 60 s of the sandbox's clock; undefined for no limit. */
  readonly requestsPerMinute?: number | undefined;
  /** Everything when left out. */
  readonly rights?: readonly string[];
  /** Taken from `rights`, so that a credential can lack exactly one. */
  readonly lacks?: readonly string[];
}

export interface TeamSeed {
  readonly guid: string;
  readonly name: string;
  readonly default?: boolean;
}

/** A resource that is there from the start. */
export interface ResourceSeed {
  readonly kind: string;
  /** Kind and name of what it lives in, e.g. an Environment. */
  readonly scope?: { readonly kind: string; readonly name: string };
  /** As a client would POST it. */
  readonly body: Json;
  /** Written after the resource was made, one by one. */
  readonly subs?: Readonly<Record<string, Json>>;
  /** On it from the first moment. */
  readonly given?: ServerGiven;
}

export interface AmplifySeed {
  /** Numeric, CENTRAL_ORGANIZATIONID. */
  readonly organization: string;
  /** Claim `org_guid` of the tokens. */
  readonly organizationGuid: string;
  readonly environments: readonly string[];
  readonly teams: readonly TeamSeed[];
  readonly clients: readonly ClientSeed[];
  /** In an Integration or Environment; for `@Secret` references. */
  readonly secrets?: readonly {
    readonly scope: { readonly kind: string; readonly name: string };
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
  }[];
  readonly resources?: readonly ResourceSeed[];
  /** How far an assertion's `iat` may lie ahead of the sandbox's clock and its `exp` behind it, in seconds; 30. */
  readonly skewSeconds?: number;
  /** Life of an access token in seconds; 1800. */
  readonly tokenSeconds?: number;
}
