/** Names of Apache Kafka's own errors (org.apache.kafka.common.protocol.Errors) that the simulated client meets. */
export type KafkaClientErrorCode =
  | "SASL_AUTHENTICATION_FAILED"
  | "TOPIC_AUTHORIZATION_FAILED"
  | "GROUP_AUTHORIZATION_FAILED"
  | "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"
  | "UNKNOWN_TOPIC_OR_PARTITION"
  | "UNKNOWN_MEMBER_ID"
  | "ILLEGAL_GENERATION";

/** A refusal as a Kafka client is told it. */
export class KafkaClientError extends Error {
  override readonly name = "KafkaClientError";
  readonly code: KafkaClientErrorCode;

  constructor(code: KafkaClientErrorCode, what: string) {
    super(`${code}: ${what}`);
    this.code = code;
  }
}
