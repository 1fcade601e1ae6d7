export interface Ports {
  /** Plain, everything allowed: for the test's own hand. */
  readonly admin: number;
  /** SASL/SCRAM, only what ACLs allow: for everybody else. */
  readonly client: number;
  readonly controller: number;
}

/** One node that is broker and controller (KRaft), with ACLs enforced by StandardAuthorizer. */
export function serverProperties(ports: Ports, dataFolder: string): string {
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const brokers = `ADMIN://127.0.0.1:${ports.admin},CLIENT://127.0.0.1:${ports.client}`;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
controller.listener.names=CONTROLLER
listeners=${brokers},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=${brokers}
listener.security.protocol.map=ADMIN:PLAINTEXT,CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=ADMIN
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.client.scram-sha-512.sasl.jaas.config=${scram}
listener.name.client.scram-sha-256.sasl.jaas.config=${scram}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=false
log.dirs=${dataFolder}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}

/** Warnings of the tools and what the broker does, on standard error and in the broker's log. */
export function log4jProperties(level: "info" | "error"): string {
  return `status=error
appender.out.type=Console
appender.out.name=OUT
appender.out.target=SYSTEM_ERR
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1} %m%n
rootLogger.level=${level}
rootLogger.appenderRef.out.ref=OUT
`;
}
