/** Confluent resource names: `crn://confluent.cloud/organization=…/environment=…/schema-registry=…/subject=…`. */
export interface CrnPattern {
  /** Kind and name of each element in order, names decoded; the last may be a prefix. */
  readonly elements: readonly (readonly [kind: string, name: string])[];
  /** Whether the last name is a prefix: it was written with a `*` at its end, alone for everything. */
  readonly isPrefix: boolean;
}

/** Undefined for what is no CRN of Confluent Cloud. */
export function parseCrn(text: string): CrnPattern | undefined {
  const path = /^crn:\/\/confluent\.cloud\/(.+)$/.exec(text)?.[1];
  if (path === undefined) return undefined;
  const isPrefix = path.endsWith("*");
  const elements: [string, string][] = [];
  for (const element of (isPrefix ? path.slice(0, -1) : path).split("/")) {
    const [kind = "", name] = splitOnce(element);
    if (kind === "" || name === undefined) return undefined;
    elements.push([kind, decoded(name)]);
  }
  const isUnnamed = elements.some(([, name], index) => name === "" && !(isPrefix && index === elements.length - 1));
  return isUnnamed ? undefined : { elements, isPrefix };
}

/**
 * The form that the server stores and answers, whichever was sent: names percent-encoded, so `subject=:.eu:orders` comes back as
 * `subject=%3A.eu%3Aorders` (terraform-provider-confluent issue 486, and its note that CRNs are URL-encoded).
 */
export function crnText({ elements, isPrefix }: CrnPattern): string {
  const path = elements.map(([kind, name]) => `${kind}=${encoded(name)}`).join("/");
  return `crn://confluent.cloud/${path}${isPrefix ? "*" : ""}`;
}

/** The name of an element; undefined when the CRN has none of that kind. */
export function named({ elements }: CrnPattern, kind: string): string | undefined {
  return elements.find(([each]) => each === kind)?.[1];
}

/** A star of the name's own too, which would else become a wildcard. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll("*", "%2A");
}

function splitOnce(element: string): readonly [string, string | undefined] {
  const at = element.indexOf("=");
  return at < 0 ? [element, undefined] : [element.slice(0, at), element.slice(at + 1)];
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
