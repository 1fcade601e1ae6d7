import { randomUuid } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import type { Amplify } from "./amplify.ts";
import { isObject, type Json, type JsonObject, memberAt } from "./json.ts";
import type { Resource } from "./resource.ts";
import type { Change } from "./resources.ts";
import { apiTime } from "./time.ts";
import { view } from "./view.ts";
import { admits } from "./watch-filter.ts";

/** How deliveries go wrong: nothing of it is documented, so a receiver has to live with all of it. */
export interface WebhookBehaviour {
  /** ms of the sandbox's clock between a change and the call. */
  delayMs: number;
  /** Up to so many ms more, drawn for each call: later ones overtake earlier ones. */
  spreadMs: number;
  /** How often each is sent; 0 for never. */
  copies: number;
  /** Share of the calls that are lost on the way, 0 to 1. */
  lost: number;
  /** In which order those are sent that are due at the same time. */
  order: "oldest first" | "newest first";
}

export const defaultWebhookBehaviour: Readonly<WebhookBehaviour> = {
  delayMs: 200,
  spreadMs: 0,
  copies: 1,
  lost: 0,
  order: "oldest first",
};

export type Receiver = (request: Request) => Promise<Response>;

/** One call as it went. */
export interface Delivery {
  readonly webhook: string;
  readonly change: Change;
  readonly kind: string;
  readonly name: string;
  /** What was answered; undefined when nobody did. */
  readonly status: number | undefined;
}

interface Waiting {
  readonly due: number;
  /** Link of the webhook, which is read again when the call is made. */
  readonly webhook: string;
  readonly change: Change;
  readonly resource: Resource;
  readonly body: string;
}

const mostDeliveries = 10_000;
const longestCallMs = 10_000;

/**
 * What Amplify calls when resources change: hooks and webhooks of an Integration (docs integrate_with_central/webhook). One call a
 * change, hook and webhook, with the complete resource; no call is tried again. What waits is not part of a snapshot: a restart loses it.
 */
export class Webhooks {
  readonly #context: SandboxContext;
  readonly #amplify: Amplify;
  readonly #receiver: () => Receiver | undefined;
  readonly behaviour: WebhookBehaviour;
  readonly #deliveries: Delivery[] = [];
  #waiting: Waiting[] = [];
  #line: Promise<unknown> = Promise.resolve();

  /**
   * `wait` resolves after so many ms of the sandbox's clock, and makes calls go out by themselves; without it `deliver` sends them.
   */
  constructor(
    context: SandboxContext,
    amplify: Amplify,
    options: {
      readonly receiver: () => Receiver | undefined;
      readonly wait?: (ms: number) => Promise<void>;
      readonly behaviour?: Partial<WebhookBehaviour>;
    },
  ) {
    this.#context = context;
    this.#amplify = amplify;
    this.#receiver = options.receiver;
    this.behaviour = { ...defaultWebhookBehaviour, ...options.behaviour };
    amplify.listen((change, resource, sub) => {
      for (const due of this.#call(change, resource, sub)) {
        const ms = due - context.clock.now();
        void options.wait?.(ms).then(() => this.deliver());
      }
    });
  }

