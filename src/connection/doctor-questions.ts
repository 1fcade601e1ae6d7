import * as v from "valibot";
import { type IngestionOptions, probeIngestion } from "../amplify/ingestion.ts";
import { kindLink } from "../amplify/links.ts";
import type { Check } from "../confluent/doctor.ts";
import { createLags } from "../confluent/lags.ts";
import type { Cluster } from "../confluent/model.ts";
import { type Rest, segment } from "../confluent/rest.ts";
import { UpstreamError } from "../http/errors.ts";
import type { Amplify } from "./amplify.ts";
import type { Probe, Told } from "./doctor-check.ts";

/** What the documents of neither side tell, asked of the system itself. An answer is neither right nor wrong. */

const Quotas = v.looseObject({
  data: v.array(v.looseObject({ id: v.string(), applied_limit: v.number(), usage: v.optional(v.number()) })),
});

/** How much of it is used is the answer: Confluent's figures depend on the contract. */
export function askQuotas(rest: Rest, { name, ask }: Check, variable: string): Probe {
  return {
    check: name,
    permission: ask.permission,
    variable,
    ask: async () => {
      const { data } = await rest.get(ask, Quotas);
      const quotas = data.map(
        ({ id, applied_limit: limit, usage }) => `${id}: ${usage === undefined ? "limit" : `${usage} of`} ${limit}`,
      );
      return { ok: true, message: `It may ${ask.what}.`, answer: quotas.join("; ") || "none is told for this cluster" };
    },
  };
}

const NO_TOPIC = "amplify-doctor-no-such-topic";

/** Whether the lags of a group can be read here: documented for Dedicated clusters alone, without a word on what others answer. */
export function askLags(rest: Rest, cluster: Cluster, variable: string): Probe {
  return question("question-lags", variable, async () => {
    const route = await createLags(rest).probe(cluster);
    return route.kind === "offered"
      ? { answer: "yes", message: `Lags can be read on this cluster (${cluster.type}).` }
      : { answer: "no", message: `Lags cannot be read on this cluster (${cluster.type}): ${statusOf(route.error)}.` };
  });
}

/** Whether the two ends of a partition can be read: on Cloud not documented. An unknown topic is told by a code of its own. */
export function askOffsets(rest: Rest, cluster: Cluster, variable: string): Probe {
  const url = `${clusterUrl(rest, cluster)}/topics/${NO_TOPIC}/partitions/0/offset`;
  return question("question-partition-offsets", variable, async () => {
    const seen = await errorOf(rest, url, "read the offsets of a partition");
    const isThere = seen === undefined || seen.code === "40403" || seen.code === "40301";
    return isThere
      ? { answer: "yes", message: "The offsets of a partition can be read on this cluster." }
      : { answer: "no", message: `The offsets of a partition cannot be read on this cluster: ${statusOf(seen)}.` };
  });
}

/**
 * Whether the service account may send metric events: sends none, in a request that is else like any other. A service that
 * wants at least one says so by refusing the request, which tells nothing.
 */
export function askIngestion(ingestion: IngestionOptions, now: () => number, variable: string): Probe {
  return {
    check: "amplify-ingestion-write",
    permission: "send metric events",
    variable,
    ask: async () => {
      const outcome = await probeIngestion(ingestion, now());
      if (outcome.kind === "accepted") return { ok: true, message: "It may send metric events." };
      const { failure, message, status } = outcome.error;
      if (outcome.kind === "rejected") {
        return {
          ok: undefined,
          message: `Whether it may send metric events could not be told: the answer was ${status}.`,
        };
      }
      // A place that cannot be reached takes no events, whatever the account may do.
      if (failure.kind === "unreachable" || failure.kind === "timeout") return { ok: false, message };
      throw outcome.error;
    },
  };
}

/** Two services that are published, by topic; undefined when there are fewer. */
export interface Published {
  readonly service: string;
  readonly externalId: string;
}

/**
 * Whether members of `x-agent-details` can be queried by RSQL: the one service that bears this external id has to come
 * back alone. With fewer than two services an ignored query looks the same, so nothing is asked.
 */
export function askDetailsQuery(
  { api }: Amplify,
  environment: string,
  published: Published | undefined,
  variable: string,
): Probe {
  return question("question-query-agent-details", variable, async () => {
    if (!published) return { message: "It can be told when two services are published." };
    const query = `x-agent-details.externalAPIID==="${published.externalId}"`;
    const found = await firstPage(
      api.list(kindLink(environment, "APIService"), { query, fields: "name", pageSize: 5 }),
    );
    if (found === "refused") return { answer: "no", message: "A query on x-agent-details is refused." };
    const isExact = found.length === 1 && found[0]?.name === published.service;
    return isExact
      ? { answer: "yes", message: "Members of x-agent-details can be queried." }
      : { answer: "no", message: `A query on x-agent-details gave ${found.length} services in place of the one.` };
  });
}

export function question(
  check: string,
  variable: string,
  ask: () => Promise<{ readonly answer?: string; readonly message: string }>,
): Probe {
  return {
    check,
    permission: undefined,
    variable,
    ask: async (): Promise<Told> => {
      const told = await ask();
      return { ...told, ok: told.answer === undefined ? undefined : true };
    },
  };
}

/** The first page, or that the query was refused. */
export async function firstPage<T>(pages: AsyncGenerator<T[], void, undefined>): Promise<readonly T[] | "refused"> {
  try {
    const page = await pages.next();
    return page.done ? [] : page.value;
  } catch (error) {
    if (error instanceof UpstreamError && error.failure.kind === "invalid") return "refused";
    throw error;
  }
}

/** What the server said against it; undefined for a good answer. Throws where it says nothing about the route. */
async function errorOf(rest: Rest, url: string, what: string): Promise<UpstreamError | undefined> {
  try {
    const body = await rest.stream({ url, what, permission: "" });
    await body.cancel();
    return undefined;
  } catch (error) {
    if (error instanceof UpstreamError && ROUTE.has(error.failure.kind)) return error;
    throw error;
  }
}

const ROUTE: ReadonlySet<string> = new Set(["missing", "forbidden", "unsupported", "invalid"]);

function clusterUrl({ upstream }: Rest, { restUrl, clusterId }: Cluster): string {
  return `${restUrl}/clusters/${segment(upstream, clusterId)}`;
}

function statusOf({ status, code }: UpstreamError): string {
  return code === undefined || code === String(status) ? `status ${status}` : `status ${status}, code ${code}`;
}
