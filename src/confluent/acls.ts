import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { Upstream } from "../http/outlet.ts";
import { type AclBinding, aclItem, bindingOf, check, checkPrincipal, distinct, refusal, wire } from "./acl-binding.ts";
import { kafkaUrl } from "./kafka-rest.ts";
import type { Cluster } from "./model.ts";
import { listMetadata, MOST_PAGES, nextPage } from "./paging.ts";
import { isQuotaExceeded } from "./quota.ts";
import { type Ask, type Rest, withJson } from "./rest.ts";

/**
 * What came of making entries. `incomplete`: there was no answer, or a refusal in the middle, and any of them may be
 * there or may yet appear: read back, and make what is missing one by one. `quota`: the cluster takes no more; some may
 * have been made before that.
 */
export type AclOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "incomplete"; readonly error: UpstreamError }
  | { readonly kind: "quota"; readonly error: UpstreamError };

/**
 * The ACLs of a cluster, on Cloud and Platform alike. All may be repeated: an entry is a member of a set. All throw
 * `UpstreamError` for a plain refusal (login, permission, malformed request, too many requests) and `NotYet`, and `invalid`
 * before any request for a binding that cannot be meant: the server takes an empty filter for any.
 */
export interface Acls {
  /** Makes entries, in one request for up to 1,000; nothing for none. The server does not check that the principal or the resource exists. */
  ensure(cluster: Cluster, bindings: readonly AclBinding[]): Promise<AclOutcome>;
  /** All entries of one principal. May lag some seconds behind what was made, up to 30 on Cloud. */
  list(cluster: Cluster, principal: string): Promise<AclBinding[]>;
  /**
   * All entries of the cluster, in one request. On Cloud a list without a principal shows numbers in place of service
   * accounts, so all are asked for by the newer form (Confluent Cloud API reference, getKafkaAcls); what cannot be told
   * whose it is is left out.
   */
  listAll(cluster: Cluster, isCloud: boolean): Promise<AclBinding[]>;
  /** Removes exactly these entries, one request each; those that are not there are passed over. */
  remove(cluster: Cluster, bindings: readonly AclBinding[]): Promise<void>;
  /** Removes every entry of one principal in one request, and says which there were. */
  removeAll(cluster: Cluster, principal: string): Promise<AclBinding[]>;
}

type Item = v.InferOutput<typeof aclItem>;
const page = v.looseObject({ metadata: listMetadata, data: v.array(aclItem) });
const removed = v.looseObject({ data: v.array(aclItem) });

/** The broker refuses very large batches whole (20,000 were too many, 1,500 were not). */
const MOST_OF_A_BATCH = 1000;
const ALTER = "ALTER on CLUSTER kafka-cluster";
const DESCRIBE = "DESCRIBE on CLUSTER kafka-cluster";

