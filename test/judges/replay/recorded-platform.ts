import type { SandboxContext } from "../../sandbox/core/types.ts";
import { KafkaCluster } from "../../sandbox/kafka/cluster.ts";

/** Cluster id of the recorded Confluent Platform. */
const RECORDED_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk";

/** The cluster without topics and without an authorizer that some snapshots were taken from. */
export const RECORDED_BARE_CLUSTER = "QkU3OEVBNTcwNTJENDM2Qk";

/** The world at the start of the recordings: one broker, one topic. */
export function recordedCluster(context: SandboxContext): KafkaCluster {
  return new KafkaCluster(context, {
    clusterId: RECORDED_CLUSTER,
    brokers: [
      {
        id: 1,
        host: "broker-1.example",
        port: 19092,
        rack: null,
        properties: {
          "advertised.listeners": "INTERNAL://broker-1.example:19092,EXTERNAL://broker-1.example:9094",
          "listener.security.protocol.map": "ADMIN:SASL_PLAINTEXT,CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
          "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
          "listener.name.admin.plain.sasl.jaas.config": "made up for the recording",
        },
      },
    ],
  });
}
