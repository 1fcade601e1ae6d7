import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { splitArray } from "../http/json-array.ts";
import type { Cluster, RegisteredSchema } from "./model.ts";
import { MOST_PAGES } from "./paging.ts";
import { type Ask, type Rest, segment, understand } from "./rest.ts";
import { joinSubject, qualifyReference, splitSubject } from "./subjects.ts";

/**
 * Sent with every request. Without `Confluent-Accept-Unknown-Properties` Cloud leaves out `schemaType` (Schema Registry
 * client, RestService); an Accept that the server cannot meet is answered with 406.
 */
export const REGISTRY_HEADERS = {
  Accept: "application/vnd.schemaregistry.v1+json, application/json",
  "Confluent-Accept-Unknown-Properties": "true",
};

/** More is silently taken for the default, which is the same (schema-registry SchemaRegistryConfig). */
const PAGE = 1000;
/** Subject not found, version not found, schema not found; not the 404 of a wrong address. */
const NOT_THERE: ReadonlySet<string> = new Set(["40401", "40402", "40403"]);
export const READ_SUBJECTS = "the role DeveloperRead on Subject *, or the like, in Schema Registry";

const ALL_CONTEXTS = encodeURIComponent(":*:");

type Headers = Readonly<Record<string, string>>;

const whole = v.pipe(v.number(), v.integer());
const schemaItem = v.looseObject({
  subject: v.pipe(v.string(), v.nonEmpty()),
  version: whole,
  id: whole,
  // Servers before 8 leave it out for Avro.
  schemaType: v.nullish(v.string(), "AVRO"),
  schema: v.string(),
  references: v.nullish(
    v.array(v.looseObject({ name: v.string(), subject: v.pipe(v.string(), v.nonEmpty()), version: whole })),
    [],
  ),
});
const subjectItem = v.pipe(v.string(), v.nonEmpty());
const named = v.looseObject({ subject: v.string() });

export interface RegistryOptions {
  /**
   * Told of an entry that is not understood, which is then left out; the others go on. Without it such an entry
   * fails the whole read. `subject` is undefined when not even that is readable.
   */
  readonly onBrokenSchema?: (subject: string | undefined, error: UpstreamError) => void;
  /** Headers that depend on the cluster. */
  readonly registryHeaders?: (cluster: Cluster) => Headers;
}

export interface Registry {
  latestSchemas(cluster: Cluster): AsyncIterable<RegisteredSchema>;
  schema(cluster: Cluster, subject: string, version: number | "latest"): Promise<RegisteredSchema | undefined>;
}

/** Nothing is read, and there is nothing, where the cluster has no registry. */
export function createRegistry(rest: Rest, options: RegistryOptions): Registry {
  const headersOf = (cluster: Cluster) => options.registryHeaders?.(cluster) ?? {};

  async function schema(
    cluster: Cluster,
    subject: string,
    version: number | "latest",
  ): Promise<RegisteredSchema | undefined> {
    if (cluster.registryUrl === undefined) return undefined;
    // A reference to the latest version has the number -1. With deleted=true `latest` would mean a deleted one too.
    const path = version === "latest" || version === -1 ? "latest" : `${version}?deleted=true`;
    const asked = splitSubject(subject);
    const ask: Ask = {
      url: `${cluster.registryUrl}/subjects/${segment(rest.upstream, joinSubject(asked))}/versions/${path}`,
      what: `read the schema of the subject ${subject}`,
      permission: `the role DeveloperRead on Subject ${subject} in Schema Registry`,
      headers: headersOf(cluster),
    };
    const found = await rest.get(ask, schemaItem).catch(undefinedWhenNotThere);
    // A subject that the default context lacks is searched in all others (schema-registry RestApiContextTest).
    if (found === undefined || splitSubject(found.subject).context !== asked.context) return undefined;
    return registered(found);
  }

  async function* fromPages(cluster: Cluster, base: string): AsyncGenerator<RegisteredSchema> {
    const seen = new Set<string>();
    for await (const text of schemaTexts(rest, base, headersOf(cluster))) {
      const found = readItem(rest, text, options);
      if (found === undefined || seen.has(found.subject)) continue;
      seen.add(found.subject);
      yield found;
    }
  }

  /** For servers without `GET /schemas`, such as those before 5.5: the subjects, and one request each. */
  async function* fromSubjects(cluster: Cluster, base: string): AsyncGenerator<RegisteredSchema> {
    const url = `${base}/subjects?subjectPrefix=${ALL_CONTEXTS}`;
    const ask = { url, what: "list the subjects", permission: READ_SUBJECTS, headers: headersOf(cluster) };
    const subjects = new Set<string>();
    for await (const text of splitArray(await rest.stream(ask), {
      upstream: rest.upstream,
      what: "the list of subjects",
    })) {
      subjects.add(joinSubject(splitSubject(understand(rest.upstream, text, subjectItem, ask.what))));
    }
    for (const subject of subjects) {
      // Undefined when it was deleted since.
      const found = await latestOf(cluster, subject);
      if (found !== undefined) yield found;
    }
  }

  async function latestOf(cluster: Cluster, subject: string): Promise<RegisteredSchema | undefined> {
    try {
      return await schema(cluster, subject, "latest");
    } catch (thrown) {
      if (!isAboutThisOne(thrown) || options.onBrokenSchema === undefined) throw thrown;
      options.onBrokenSchema(subject, thrown);
      return undefined;
    }
  }

  async function* latestSchemas(cluster: Cluster): AsyncGenerator<RegisteredSchema> {
    const base = cluster.registryUrl;
    if (base === undefined) return;
    let handedOver = 0;
    try {
      for await (const found of fromPages(cluster, base)) {
        handedOver++;
        yield found;
      }
      return;
    } catch (thrown) {
      if (handedOver > 0 || !lacksSchemas(thrown)) throw thrown;
    }
    yield* fromSubjects(cluster, base);
  }

  return { latestSchemas, schema };
}

