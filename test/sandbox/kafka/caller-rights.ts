import type { Caller } from "../core/types.ts";
import type { Operation, ResourceType } from "./acl.ts";
import { ofPrincipal } from "./authorizer.ts";
import type { KafkaCluster } from "./cluster.ts";

/** Where the brokers see the REST server's own connections come from. */
const REST_SERVER = "10.0.0.5";

/**
 * A caller with what the ACLs for its principal add to its roles; an entry that denies takes away from both (Confluent Cloud
 * docs, Use ACLs with RBAC, order of precedence). Who has no principal of its own, as behind a stand-alone REST Proxy, stays as it is.
 */
export function withAcls(cluster: KafkaCluster, caller: Caller): Caller {
  const { principal } = caller;
  if (principal === undefined) return caller;
  const acls = ofPrincipal(cluster.acls.all(), principal);
  return {
    ...caller,
    may: (text, resourceName) => {
      const [resourceType, operation] = text.split(":") as [ResourceType, Operation];
      const action = { principal, host: REST_SERVER, resourceType, operation, resourceName };
      const verdict = cluster.verdict(action, acls);
      return verdict === "allow" || (verdict === undefined && caller.may(text, resourceName));
    },
  };
}
