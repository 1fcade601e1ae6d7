import { type Acl, type AclFilter, inOrder } from "../acl.ts";
import {
  bodyOf,
  CLUSTER_RESOURCE,
  type Exchange,
  type Handler,
  json,
  list,
  noContent,
  requireCluster,
  url,
} from "../exchange.ts";
import { forbidden, refused } from "../kafka-error.ts";
import { readDeletion, readSearch } from "./acl-filter.ts";
import { readAcl, readAclBatch } from "./acl-request.ts";

/** Entries that a filter finds (kafka-rest AclsResource.searchAcls); links echo the filter in upper case. */
export const searchAcls: Handler = (exchange) => {
  const filter = readSearch(exchange);
  requireRight(exchange, "DESCRIBE", "No Authorizer is configured on the broker");
  const found = exchange.cluster.acls.search(filter);
  return list("KafkaAclList", link(exchange, filter), answered(exchange, found, filter));
};

/** 201 with the entry's address and nothing else, the same for an entry that is there already. */
export const createAcl: Handler = (exchange) => {
  const acl = readAcl(bodyOf(exchange));
  requireRight(exchange, "ALTER", "No Authorizer is configured.");
  exchange.cluster.acls.create([acl]);
  return new Response(null, { status: 201, headers: { location: link(exchange, acl) } });
};

/** 204 where the specification says 201. A batch that fails may have been made in part. */
export const createAcls: Handler = (exchange) => {
  const acls = readAclBatch(bodyOf(exchange));
  requireRight(exchange, "ALTER", "No Authorizer is configured.");
  exchange.cluster.acls.create(acls);
  return noContent();
};

/** Removes what a filter finds and tells what that was, 200 for nothing too; the list has no envelope. */
export const deleteAcls: Handler = (exchange) => {
  const filter = readDeletion(exchange);
  requireRight(exchange, "ALTER", "No Authorizer is configured.");
  const removed = exchange.cluster.acls.remove(filter);
  return json({ data: answered(exchange, removed, filter) });
};

function requireRight(exchange: Exchange, operation: "DESCRIBE" | "ALTER", noAuthorizer: string): void {
  requireCluster(exchange);
  if (!exchange.cluster.authorizer) throw refused(noAuthorizer);
  if (!exchange.caller.may(`CLUSTER:${operation}`, CLUSTER_RESOURCE)) {
    throw forbidden(brokersOwnWords(exchange, operation));
  }
}

/** Sorted by what is shown: on Cloud that is not always the principal that was written. */
function answered(exchange: Exchange, acls: readonly Acl[], { principal }: AclFilter): readonly object[] {
  const { principals } = exchange.cluster.acls;
  return acls
    .map((acl) => ({ ...acl, principal: principals.shown(acl.principal, principal) }))
    .sort(inOrder)
    .map((acl) => aclData(exchange, acl));
}

/** An entry has no name of its own and no CRN; its address is the search that finds it alone. */
function aclData(exchange: Exchange, acl: Acl): object {
  return {
    kind: "KafkaAcl",
    metadata: { self: link(exchange, acl) },
    cluster_id: exchange.cluster.clusterId,
    ...members(acl),
  };
}

const link = (exchange: Exchange, values: Acl | AclFilter): string =>
  `${url(exchange, "acls")}?${new URLSearchParams(members(values))}`;

const members = (values: Acl | AclFilter): Record<string, string> => ({
  resource_type: values.resourceType,
  resource_name: values.resourceName,
  pattern_type: values.patternType,
  principal: values.principal,
  host: values.host,
  operation: values.operation,
  permission: values.permission,
});

/** The broker's text holds its own and the proxy's address and the session, which no reader should see. */
function brokersOwnWords({ cluster }: Exchange, operation: string): string {
  const broker = cluster.brokers[0];
  return (
    `Request Request(processor=2, connectionId=${broker?.host}:${broker?.port}-10.0.0.5:35010-2-50, ` +
    "session=org.apache.kafka.network.Session@5decaaa4, listenerName=ListenerName(ADMIN), " +
    `securityProtocol=SASL_PLAINTEXT, buffer=null, envelope=None) needs ${operation} permission.`
  );
}