/**
 * The texts of all entries, by pages until one is not full: ⌊S/1000⌋ + 1 requests for S subjects. What is deleted while
 * the pages are read can make an entry slip from the next page to the one before; so one that seems to be gone is
 * to be asked for by name before it counts as gone.
 */
async function* schemaTexts(rest: Rest, base: string, headers: Headers): AsyncGenerator<string> {
  let offset = 0;
  let begins: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    let count = 0;
    for await (const text of await pageOf(rest, base, offset, headers)) {
      // Servers that do not know `offset` begin again with the same.
      if (count === 0 && text === begins) return;
      if (count === 0) begins = text;
      count++;
      yield text;
    }
    if (count < PAGE) return;
    offset += count;
  }
  throw new UpstreamError(rest.upstream, { kind: "malformed" }, "Schema Registry: the list of schemas has no end.");
}

async function pageOf(rest: Rest, base: string, offset: number, headers: Headers): Promise<AsyncGenerator<string>> {
  const query = `subjectPrefix=${ALL_CONTEXTS}&latestOnly=true&deleted=false&offset=${offset}&limit=${PAGE}`;
  const what = "list the schemas";
  const body = await rest.stream({ url: `${base}/schemas?${query}`, what, permission: READ_SUBJECTS, headers });
  return splitArray(body, { upstream: rest.upstream, what: `the answer to the request to ${what}` });
}

function readItem(rest: Rest, text: string, options: RegistryOptions): RegisteredSchema | undefined {
  try {
    return registered(understand(rest.upstream, text, schemaItem, "list the schemas"));
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError) || options.onBrokenSchema === undefined) throw thrown;
    options.onBrokenSchema(subjectOf(text), thrown);
    return undefined;
  }
}

function subjectOf(text: string): string | undefined {
  try {
    const { success, output } = v.safeParse(named, JSON.parse(text));
    return success ? joinSubject(splitSubject(output.subject)) : undefined;
  } catch {
    return undefined;
  }
}

function registered(item: v.InferOutput<typeof schemaItem>): RegisteredSchema {
  const { version, id, schemaType, schema } = item;
  const subject = joinSubject(splitSubject(item.subject));
  const references = item.references.map((reference) => ({
    name: reference.name,
    subject: qualifyReference(reference.subject, subject),
    version: reference.version,
  }));
  return { subject, version, id, schemaType, schema, references };
}

function undefinedWhenNotThere(thrown: unknown): undefined {
  if (thrown instanceof UpstreamError && thrown.failure.kind === "missing" && NOT_THERE.has(thrown.code ?? ""))
    return undefined;
  throw thrown;
}

function lacksSchemas(thrown: unknown): boolean {
  return (
    thrown instanceof UpstreamError && (thrown.failure.kind === "missing" || thrown.failure.kind === "unsupported")
  );
}

function isAboutThisOne(thrown: unknown): thrown is UpstreamError {
  return (
    thrown instanceof UpstreamError && ["malformed", "invalid", "forbidden", "too-large"].includes(thrown.failure.kind)
  );
}
