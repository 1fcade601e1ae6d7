import type { Amplify } from "../../sandbox/amplify/amplify.ts";
import type { ClusterKind } from "../../sandbox/cloud/behaviour.ts";
import { avro, type DemoSubject, type DemoTopic } from "../../sandbox/world/catalogue/types.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { cloudIds } from "../../sandbox/world/organization.ts";
import type { Finding } from "../checks/check.ts";
import { loginOf, Subscriber } from "../provisioning/subscriber.ts";
import { publishedTopics } from "../published.ts";
import { connectionOf } from "../sides.ts";
import { onStage, type Stage, type StoryOptions, seconds } from "../stage.ts";

/** Messages of one cluster's applications: what the sandbox knows, what we counted, and what ingestion took. */
export interface Tally {
  readonly produced: number;
  readonly consumed: number;
  readonly counted: number;
  readonly accepted: number;
}

export type TraceabilityResult = Readonly<Record<"cloudDedicated" | "cloudBasic" | "platform", Tally>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PATIENCE_MS = 15 * MINUTE;
/** Each has an application of its own. */
const TOPICS = ["orders", "payments"] as const;
/** Of each application, a group each. The slow one falls behind for an hour and then reads all at once. */
const TEAMS = ["quick", "slow"] as const;
const VARIABLES = {
  KAFKA_DISCOVERY_INTERVAL: "24h",
  CENTRAL_REQUESTSPERMINUTE: "6000",
  KAFKA_METRICS_INTERVAL: "5m",
};

/** Applications on each type of cluster read what is produced for two hours; what arrives must be what they read. */
export async function playTraceability(
  options: StoryOptions,
): Promise<{ readonly result: TraceabilityResult; readonly findings: readonly Finding[] }> {
  const began = Date.now();
  const first = await play(options, "Dedicated", ["cloud", "platform"]);
  const second = await play(options, "Basic", ["cloud"]);
  options.tell(`applications read for two hours on each type of cluster, in ${seconds(began)}`);
  const result = {
    cloudDedicated: tallyOf(first.tallies, "cloud"),
    cloudBasic: tallyOf(second.tallies, "cloud"),
    platform: tallyOf(first.tallies, "platform"),
  };
  return { result, findings: [...first.findings, ...second.findings, ...Object.entries(result).flatMap(differences)] };
}

type Tallies = ReadonlyMap<Side, Tally>;

function tallyOf(tallies: Tallies, side: Side): Tally {
  return tallies.get(side) ?? { produced: 0, consumed: 0, counted: 0, accepted: 0 };
}

function differences([cluster, { produced, consumed, counted, accepted }]: [string, Tally]): Finding[] {
  if (consumed > 0 && produced >= consumed / TEAMS.length && consumed === counted && counted === accepted) return [];
  const detail = `${cluster}: ${produced} produced, ${consumed} consumed, ${counted} counted, ${accepted} accepted`;
  return [{ check: "what was consumed is counted and accepted, to the last message", detail }];
}

interface Played {
  readonly tallies: Tallies;
  readonly findings: readonly Finding[];
}

function play(options: StoryOptions, kind: ClusterKind, played: readonly Side[]): Promise<Played> {
  const sandbox = { world: world(), amplifyRequestsPerMinute: 6_000, cloud: { kinds: { [cloudIds.cluster]: kind } } };
  return onStage(options, { evicted: true, variables: VARIABLES, sandbox }, async (stage) => {
    const { drive, sandbox } = stage;
    const { traffic } = sandbox.parts;
    const producers = played.flatMap((side) => TOPICS.map((topic) => ({ name: `${side} ${topic}`, side, topic })));
    const produce = () => {
      for (const producer of producers) traffic.produce({ ...producer, perMinute: 40, unevenness: 0.8 });
    };
    const stop = () => {
      for (const { name } of producers) traffic.act({ do: "stop-producing", name });
    };
    // Ingestion keeps what it is sent first, but its answer never arrives.
    const when = { service: "ingestion", method: "POST", calls: { nth: 1 } };
    sandbox.faults.add({ name: "lost answer", when, fault: { do: "lose-reply" } });
    await drive.start();
    const subscribed = await subscribe(stage, played);
    // What was read before anybody looked is nobody's consumption.
    produce();
    await drive.pass(5 * MINUTE);
    stop();
    for (const reader of subscribed) for (const team of TEAMS) startReading(stage, reader, team);
    // The first sample finds every group at the end of its topic, before there is any traffic.
    await drive.pass(15 * MINUTE);
    for (const reader of subscribed) startReading(stage, reader, "slow", { perMinute: 2 });
    produce();
    await drive.pass(HOUR);
    for (const reader of subscribed) startReading(stage, reader, "slow");
    await drive.pass(HOUR);
    stop();
    // Until the last window is closed and reported.
    await drive.pass(90 * MINUTE);
    const tallies = new Map<Side, Tally>();
    for (const side of played) tallies.set(side, await tally(stage, side));
    const findings = await Promise.all(played.map((side) => troubles(stage, side)));
    return { tallies, findings: findings.flat() };
  });
}

