import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { clientIds } from "../sandbox/world/amplify.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { worldOf } from "./imported.ts";
import { MINUTE_MS, untilMorning } from "./rig.ts";
import { Channels } from "./secret-channels.ts";
import { Secrets } from "./secret-search.ts";
import { Wire } from "./secret-wire.ts";
import { type Subscribing, subscribing } from "./subscribing.ts";
import { type Route, Surface } from "./surface.ts";

/** What the Worker itself takes, each with the value before. */
export const TOKENS = {
  ADMIN_TOKEN: "admin-3c9f1f6be2b14d0f8a admin-before-77e0d5a1c4",
  WEBHOOK_TOKEN: "webhook-5a0d9c4e7b21f83d webhook-before-19ac60e7",
  METRICS_TOKEN: "metrics-e81b2d7f40c95a36",
};
const TUNNEL = { "x-tunnel-secret": "tunnel-94c1e07ab35d28f6" };
const HEADERS = JSON.stringify(TUNNEL);
const [ADMIN = ""] = TOKENS.ADMIN_TOKEN.split(" ");
const [WEBHOOK = ""] = TOKENS.WEBHOOK_TOKEN.split(" ");
/** One of each that lets in. */
export const LOGIN = { admin: ADMIN, webhook: WEBHOOK, metrics: TOKENS.METRICS_TOKEN };
export const isRead = ({ method }: Route): boolean => method === "GET";

/** Cloud logs in to Amplify with a client secret, Platform with a key and with passwords that Amplify keeps. */
function variablesOf(side: Side, sandbox: Sandbox): Readonly<Record<string, string>> {
  const common = { ...TOKENS, PUBLIC_URL: "https://worker.example", KAFKA_SCHEMAREGISTRY_HEADERS: HEADERS };
  if (side === "platform") {
    return {
      ...common,
      KAFKA_CLUSTER_REST_HEADERS: HEADERS,
      KAFKA_USERS_HEADERS: HEADERS,
      KAFKA_CLUSTER_REST_AUTH_PASSWORD: "@Secret.kafka.rest.password",
      KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: "@Secret.kafka.registry.password",
    };
  }
  return {
    ...common,
    CENTRAL_AUTH_CLIENTID: clientIds.secret,
    CENTRAL_AUTH_CLIENTSECRET: sandbox.endpoints().amplify.clients.withSecret.secret,
    CENTRAL_AUTH_PRIVATEKEY_DATA: "",
    CENTRAL_AUTH_PUBLICKEY_DATA: "",
  };
}

/** A connection with secrets of every kind, each of which is known here, and everything that can be seen of it. */
export class Watched {
  readonly world: Subscribing;
  readonly secrets: Secrets;
  readonly wire: Wire;
  readonly channels: Channels;

  private constructor(world: Subscribing, secrets: Secrets, wire: Wire) {
    this.world = world;
    this.secrets = secrets;
    this.wire = wire;
    this.channels = new Channels(world.rig, new Surface(world.rig, LOGIN), wire);
  }

  static async start(side: Side): Promise<Watched> {
    const sandbox = createSandbox({
      inProcess: true,
      amplifyRequestsPerMinute: "unlimited",
      clockOffset: untilMorning(),
      world: worldOf("orders", "payments"),
    });
    const secrets = new Secrets();
    const wire = new Wire(secrets, Object.values(TUNNEL));
    const variables = variablesOf(side, sandbox);
    configuredIn({ ...sandbox.environmentVariables(side), ...variables }, secrets);
    for (const { spec } of sandbox.parts.amplify.resources("Secret")) {
      const { data } = spec as { data: Readonly<Record<string, string>> };
      for (const value of Object.values(data)) secrets.add("@Secret", value);
    }
    const world = await subscribing(side, { sandbox, variables, adapt: wire.adapt });
    return new Watched(world, secrets, wire);
  }

  /** Wakes until it is so. What ended in Error is asked for again, and what was given up brought back, as a person would. */
  async until(what: string, isSo: () => boolean, items: readonly Item[] = []): Promise<void> {
    const { rig } = this.world;
    for (let count = 0; count < 3_000 && !isSo(); count++) {
      if (!(await rig.jump(rig.now + 30 * MINUTE_MS))) rig.sandbox.clock.advance(MINUTE_MS);
      await rig.turn();
      this.channels.look();
      await this.#tryAgain(items);
    }
    if (!isSo()) throw new Error(`${what} never came: ${JSON.stringify([rig.open(), rig.grants()])}`);
  }

  async #tryAgain(items: readonly Item[]): Promise<void> {
    const { rig, consumer } = this.world;
    for (const item of items) if (consumer.market.level(item) === "Error") consumer.market.retry(item);
    for (const { key } of rig.work().filter(({ dead }) => dead)) await rig.actor.redrive(key);
  }
}

function configuredIn(variables: Readonly<Record<string, string>>, secrets: Secrets): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!/SECRET$|PASSWORD|PRIVATEKEY|TOKEN$/.test(name) || value.startsWith("@Secret")) continue;
    for (const one of name in TOKENS ? value.split(" ") : [value]) secrets.add(name, one);
  }
  for (const value of Object.values(TUNNEL)) secrets.add("a header's value", value);
}
