import { type Handler, list, parameter, requireCluster, url } from "../exchange.ts";
import { notFound } from "../kafka-error.ts";

/**
 * Consumer groups of a cluster on which nobody has consumed: an empty list, and each call on a group in its own words for
 * one that is not there. The same words answer those who may not describe a group (kafka-rest ConsumerGroupManagerImpl).
 */
export const listGroups: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  return list("KafkaConsumerGroupList", url(exchange, "consumer-groups"), []);
};

export const getGroup: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  throw notFound();
};

export const listMembers: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  throw notFound(`Consumer Group ${parameter(exchange, "groupId")} does not exist.`);
};

export const getLags: Handler = (exchange) => {
  requireCluster(exchange, "could not");
  throw notFound(`Consumer Group ${parameter(exchange, "groupId")} could not be found.`);
};