/** `rest`: towards Kafka REST v3, with the cluster's credential. */
export function createAcls(rest: Rest): Acls {
  /** Servers before Confluent Platform 7.6 or so have no batch; asked for once by each instance of this. */
  let hasBatch = true;

  async function makeBatch(cluster: Cluster, bindings: readonly AclBinding[]): Promise<AclOutcome> {
    const ask = {
      // The colon has to stay: encoded, there is no such path.
      url: kafkaUrl(rest, cluster, "acls:batch"),
      method: "POST",
      what: "add ACLs",
      permission: ALTER,
    } as const;
    try {
      await rest.send(withJson(ask, { data: bindings.map(wire) }));
      return { kind: "done" };
    } catch (thrown) {
      if (!isNotOffered(thrown)) return outcomeOf(thrown);
      const outcome = await makeEach(cluster, bindings);
      hasBatch = outcome.kind !== "done";
      return outcome;
    }
  }

  async function makeEach(cluster: Cluster, bindings: readonly AclBinding[]): Promise<AclOutcome> {
    const ask = {
      url: kafkaUrl(rest, cluster, "acls"),
      method: "POST",
      what: "add an ACL",
      permission: ALTER,
    } as const;
    for (const binding of bindings) {
      try {
        await rest.send(withJson(ask, wire(binding)));
      } catch (thrown) {
        return outcomeOf(thrown);
      }
    }
    return { kind: "done" };
  }

  async function removeBy(cluster: Cluster, filter: URLSearchParams, principal: string): Promise<AclBinding[]> {
    const ask = {
      url: `${kafkaUrl(rest, cluster, "acls")}?${filter}`,
      method: "DELETE",
      what: "remove ACLs",
      permission: ALTER,
    } as const;
    const { data } = await rest.get(ask, removed);
    return data.map((each) => bindingOf(rest.upstream, each, principal));
  }

  async function read(cluster: Cluster, filter: Record<string, string>, what: string): Promise<Item[]> {
    const query = new URLSearchParams(filter).toString();
    const found: Item[] = [];
    let url: string | undefined = `${kafkaUrl(rest, cluster, "acls")}${query === "" ? "" : `?${query}`}`;
    for (let count = 0; url !== undefined; count++) {
      if (count === MOST_PAGES) throw refusal(rest.upstream, "malformed", "a list has no end");
      const ask: Ask = { url, what, permission: DESCRIBE };
      const { data, metadata }: v.InferOutput<typeof page> = await rest.get(ask, page);
      found.push(...data);
      url = nextPage(rest.upstream, url, metadata?.next);
    }
    return found;
  }

  return {
    async ensure(cluster, bindings) {
      const wanted = distinct(bindings);
      for (const binding of wanted) check(rest.upstream, binding);
      for (let from = 0; from < wanted.length; from += MOST_OF_A_BATCH) {
        const part = wanted.slice(from, from + MOST_OF_A_BATCH);
        const outcome = await (hasBatch ? makeBatch(cluster, part) : makeEach(cluster, part));
        if (outcome.kind !== "done") return outcome;
      }
      return { kind: "done" };
    },

    async list(cluster, principal) {
      checkPrincipal(rest.upstream, principal);
      const found = await read(cluster, { principal }, `list the ACLs of ${principal}`);
      return distinct(found.map((each) => bindingOf(rest.upstream, each, principal)));
    },

    async listAll(cluster, isCloud) {
      const found = await read(cluster, isCloud ? { principal: "UserV2:*" } : {}, "list the ACLs");
      return distinct(found.flatMap((each) => ownBinding(rest.upstream, each)));
    },

    async remove(cluster, bindings) {
      for (const binding of bindings) check(rest.upstream, binding);
      for (const binding of distinct(bindings)) {
        await removeBy(cluster, new URLSearchParams(wire(binding)), binding.principal);
      }
    },

    async removeAll(cluster, principal) {
      checkPrincipal(rest.upstream, principal);
      const any = { resource_type: "ANY", pattern_type: "ANY", principal, operation: "ANY", permission: "ANY" };
      return removeBy(cluster, new URLSearchParams(any), principal);
    },
  };
}

/** As its principal says; nothing of a principal that ACLs are not kept for here, `User:*` and groups. */
function ownBinding(upstream: Upstream, item: Item): AclBinding[] {
  const principal = item.principal.replace(/^UserV2:/, "User:");
  if (!/^User:.+$/s.test(principal) || principal === "User:*") return [];
  return [bindingOf(upstream, { ...item, principal }, principal)];
}

/** A server without batches answers 404 or, like one that forbids the path, 405. */
function isNotOffered(thrown: unknown): boolean {
  if (!(thrown instanceof UpstreamError)) return false;
  return thrown.failure.kind === "missing" || thrown.failure.kind === "unsupported";
}

/** The broker makes entries one at a time and refuses in the middle (kafka-rest AclManagerImpl); its refusals bear the code 40002. */
function outcomeOf(thrown: unknown): AclOutcome {
  if (!(thrown instanceof UpstreamError)) throw thrown;
  if (isQuotaExceeded(thrown)) return { kind: "quota", error: thrown };
  const { kind } = thrown.failure;
  const isUnanswered = kind === "server" || kind === "timeout" || kind === "unreachable" || kind === "too-large";
  if (isUnanswered || (kind === "invalid" && thrown.code === "40002")) return { kind: "incomplete", error: thrown };
  throw thrown;
}