function world(): { readonly topics: readonly DemoTopic[]; readonly subjects: readonly DemoSubject[] } {
  const schema = (name: string) => avro({ type: "record", name, fields: [{ name: "id", type: "string" }] });
  return {
    topics: TOPICS.map((name): DemoTopic => ({ name, expected: "published", partitions: 3 })),
    subjects: TOPICS.map((name): DemoSubject => ({ subject: `${name}-value`, versions: [schema(name)] })),
  };
}

interface Reader {
  readonly subscriber: Subscriber;
  readonly topic: string;
}

async function subscribe({ sandbox, drive }: Stage, played: readonly Side[]): Promise<readonly Reader[]> {
  const readers = played.flatMap((side) =>
    TOPICS.map((topic) => ({ topic, subscriber: new Subscriber(side, sandbox, `Reader of ${topic}`) })),
  );
  const answered = (...asked: readonly ("application" | "access" | "credential")[]) =>
    drive.until(
      () =>
        readers.every(({ subscriber }) =>
          asked.every((each) => subscriber.market.level(subscriber[each]) === "Success"),
        ),
      PATIENCE_MS,
    );
  for (const { subscriber } of readers) subscriber.register();
  await answered("application");
  for (const { subscriber, topic } of readers) {
    subscriber.askForAccess(topic);
    subscriber.askForCredential(topic);
  }
  await answered("access", "credential");
  return readers;
}

/** Groups of one application count together. One that reads already goes on in the new way. */
function startReading(
  { sandbox }: Stage,
  { subscriber, topic }: Reader,
  team: (typeof TEAMS)[number],
  pace: { readonly perMinute?: number } = {},
): void {
  const { side, prefix } = subscriber;
  const login = loginOf(subscriber.market.revealed(subscriber.credential));
  const name = `${side} ${topic} ${team}`;
  const group = `${prefix}${team}`;
  sandbox.parts.traffic.consume({ name, side, group, topics: [topic], application: prefix, login, ...pace });
}

async function tally({ sandbox, operator }: Stage, side: Side): Promise<Tally> {
  const { traffic, ingestion, amplify } = sandbox.parts;
  const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
  const isHere = (row: { readonly side: Side }) => row.side === side;
  const rows = await operator.consumption(connectionOf(side));
  const ours = new Set(externalIds(amplify, connectionOf(side)));
  return {
    produced: sum(
      traffic
        .produced()
        .filter(isHere)
        .map(({ produced }) => produced),
    ),
    consumed: sum(
      traffic
        .truth()
        .filter(isHere)
        .map(({ advanced }) => advanced),
    ),
    counted: sum(rows.map(({ messages }) => Number(messages))),
    accepted: sum(
      ingestion
        .accepted()
        .filter(({ api }) => ours.has(api))
        .map(({ transactions }) => transactions),
    ),
  };
}

function externalIds(amplify: Amplify, environment: string): string[] {
  return publishedTopics(amplify, environment).map(({ service }) => service["x-agent-details"]?.externalAPIID ?? "");
}

async function troubles({ sandbox, operator }: Stage, side: Side): Promise<Finding[]> {
  const { problems } = await operator.overview(connectionOf(side));
  const dead = (await operator.work(connectionOf(side))).filter((item) => item.dead);
  return [
    ...problems.map(({ what, message }) => ({
      check: "the connection shows no problem",
      detail: `${what}: ${message}`,
    })),
    ...dead.map(({ key, error }) => ({ check: "no work was given up", detail: `${key}: ${error ?? ""}` })),
    ...sandbox.defects.map((defect) => ({ check: "the sandbox has no defect", detail: String(defect) })),
  ];
}
