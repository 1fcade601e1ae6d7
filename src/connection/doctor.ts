import * as v from "valibot";
import type { PendingConnection } from "../config/model.ts";
import { variableOf } from "./access.ts";
import type { Amplify } from "./amplify.ts";
import type { DoctorCheck, DoctorReport } from "./api.ts";
import { keepCluster, knownCluster } from "./cluster.ts";
import type { Context } from "./context.ts";
import { examineAmplify } from "./doctor-amplify.ts";
import { createExaminer, untold } from "./doctor-check.ts";
import { examineConfluent } from "./doctor-confluent.ts";
import { askDetailsQuery, askIngestion, type Published } from "./doctor-questions.ts";
import { askAccessRequests } from "./doctor-requests.ts";
import { ClusterFact } from "./facts.ts";
import { hindranceOf } from "./hindrance.ts";
import { wantedWebhook } from "./install.ts";
import { ingestionOf } from "./reporting.ts";

/** The report is there within ten seconds, whatever does not answer. */
const PATIENCE_MS = 9_000;
/** How long what an unfinished report found in order is believed by the next one. */
const CONTINUED_MS = 10 * 60 * 1000;
const UNFINISHED = "doctor";
const CLIENT = "CENTRAL_AUTH_CLIENTID";

const text = v.optional(v.string());
const Unfinished = v.array(
  v.object({ check: v.string(), permission: text, variable: v.string(), message: v.string(), answer: text }),
);

/**
 * Tests each credential, endpoint and permission of the connection by some 45 harmless calls, and changes nothing
 * outside. Those to Amplify are within its budget, before discovery's share: where that does not suffice, the report says
 * until when the rest has to wait, and the next one goes on there.
 */
export async function doctor(context: Context, patienceMs = PATIENCE_MS): Promise<DoctorReport> {
  const { config, ports } = context;
  const examiner = createExaminer({ patienceMs, told: foundBefore(context) });
  try {
    const upstreams = await context.upstreams.fresh();
    const variable = variableOf(config, CLIENT);
    const { environment } = config.central;
    // In plan mode too: what is missing is better known before.
    const isProvisioning = hindranceOf(config) === undefined;
    const [amplify, confluent] = await Promise.all([
      examineAmplify(examiner, {
        side: config,
        amplify: upstreams,
        variable,
        readsSecrets: config.settings.some(({ origin }) => origin === "secret reference"),
        installsWebhook: wantedWebhook(context) !== undefined,
        isProvisioning,
        questions: [
          askDetailsQuery(upstreams, environment, publishedOf(context), variable),
          ...askAccessRequests(upstreams, environment, variable, isProvisioning),
          ...(config.traceability.metrics === undefined
            ? []
            : [askIngestion(ingestionOf(config, upstreams), context.now, variable)]),
        ],
      }),
      examineConfluent(examiner, {
        config,
        upstreams,
        clock: ports.clock,
        cluster: knownCluster(context),
        keep: (cluster) => keepCluster(cluster, context),
        seen: seenBefore(context),
      }),
    ]);
    return finish([...amplify, ...confluent], examiner.waitsUntil(), context);
  } finally {
    examiner.end();
  }
}

/**
 * The doctor of a connection that waits for the values of its `@Secret` references: Amplify can be examined, and the rest
 * is known only by them.
 * @param reason why there are no values
 * @param isMissing they were asked for, and something is wrong with them
 */
export async function waitingDoctor(
  pending: PendingConnection,
  amplify: Amplify,
  reason: string,
  isMissing: boolean,
  patienceMs = PATIENCE_MS,
): Promise<DoctorReport> {
  const examiner = createExaminer({ patienceMs, told: new Map() });
  try {
    const variable = pending.index === 1 ? CLIENT : `${CLIENT}_${pending.index}`;
    const checks = await examineAmplify(examiner, {
      side: pending,
      amplify,
      variable,
      readsSecrets: true,
      installsWebhook: false,
      // Whether it is, hangs on values too.
      isProvisioning: false,
      questions: [],
    });
    const values = {
      check: "secret-values",
      permission: undefined,
      variable: pending.references.map((reference) => reference.variable).join(", "),
    };
    // Where they may not be read, that is the red.
    const mayRead = checks.every(({ check, ok }) => ok === true || !/login|environment|secrets/.test(check));
    return {
      checks: [...checks, { ...untold(values, reason), ...(mayRead && isMissing ? { ok: false, certain: true } : {}) }],
      ok: false,
      complete: examiner.waitsUntil() === undefined,
      again: examiner.waitsUntil(),
    };
  } finally {
    examiner.end();
  }
}

/** Keeps what is in order when something has to wait. */
function finish(checks: readonly DoctorCheck[], again: number | undefined, { stores, now }: Context): DoctorReport {
  if (again === undefined) stores.known.drop(UNFINISHED);
  else {
    const inOrder = checks.filter(({ check, ok }) => ok === true && !check.endsWith("-login"));
    stores.known.put(UNFINISHED, inOrder, now());
  }
  const ok = !checks.some((check) => check.ok === false && check.certain);
  return { checks, ok, complete: again === undefined, again };
}

function foundBefore({ stores, now }: Context): ReadonlyMap<string, DoctorCheck> {
  const unfinished = stores.known.get(UNFINISHED, Unfinished);
  if (!unfinished || now() - unfinished.at > CONTINUED_MS) return new Map();
  return new Map(
    unfinished.value.map(({ check, permission, variable, message, answer }) => [
      check,
      { check, ok: true, certain: true, permission, variable, message, answer },
    ]),
  );
}

function seenBefore({ stores }: Context): { topics: boolean; subjects: boolean } {
  const rows = stores.topics.all();
  return {
    topics: rows.some(({ decision }) => decision === "eligible" || decision === "filtered"),
    subjects: rows.some(({ subjects }) => subjects.length > 0),
  };
}

function publishedOf({ stores }: Context): Published | undefined {
  const cluster = stores.known.get("cluster", ClusterFact)?.value;
  const rows = stores.topics.all().filter(({ published, held }) => published.service && !held);
  const [first] = rows;
  if (!cluster || !first?.published.service || rows.length < 2) return undefined;
  return { service: first.published.service.name, externalId: `${cluster.clusterId}/${first.name}` };
}
