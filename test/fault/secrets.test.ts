import { expect, test } from "vitest";
import type { Ports } from "../../src/runtime/ports.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { changeSchema } from "../support/imported.ts";
import { MINUTE_MS, Rig, unwrap } from "../support/rig.ts";
import { dumpRows, textOfRows } from "../support/rows.ts";
import { smallWorld } from "./small-world.ts";

const SECRET = /SECRET|PASSWORD|PRIVATEKEY|TOKEN|HEADERS/;

/** Every secret that the connection was given, in the forms in which it could leak. */
function secretsOf(rig: Rig, side: Side): string[] {
  const variables = rig.sandbox.environmentVariables(side);
  const plain = Object.entries(variables)
    .filter(([name]) => SECRET.test(name) && !name.includes("PUBLICKEY"))
    .map(([, value]) => value);
  const lines = plain
    .flatMap((value) => value.split(/\n|\\n/))
    .filter((line) => line.length > 8 && !line.includes("-----"));
  return [...new Set([...lines, ...lines.map((line) => encodeURIComponent(line))])];
}

test.each(["cloud", "platform"] as const)(
  "row 61: no secret and no token is in any line, row, work item or answer of the %s side, not even when servers send them back",
  async (side) => {
    const listener = new Listener();
    const rig = new Rig({ side, world: smallWorld, adapt: listener.adapt });
    await rig.settle();
    changeSchema(rig, side, "orders");
    await rig.live(10 * MINUTE_MS);
    const texts = [await everything(rig)];

    for (const [echoes, variables] of [
      ["but logins", { CENTRAL_TEAM: "Payments" }],
      ["all", {}],
    ] as const) {
      listener.echoes = echoes;
      rig.redeploy(variables);
      rig.sandbox.clock.advance(25 * 60 * MINUTE_MS);
      unwrap(await rig.actor.discover({ rebuild: true }));
      await rig.live(20 * MINUTE_MS);
      texts.push(await everything(rig));
    }

    const text = texts.join("\n");
    const secrets = [...secretsOf(rig, side), ...listener.sent];
    expect(secrets.length).toBeGreaterThan(10);
    // The search finds what is there.
    expect(text).toContain("asyncapi");
    expect(text).toContain("CENTRAL_AUTH_CLIENTID");
    expect(text).toContain("was refused on purpose");
    for (const secret of secrets) expect(text.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
  },
);

/** Takes note of every credential on its way out and every token on its way in, and can make servers send them back. */
class Listener {
  readonly sent = new Set<string>();
  echoes: "none" | "but logins" | "all" = "none";

  readonly adapt = (ports: Ports): Ports => ({
    ...ports,
    http: async (request) => {
      const authorization = request.headers.get("authorization") ?? "";
      const body = await request.clone().text();
      this.#note(authorization.replace(/^\w+ /, ""));
      for (const value of new URLSearchParams(body).values()) this.#note(value);
      const isLogin = request.url.includes("/token");
      if (this.echoes === "all" || (this.echoes === "but logins" && !isLogin))
        return echo(isLogin, authorization, body);
      const response = await ports.http(request);
      if (isLogin) {
        const { access_token = "" } = (await response.clone().json()) as { access_token?: string };
        this.#note(access_token);
      }
      return response;
    },
  });

  #note(text: string): void {
    const isSecret = text.length > 20 && !/^(?:urn:|client_credentials|[{[<"])/.test(text);
    if (isSecret) this.sent.add(text);
  }
}

/** An error that repeats the credential in every way that a careless server may. */
function echo(isLogin: boolean, authorization: string, body: string): Response {
  const text = `${authorization} was refused on purpose; authorization: ${authorization}; body ${body.slice(0, 4000)}`;
  const status = isLogin ? 400 : 403;
  const json = {
    error_code: 40301,
    message: text,
    error: "invalid",
    error_description: text,
    errors: [{ detail: text }],
  };
  return Response.json(json, { status });
}

async function everything(rig: Rig): Promise<string> {
  const { actor } = rig;
  const topics = await Promise.all(["orders", "heartbeats", "payments"].map((name) => actor.topic(name)));
  const answers = await Promise.all([
    actor.overview(),
    actor.health(),
    actor.plan(),
    actor.doctor(),
    actor.topics({ limit: 100 }),
    actor.runs({ limit: 100 }),
    actor.work({ limit: 100 }),
    actor.audit({ limit: 1_000 }),
  ]);
  const rows = textOfRows(dumpRows(rig.runtime.ports.sql));
  return [rows, ...rig.logged, JSON.stringify(topics), JSON.stringify(answers), JSON.stringify(rig.work())].join("\n");
}
