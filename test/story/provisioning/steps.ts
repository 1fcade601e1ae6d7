import { KafkaClientError } from "../../sandbox/kafka/client-error.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { documentOf, publishedTopics } from "../published.ts";
import { connectionOf } from "../sides.ts";
import type { Shown, Subscriber } from "./subscriber.ts";

export const TOPIC = "orders";
/** Another one, of which nothing was asked for. */
export const OTHER_TOPIC = "payments";
const subjectOf = (topic: string): string => `${topic}-value`;

/** What one step is looked at with. */
export interface Scene {
  readonly subscriber: Subscriber;
  readonly sandbox: Sandbox;
  /** What the consumer was shown, by when: `first`, `rotated`, `other`. */
  readonly shown: Map<string, Shown>;
  /** What Confluent held before the consumer came. */
  readonly before: readonly string[];
}

export interface Step {
  readonly name: string;
  /** What the consumer does, where the step is more than a look. */
  readonly act?: (scene: Scene) => void;
  /** Whether what he waits for is there; with `act` alone nothing is waited for. */
  readonly until?: (scene: Scene) => boolean;
  /** ms that pass before it is looked at. */
  readonly wait?: number;
  /** Most requests to Amplify, its events apart. */
  readonly most?: number;
  /** What is wrong; undefined when all is as it should be. */
  readonly fault: (scene: Scene) => string | undefined | Promise<string | undefined>;
}

export const OVERLAP_MS = 10 * 60_000;

export const steps: readonly Step[] = [
  {
    name: "application",
    act: ({ subscriber }) => subscriber.register(),
    until: ({ subscriber }) => isAnswered(subscriber, "application"),
    fault: ({ subscriber }) => notSuccess(subscriber, "application"),
  },
  {
    name: "access",
    act: ({ subscriber }) => subscriber.askForAccess(TOPIC),
    until: ({ subscriber }) => isAnswered(subscriber, "access"),
    fault: ({ subscriber }) => notSuccess(subscriber, "access"),
  },
  {
    name: "credential",
    act: ({ subscriber }) => subscriber.askForCredential(TOPIC),
    until: ({ subscriber }) => isAnswered(subscriber, "credential"),
    fault: (scene) => notSuccess(scene.subscriber, "credential") ?? remember(scene, "first"),
  },
  {
    name: "reads-its-topic",
    fault: (scene) => unexpected(outcomeOf(scene, "first", reads(scene, TOPIC)), "allowed"),
  },
  {
    name: "cannot-read-another",
    fault: (scene) => unexpected(outcomeOf(scene, "first", reads(scene, OTHER_TOPIC)), "TOPIC_AUTHORIZATION_FAILED"),
  },
  { name: "reads-its-schema", fault: readsItsSchema },
  { name: "cannot-read-other-schema", fault: (scene) => schemaRefused(scene, OTHER_TOPIC) },
  {
    name: "cannot-join-another-group",
    fault: (scene) =>
      // One that is nobody's, and one of another application.
      ["payments-team", "amp.0123456789ab.readers"]
        .map((group) => outcomeOf(scene, "first", (client) => client.consume(group, TOPIC, 1)))
        .map((outcome) => unexpected(outcome, "GROUP_AUTHORIZATION_FAILED"))
        .find((fault) => fault !== undefined),
  },
  {
    name: "cannot-use-another-transactional-id",
    fault: (scene) =>
      unexpected(outcomeOf(scene, "first", transacts(`${scene.subscriber.prefix}tx`)), "allowed") ??
      unexpected(outcomeOf(scene, "first", transacts("payments-tx")), "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"),
  },
  {
    name: "rotate",
    act: ({ subscriber }) => subscriber.market.rotate(subscriber.credential),
    until: (scene) => isAnswered(scene.subscriber, "credential") && isNew(scene),
    most: 6,
    fault: (scene) =>
      notSuccess(scene.subscriber, "credential") ??
      remember(scene, "rotated") ??
      // The overlap: who has the old secret goes on until he has the new one.
      unexpected(outcomeOf(scene, "first", reads(scene, TOPIC)), "allowed") ??
      unexpected(outcomeOf(scene, "rotated", reads(scene, TOPIC)), "allowed"),
  },
  {
    name: "suspend",
    wait: OVERLAP_MS + 60_000,
    act: ({ subscriber }) => subscriber.market.suspend(subscriber.credential),
    until: (scene) => isAnswered(scene.subscriber, "credential") && stateOf(scene) === "inactive",
    most: 4,
    fault: (scene) =>
      unexpected(outcomeOf(scene, "first", reads(scene, TOPIC)), "SASL_AUTHENTICATION_FAILED") ??
      unexpected(outcomeOf(scene, "rotated", reads(scene, TOPIC)), "GROUP_AUTHORIZATION_FAILED"),
  },
  { name: "suspended-cannot-read-schema", fault: (scene) => schemaRefused(scene, TOPIC, "rotated") },
  {
    name: "other-credential-unharmed",
    fault: (scene) => unexpected(outcomeOf(scene, "other", reads(scene, TOPIC)), "allowed"),
  },
  {
    name: "enable",
    act: ({ subscriber }) => subscriber.market.enable(subscriber.credential),
    until: (scene) => isAnswered(scene.subscriber, "credential") && stateOf(scene) === "active",
    most: 4,
    fault: (scene) => unexpected(outcomeOf(scene, "rotated", reads(scene, TOPIC)), "allowed"),
  },
  {
    name: "delete",
    act: ({ subscriber }) => {
      for (const item of subscriber.items) subscriber.market.remove(item);
    },
    until: ({ subscriber }) => subscriber.items.length === 0,
    fault: ({ subscriber }) =>
      subscriber.items.length === 0 ? undefined : `${subscriber.items.length} resources are still there`,
  },
  {
    name: "nothing-left",
    fault: (scene) => {
      const left = scene.subscriber.holdings().filter((each) => !scene.before.includes(each));
      const lost = scene.before.filter((each) => !scene.subscriber.holdings().includes(each));
      if (left.length > 0) return `left behind: ${left.join(", ")}`;
      return lost.length > 0 ? `taken from others: ${lost.join(", ")}` : undefined;
    },
  },
];

