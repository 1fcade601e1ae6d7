/**
 * Confluent Resource Names, `crn://confluent.cloud/organization=…/environment=…/schema-registry=…/subject=…`, as the
 * patterns of role bindings (docs.confluent.io, "Confluent Resource Names"). Names in them are percent-encoded: the server
 * answers `subject=%3A.eu%3Aorders` for the subject `:.eu:orders`, however it was written (terraform-provider-confluent
 * issue 486). A `*` at the end makes a pattern of a name, and no encoding is known to take that from it.
 */

/** What a pattern can end with (terraform-provider-confluent, confluent_role_binding). */
export type KafkaKind = "topic" | "group" | "transactional-id";

/**
 * The CRN of a Kafka cluster without its trailing `/kafka=…`: the cluster's own answers carry it, the examples in the API's
 * file do not (terraform-provider-confluent utils.go, ccloud-sdk-go-v2 cmk/v2).
 */
export function clusterBase(crn: string): string {
  return crn.replace(/\/kafka=[^/]*$/, "");
}

/**
 * The pattern of exactly one subject, by its full name, in the registry of this CRN. Undefined for a name that no pattern
 * can stand for alone: empty, with a `*` in it (everything that begins so would be meant), or not Unicode.
 */
export function subjectPattern(registryCrn: string, subject: string): string | undefined {
  const name = exactName(subject);
  return name === undefined ? undefined : `${registryCrn}/subject=${name}`;
}

/** As `subjectPattern`, for exactly one topic, group or transactional id of the cluster of this CRN. */
export function kafkaPattern(clusterCrn: string, kind: KafkaKind, name: string): string | undefined {
  const base = clusterBase(clusterCrn);
  const clusterId = /\/cloud-cluster=([^/]+)$/.exec(base)?.[1];
  const exact = exactName(name);
  if (clusterId === undefined || exact === undefined) return undefined;
  return `${base}/kafka=${clusterId}/${kind}=${exact}`;
}

/** Whether two patterns mean the same, however their names are encoded. */
export function samePattern(one: string, other: string): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** The pattern with every name encoded in one way; a name whose encoding is broken is taken as it stands. */
export function canonical(crn: string): string {
  const isPrefix = crn.endsWith("*");
  const elements = (isPrefix ? crn.slice(0, -1) : crn).split("/").map((element) => {
    const at = element.indexOf("=");
    return at < 0 ? element : `${element.slice(0, at)}=${encoded(decoded(element.slice(at + 1)))}`;
  });
  return elements.join("/") + (isPrefix ? "*" : "");
}

function exactName(name: string): string | undefined {
  if (name === "" || name.includes("*") || !name.isWellFormed()) return undefined;
  return encoded(name);
}

function encoded(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
