import type { Hono } from "hono";
import { createApp } from "../../routes/app.ts";
import type { ConnectionApi } from "../../src/connection/api.ts";
import { grantStore } from "../../src/store/grants.ts";
import { groupStore } from "../../src/store/groups.ts";
import { workStore } from "../../src/store/work.ts";
import type { Rig } from "./rig.ts";

export interface Route {
  readonly method: string;
  readonly path: string;
}

export interface Tokens {
  readonly admin: string;
  readonly metrics: string;
  readonly webhook: string;
}

/** Bodies that are sent to what changes something: each route takes one of them at most. */
const BODIES = [
  "",
  '{"action":"refresh"}',
  '{"action":"publish"}',
  '{"rebuild":true}',
  '{"plan":"0000000000000000"}',
  '{"unknown":1}',
];

/** The Worker in front of a rig's connection, and every route that it has: one that is added is asked too. */
export class Surface {
  readonly app: Hono;
  readonly routes: readonly Route[];
  readonly #rig: Rig;
  readonly #tokens: Tokens;

  /** @param connection in place of the rig's own */
  constructor(rig: Rig, tokens: Tokens, connection?: ConnectionApi) {
    this.#rig = rig;
    this.#tokens = tokens;
    const { name } = rig.config;
    this.app = createApp({
      connections: {
        entries: [{ name, problems: [], warnings: [] }],
        get: (asked) => (asked === name ? (connection ?? rig.actor) : undefined),
      },
      adminTokens: [tokens.admin],
      metricsTokens: [tokens.metrics],
      webhookTokens: [tokens.webhook],
      log: rig.runtime.ports.log,
      now: () => rig.now,
    });
    // What stands before a handler is registered for all methods.
    const own = this.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
    this.routes = [...new Set(own)].map((line) => {
      const [method = "", path = ""] = line.split(" ");
      return { method, path };
    });
  }

  /** Answers of a route for everything that its address can name, logged in as it wants. */
  async ask(route: Route): Promise<readonly Response[]> {
    const bodies = route.method === "GET" ? [undefined] : BODIES;
    const answers: Response[] = [];
    for (const address of this.addresses(route)) {
      for (const body of bodies) answers.push(await this.#loggedIn(route.method, address, body));
    }
    return answers;
  }

  /** Addresses of a route; throws for a parameter of which nothing is known here. */
  addresses({ path }: Route): readonly string[] {
    const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
    return parameters.reduce<readonly string[]>(
      (addresses, name) =>
        addresses.flatMap((address) =>
          this.#values(name).map((value) => address.replace(`:${name}`, encodeURIComponent(value))),
        ),
      [path],
    );
  }

  #values(parameter: string): readonly string[] {
    const { sql } = this.#rig.runtime.ports;
    switch (parameter) {
      case "connection":
        return [this.#rig.config.name];
      case "topic":
        return ["orders", "unknown"];
      case "key":
        return [
          ...workStore(sql)
            .list({ limit: 1_000 })
            .map(({ key }) => key),
          "unknown",
        ];
      case "group":
        return [
          ...groupStore(sql)
            .all()
            .map(({ name }) => name),
          "unknown",
        ];
      case "name":
        return [
          ...grantStore(sql)
            .all()
            .map(({ name }) => name),
          "unknown",
        ];
      default:
        throw new Error(`say here what :${parameter} can be`);
    }
  }

  /** Each of the ways in which something here is guarded, until one lets through. */
  async #loggedIn(method: string, address: string, body: string | undefined): Promise<Response> {
    const { admin, webhook, metrics } = this.#tokens;
    const logins = [
      { authorization: `Bearer ${admin}` },
      { authorization: `Bearer ${metrics}` },
      { authorization: `Basic ${btoa(`operator:${admin}`)}` },
      { "x-kafka-worker-token": webhook },
    ];
    let answer: Response | undefined;
    for (const headers of logins) {
      answer = await this.app.request(address, { method, headers, ...(body === undefined ? {} : { body }) });
      if (answer.status !== 401) break;
    }
    return answer ?? Response.error();
  }
}

/** Everything that an answer says. */
export async function textOfAnswer(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
  return [answer.status, ...headers, await answer.clone().text()].join("\n");
}
