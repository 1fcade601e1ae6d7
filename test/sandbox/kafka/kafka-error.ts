/**
 * A refusal of the cluster or of the REST layer above it, as the REST server tells it: HTTP status, `error_code`, text
 * (rest-utils KafkaExceptionMapper, kafka-rest Errors).
 */
export class KafkaError extends Error {
  override readonly name = "KafkaError";
  readonly status: number;
  readonly errorCode: number;

  constructor(status: number, errorCode: number, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** What a JAX-RS NotFoundException without a text of its own says. */
const NOT_FOUND = "HTTP 404 Not Found";

/** The broker's refusal of what was asked: topic exists, bad config, bad count. */
export const refused = (message: string): KafkaError => new KafkaError(400, 40002, message);

export const badRequest = (message: string): KafkaError => new KafkaError(400, 400, message);

export const notFound = (message: string = NOT_FOUND): KafkaError => new KafkaError(404, 404, message);

export const unknownTopic = (message = "This server does not host this topic-partition."): KafkaError =>
  new KafkaError(404, 40403, message);

export const forbidden = (message: string): KafkaError => new KafkaError(403, 40301, message);

export const topicForbidden = (): KafkaError => forbidden("Topic authorization failed.");

export const clusterForbidden = (): KafkaError => forbidden("Cluster authorization failed.");

/** kafka-rest Errors.invalidPayloadException. */
export const payloadError = (message: string): KafkaError => new KafkaError(422, 42206, `Payload error. ${message}`);
