import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { malformed, objectMetadata, PAGE, type Removal, readAll, removeOne } from "./iam.ts";
import { isQuotaExceeded } from "./quota.ts";
import { type Ask, type Rest, segment, understand, withJson } from "./rest.ts";

/** An API key without its secret, which is never to be had again. */
export interface ApiKey {
  /** The key itself, the user name of a login. */
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  /** `sa-…` or `u-…`. */
  readonly owner: string;
  /** The clusters and registries that it is for, `lkc-…`, `lsrc-…`; empty for a Cloud key. */
  readonly resources: readonly string[];
  /** In ms since the epoch; undefined when the answer does not say. */
  readonly createdAt: number | undefined;
}

export interface NewKey {
  readonly owner: string;
  /** `lkc-…` or `lsrc-…`. */
  readonly resource: string;
  readonly displayName: string;
  /** The label by which the key is found if the answer that makes it is lost. */
  readonly description: string;
}

/**
 * `lost`: the key may have been made, or may yet be, and its secret is not known: find it by its label, remove it, and make
 * another. `quota`: no key was made, and none will be until a person has changed something.
 */
export type KeyOutcome =
  | { readonly kind: "created"; readonly id: string; readonly secret: string }
  | { readonly kind: "lost"; readonly error: UpstreamError }
  | { readonly kind: "quota"; readonly error: UpstreamError };

/** API keys of Confluent Cloud, of clusters and registries. All throw `UpstreamError` and `NotYet`. */
export interface ApiKeys {
  /**
   * Not to be repeated without looking: each call makes another key. What is thrown means that none was made (refused, or
   * not sent). The key works some minutes later.
   */
  create(key: NewKey): Promise<KeyOutcome>;
  /** All keys of an owner, or those for one resource. */
  list(filter: { readonly owner: string; readonly resource?: string }): Promise<ApiKey[]>;
  /** All keys for one resource, whoever owns them, 100 a request. */
  listOf(resource: string): Promise<ApiKey[]>;
  /** May be repeated. */
  remove(id: string): Promise<Removal>;
}

const text = v.nullish(v.string(), "");
const reference = v.looseObject({ id: v.pipe(v.string(), v.nonEmpty()) });
const keyItem = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  metadata: objectMetadata,
  spec: v.looseObject({
    display_name: text,
    description: text,
    owner: reference,
    resource: v.nullish(reference),
    // The newer form; a key has one of the two.
    resources: v.nullish(v.array(reference), []),
  }),
});
const newKey = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  spec: v.looseObject({ secret: v.pipe(v.string(), v.nonEmpty()) }),
});

const ADMIN = "the role OrganizationAdmin, or CloudClusterAdmin on the cluster";

/** `rest`: towards the control plane, with the Cloud API key. `cloudUrl`: without a slash at its end. */
export function createApiKeys(rest: Rest, cloudUrl: string): ApiKeys {
  const url = `${cloudUrl}/iam/v2/api-keys`;

  return {
    async create({ owner, resource, displayName, description }) {
      const ask: Ask = { url, method: "POST", what: "create an API key", permission: ADMIN };
      const spec = {
        display_name: displayName,
        description,
        owner: { id: owner, kind: "ServiceAccount" },
        resource: { id: resource, kind: "Cluster" },
      };
      try {
        const reply = await rest.send(withJson(ask, { spec }));
        const made = understand(rest.upstream, reply.text, newKey, ask.what);
        return { kind: "created", id: made.id, secret: made.spec.secret };
      } catch (thrown) {
        if (!(thrown instanceof UpstreamError)) throw thrown;
        if (isQuotaExceeded(thrown)) return { kind: "quota", error: thrown };
        if (!wasNotMade(thrown)) return { kind: "lost", error: thrown };
        throw thrown;
      }
    },

    async list({ owner, resource }) {
      const filter = new URLSearchParams({ "spec.owner": owner });
      if (resource !== undefined) filter.set("spec.resource", resource);
      const ask = { url: `${url}?${filter}&${PAGE}`, what: `list the API keys of ${owner}`, permission: ADMIN };
      const keys = (await readAll(rest, ask, keyItem)).map(keyOf);
      if (keys.every((key) => key.owner === owner && isFor(key, resource))) return keys;
      throw malformed(rest, `asked for the API keys of ${owner}, it answered with those of others`);
    },

    async listOf(resource) {
      const filter = new URLSearchParams({ "spec.resource": resource });
      const ask = { url: `${url}?${filter}&${PAGE}`, what: `list the API keys for ${resource}`, permission: ADMIN };
      return (await readAll(rest, ask, keyItem)).map(keyOf).filter((key) => isFor(key, resource));
    },

    remove: async (id) =>
      removeOne(rest, {
        url: `${url}/${segment(rest.upstream, id)}`,
        what: "remove an API key",
        permission: ADMIN,
      }),
  };
}

function keyOf({ id, spec, metadata }: v.InferOutput<typeof keyItem>): ApiKey {
  const { display_name: displayName, description, owner, resource, resources } = spec;
  const createdAt = metadata?.created_at;
  const all = resource ? [resource] : (resources ?? []);
  return { id, displayName, description, owner: owner.id, resources: all.map((each) => each.id), createdAt };
}

/** The form of a key's resource has changed over time: one that is not readable is not held against the answer. */
function isFor({ resources }: ApiKey, resource: string | undefined): boolean {
  return resource === undefined || resources.length === 0 || resources.includes(resource);
}

/** Answers that were given before the server did anything. */
const NOT_MADE: ReadonlySet<string> = new Set([
  ...["refused-host", "throttled", "unauthorised", "forbidden", "missing", "gone"],
  ...["conflict", "stale", "invalid", "unsupported"],
]);

function wasNotMade({ failure }: UpstreamError): boolean {
  return NOT_MADE.has(failure.kind);
}