  /** The calls that were made, oldest first. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** How many calls wait for their time. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Makes the calls that are due, one after the other; resolves when they are answered, and those of before. */
  async deliver(): Promise<void> {
    const now = this.#context.clock.now();
    const due = this.#waiting.filter((each) => each.due <= now).sort((a, b) => a.due - b.due);
    this.#waiting = this.#waiting.filter((each) => each.due > now);
    if (this.behaviour.order === "newest first") due.reverse();
    this.#line = this.#line.then(async () => {
      for (const each of due) await this.#send(each);
    });
    await this.#line;
  }

  /** Puts the calls for a change in the queue; when each is due, ms. */
  #call(change: Change, resource: Resource, sub: string | undefined): number[] {
    const { delayMs, spreadMs, copies, lost } = this.behaviour;
    const due: number[] = [];
    for (const webhook of this.#webhooksFor(change, resource)) {
      const body = JSON.stringify(this.#body(change, resource, sub));
      for (let copy = 0; copy < copies; copy++) {
        if (this.#context.random() < lost) continue;
        const at = this.#context.clock.now() + delayMs + Math.floor(this.#context.random() * spreadMs);
        this.#waiting.push({ due: at, webhook, change, resource, body });
        due.push(at);
      }
    }
    return due;
  }

  /** Links of the webhooks that hooks name for a change. */
  #webhooksFor(change: Change, resource: Resource): string[] {
    return this.#amplify.resources("ResourceHook").flatMap((hook) => {
      const triggers = asList(memberAt(hook, ["spec", "triggers"]));
      if (!triggers.some((trigger) => admits(trigger, change, resource))) return [];
      const scope = memberAt(hook, ["metadata", "scope", "selfLink"]);
      return asList(memberAt(hook, ["spec", "webhooks"])).map((name) => `${String(scope)}/webhooks/${String(name)}`);
    });
  }

  /** `metadata` only where a sub-resource changed, and never a sequence (docs api_discovery_webhook, marketplace_subscription_webhook). */
  #body(change: Change, resource: Resource, sub: string | undefined): JsonObject {
    return {
      id: randomUuid(this.#context.random),
      time: apiTime(this.#context.clock.now()),
      version: "v1",
      product: "EnterpriseMarketplace",
      correlationId: randomUuid(this.#context.random),
      organization: { id: this.#amplify.organization },
      type: change,
      payload: view(resource, "v1"),
      ...(sub === undefined ? {} : { metadata: { subresource: sub } }),
    };
  }

  async #send({ webhook: link, change, resource, body }: Waiting): Promise<void> {
    const webhook = this.#amplify.get(link);
    if (webhook === undefined || memberAt(webhook, ["spec", "enabled"]) === false) return;
    const status = await this.#answered(webhook, body);
    const { kind, name } = resource;
    this.#deliveries.push({ webhook: link, change, kind, name, status });
    if (this.#deliveries.length > mostDeliveries) this.#deliveries.shift();
  }

  /** Undefined too for a webhook that no call can be made of. */
  async #answered(webhook: JsonObject, body: string): Promise<number | undefined> {
    try {
      const response = await this.#receiver()?.(this.#request(webhook, body));
      await response?.body?.cancel();
      return response?.status;
    } catch {
      return undefined;
    }
  }

  /**
   * The secret goes out as it is, in the header or query parameter that the webhook names, else in `Authorization`. A secret that has
   * vanished is left out (agent-sdk model_webhook_spec_auth_secret.go).
   */
  #request(webhook: JsonObject, body: string): Request {
    const address = new URL(textAt(webhook, "spec", "url") ?? "");
    const headers = new Headers({ "content-type": "application/json" });
    for (const [name, value] of entriesAt(webhook, "spec", "headers")) headers.set(name, String(value));
    const secret = this.#secret(webhook);
    const name = textAt(webhook, "spec", "auth", "location", "name") ?? "Authorization";
    if (secret !== undefined && textAt(webhook, "spec", "auth", "location", "in") === "query") {
      address.searchParams.set(name, secret);
    } else if (secret !== undefined) headers.set(name, secret);
    return new Request(address, { method: "POST", headers, body, signal: AbortSignal.timeout(longestCallMs) });
  }

  #secret(webhook: JsonObject): string | undefined {
    const name = textAt(webhook, "spec", "auth", "secret", "name");
    const key = textAt(webhook, "spec", "auth", "secret", "key");
    const scope = textAt(webhook, "metadata", "scope", "selfLink");
    const secret = this.#amplify.get(`${scope}/secrets/${name}`);
    return key === undefined ? undefined : textAt(secret, "spec", "data", key);
  }
}

function textAt(value: JsonObject | undefined, ...path: readonly string[]): string | undefined {
  const found = memberAt(value, path);
  return typeof found === "string" ? found : undefined;
}

function entriesAt(value: JsonObject, ...path: readonly string[]): [string, Json][] {
  const found = memberAt(value, path);
  return isObject(found) ? Object.entries(found) : [];
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
