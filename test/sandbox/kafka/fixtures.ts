import { MovableClock } from "../core/clock.ts";
import type { SandboxContext } from "../core/types.ts";
import { anyone } from "./authenticators.ts";
import { KafkaCluster, type KafkaClusterOptions } from "./cluster.ts";
import { type KafkaRestOptions, kafkaRest } from "./rest.ts";

/** A clock that stands until a test moves it. */
export const stillContext = (): SandboxContext => ({ clock: new MovableClock(0, () => 0), random: () => 0.5 });

/** Members that tests read; all others are there to be compared. */
interface Body {
  readonly [member: string]: unknown;
  readonly data: readonly Body[];
  readonly message: string;
  readonly name: string;
  readonly topic_name: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when it is not JSON. */
  readonly body: Body;
}

export interface Rig {
  readonly cluster: KafkaCluster;
  readonly context: SandboxContext;
  /** `path` below `/clusters/<id>`, or a whole one when it begins with `/`. */
  ask(path: string, init?: RequestInit): Promise<Answer>;
  post(path: string, json: unknown, method?: string): Promise<Answer>;
}

export const ORIGIN = "http://kafka.example:8082";

/** A cluster `c1` with its REST server, without login, unless told otherwise. */
export function rig(rest: Partial<KafkaRestOptions> = {}, cluster: Partial<KafkaClusterOptions> = {}): Rig {
  const context = stillContext();
  const model = new KafkaCluster(context, { clusterId: "c1", ...cluster });
  const flavour = rest.flavour ?? "rest-proxy";
  const server = kafkaRest(model, { authenticate: anyone(), ...rest, flavour });
  const prefix = `${flavour === "rest-proxy" ? "/v3" : "/kafka/v3"}/clusters/${model.clusterId}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const target = path.startsWith("/") ? path : `${prefix}${path === "" ? "" : `/${path}`}`;
    const response = await server.fetch(new Request(ORIGIN + target, init));
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  const post = (path: string, json: unknown, method = "POST"): Promise<Answer> =>
    ask(path, { method, body: JSON.stringify(json), headers: { "content-type": "application/json" } });
  return { cluster: model, context, ask, post };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {} as Body;
  }
}
