import { CLUSTER_RESOURCE, type Exchange, type Handler, list, requireCluster, url } from "../exchange.ts";
import { badRequest, forbidden, notFound, refused } from "../kafka-error.ts";

const FILTERS = [
  [
    "resource_type",
    "ResourceType",
    ["UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN"],
  ],
  ["resource_name"],
  ["pattern_type", "PatternType", ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"]],
  ["principal"],
  ["host"],
  [
    "operation",
    "Operation",
    [
      "UNKNOWN",
      "ANY",
      "ALL",
      "READ",
      "WRITE",
      "CREATE",
      "DELETE",
      "ALTER",
      "DESCRIBE",
      "CLUSTER_ACTION",
      "DESCRIBE_CONFIGS",
      "ALTER_CONFIGS",
      "IDEMPOTENT_WRITE",
    ],
  ],
  ["permission", "Permission", ["UNKNOWN", "ANY", "DENY", "ALLOW"]],
] as const satisfies readonly (readonly [string] | readonly [string, string, readonly string[]])[];

/** Search in a cluster without ACLs: filters are checked and echoed, and nothing is found (kafka-rest AclsResource.searchAcls). */
export const searchAcls: Handler = (exchange) => {
  const filters = FILTERS.map(
    ([name, className, values]) => [name, filter(exchange, name, className, values)] as const,
  );
  const unknown = filters.find(([, value]) => value === "UNKNOWN");
  if (unknown !== undefined) throw badRequest(`${unknown[0]} cannot be UNKNOWN`);
  requireCluster(exchange);
  const { authorizer } = exchange.cluster;
  if (!authorizer) throw refused("No Authorizer is configured on the broker");
  if (!exchange.caller.may("CLUSTER:DESCRIBE", CLUSTER_RESOURCE)) throw forbidden(brokersOwnWords(exchange));
  const query = new URLSearchParams(filters.map(([name, value]) => [name, value]));
  return list("KafkaAclList", `${url(exchange, "acls")}?${query}`, []);
};

/** Values of enums in any case, absent means ANY; an unknown or empty one is a 404 (kafka-rest EnumConverterProvider). */
function filter(
  { query }: Exchange,
  name: string,
  className: string | undefined,
  values: readonly string[] | undefined,
): string {
  const text = query.get(name);
  if (values === undefined) return text ?? "";
  const value = (text ?? "ANY").toUpperCase();
  if (!values.includes(value)) throw notFound(`The valid values for ${className} do not include '${text}'`);
  return value;
}

/** The broker's text holds its own and the proxy's address and the session, which no reader should see. */
function brokersOwnWords({ cluster }: Exchange): string {
  const broker = cluster.brokers[0];
  return (
    `Request Request(processor=2, connectionId=${broker?.host}:${broker?.port}-10.0.0.5:35010-2-50, ` +
    "session=org.apache.kafka.network.Session@5decaaa4, listenerName=ListenerName(ADMIN), " +
    "securityProtocol=SASL_PLAINTEXT, buffer=null, envelope=None) needs DESCRIBE permission."
  );
}
