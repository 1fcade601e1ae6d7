import { createApp } from "../../routes/app.ts";
import type { Rig } from "./rig.ts";

/** A call of the webhook as it came in. */
export interface Call {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The Worker in front of a rig's connection, which Amplify's webhooks reach. */
export class Front {
  /** Every call, oldest first. */
  readonly calls: Call[] = [];
  readonly #rig: Rig;
  readonly #app: ReturnType<typeof createApp>;

  constructor(rig: Rig, webhookTokens: readonly string[]) {
    this.#rig = rig;
    const { name } = rig.config;
    this.#app = createApp({
      connections: {
        entries: [{ name, problems: [], warnings: [] }],
        get: (asked) => (asked === name ? rig.actor : undefined),
      },
      adminTokens: [],
      metricsTokens: [],
      webhookTokens,
      log: rig.runtime.ports.log,
      now: () => rig.now,
    });
    rig.sandbox.receiveWebhooks(async (request) => {
      const call = { headers: Object.fromEntries(request.headers), body: await request.text() };
      this.calls.push(call);
      return await this.call(call);
    });
  }

  async call({ headers, body }: Call): Promise<Response> {
    return await this.#app.request("/amplify/webhook", { method: "POST", headers, body });
  }

  /** Lives through so many seconds, one by one: webhooks are called, ticks come each minute, the alarm rings when it is due. */
  async seconds(count: number): Promise<void> {
    const rig = this.#rig;
    for (let second = 0; second < count; second++) {
      if (second % 60 === 0) await rig.actor.tick();
      rig.sandbox.clock.advance(1_000);
      await rig.sandbox.parts.webhooks.deliver();
      await this.#wakes();
    }
  }

  async #wakes(): Promise<void> {
    for (let count = 0; count < 20; count++) {
      const at = await this.#rig.runtime.ports.alarm.get();
      if (at === undefined || at > this.#rig.now) return;
      await this.#rig.actor.wake();
    }
  }
}