/** For the step that needs a second credential: asked for by itself, and not counted. */
export const another: Step = {
  name: "another credential",
  act: ({ subscriber }) => subscriber.askForAnother(TOPIC),
  until: ({ subscriber }) => isAnswered(subscriber, "other"),
  fault: (scene) => notSuccess(scene.subscriber, "other") ?? remember(scene, "other", "other"),
};

type Asked = "application" | "access" | "credential" | "other";

function isAnswered(subscriber: Subscriber, asked: Asked): boolean {
  return subscriber.market.level(subscriber[asked]) !== "Pending";
}

function notSuccess(subscriber: Subscriber, asked: Asked): string | undefined {
  const { market } = subscriber;
  const level = market.level(subscriber[asked]);
  return level === "Success"
    ? undefined
    : `the status is ${level ?? "gone"}: ${market.reason(subscriber[asked]) ?? ""}`;
}

function remember({ subscriber, shown }: Scene, name: string, asked: "credential" | "other" = "credential"): undefined {
  shown.set(name, subscriber.market.revealed(subscriber[asked]));
}

function isNew({ subscriber, shown }: Scene): boolean {
  return JSON.stringify(subscriber.market.revealed(subscriber.credential)) !== JSON.stringify(shown.get("first"));
}

function stateOf({ subscriber, sandbox }: Scene): unknown {
  const body = sandbox.parts.amplify.get(subscriber.credential.selfLink);
  const state = body?.state;
  return typeof state === "object" && state !== null && "name" in state ? state.name : undefined;
}

type Use = (client: ReturnType<Subscriber["login"]>) => unknown;

/** Logs in with what was shown then, and uses it: `allowed`, or the code of what refused it. */
function outcomeOf({ subscriber, shown }: Scene, name: string, use: Use): string {
  try {
    use(subscriber.login(shown.get(name) ?? {}));
    return "allowed";
  } catch (error) {
    if (error instanceof KafkaClientError) return error.code;
    throw error;
  }
}

function reads({ subscriber }: Scene, topic: string): Use {
  return (client) => client.consume(`${subscriber.prefix}readers`, topic, 1);
}

function transacts(id: string): Use {
  return (client) => client.produceTransactionally(TOPIC, id);
}

function unexpected(outcome: string | number, expected: string | number): string | undefined {
  return outcome === expected ? undefined : `${outcome}, expected ${expected}`;
}

/** On Platform the registry has logins of its own: what a consumer needs is in the document that he subscribed to. */
async function readsItsSchema({ subscriber, shown, sandbox }: Scene): Promise<string | undefined> {
  if (subscriber.side === "cloud") {
    return unexpected(await subscriber.readSchema(shown.get("first") ?? {}, subjectOf(TOPIC)), 200);
  }
  const topics = publishedTopics(sandbox.parts.amplify, connectionOf(subscriber.side));
  const own = topics.find(({ service }) => service["x-agent-details"]?.kafkaTopic === TOPIC);
  const [revision] = own?.revisions ?? [];
  return revision && documentOf(revision).includes("orderId") ? undefined : "the document does not hold the schema";
}

async function schemaRefused({ subscriber, shown }: Scene, topic: string, name = "first"): Promise<string | undefined> {
  const status = await subscriber.readSchema(shown.get(name) ?? {}, subjectOf(topic));
  return unexpected(status, subscriber.side === "cloud" ? 403 : 401);
}
