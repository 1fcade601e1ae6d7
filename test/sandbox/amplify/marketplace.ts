import * as v from "valibot";
import type { SandboxContext } from "../core/types.ts";
import type { Amplify } from "./amplify.ts";
import { type JsonObject, memberAt } from "./json.ts";
import { accessReferences, consumer, productOf } from "./marketplace-catalog.ts";
import { filledIn, type Keys, NotShown, shownData } from "./marketplace-forms.ts";
import { type ConsumerKeys, consumerKeys, type Hash } from "./marketplace-secrets.ts";
import { type Item, itemOf, linkOf, MarketplaceServer } from "./marketplace-server.ts";

export interface ApplicationForm {
  readonly environment: string;
  readonly title?: string;
  /** The consumer's own pair; one of 4096 bits when not given. */
  readonly keys?: ConsumerKeys;
  /** What is said of the key, as it is sent: `RSA-OAEP` and `SHA256` when not given. */
  readonly security?: {
    readonly encryptionKey?: string;
    readonly encryptionAlgorithm?: string;
    readonly encryptionHash?: string;
  };
}

export interface AccessForm {
  /** Name of a published APIServiceInstance. */
  readonly instance: string;
  readonly data?: JsonObject;
  /** One of before; a new one is made when not given. */
  readonly subscription?: string;
  /** The access request of another plan that this one takes the place of. */
  readonly replaces?: Item;
}

export interface CredentialForm {
  /** Name of a CredentialRequestDefinition; the instance's first when an instance is given. */
  readonly definition?: string;
  readonly instance?: string;
  readonly title?: string;
  readonly data?: JsonObject;
}

const expired = "Agent: CredentialExpired";
const applicationSchema = v.object({
  selfLink: v.string(),
  catalogName: v.string(),
  catalogLink: v.string(),
  privateKey: v.string(),
  hash: v.picklist(["SHA256", "SHA1"]),
});
type KnownApplication = v.InferOutput<typeof applicationSchema>;

/**
 * The marketplace: what a consumer does there, and what its server then writes into an environment (agent-sdk pkg/agent/handler; docs
 * custom-external-credentials). It alone holds the consumers' private keys.
 */
export class Marketplace {
  readonly #server: MarketplaceServer;
  readonly #applications = new Map<string, KnownApplication>();

  constructor(context: SandboxContext, amplify: Amplify) {
    this.#server = new MarketplaceServer(context, amplify);
  }

  /** An application, registered in one environment: ManagedApplication. */
  application({
    environment,
    title = "Consumer application",
    keys = consumerKeys(),
    security = {},
  }: ApplicationForm): Item {
    const catalogName = this.#server.freeName(title);
    const catalogLink = this.#server.catalog("Application", catalogName, title);
    const said = {
      encryptionAlgorithm: "RSA-OAEP",
      encryptionHash: "SHA256",
      encryptionKey: keys.publicKey,
      ...security,
    };
    const person = { createUserId: consumer.user, modifyUserId: consumer.user };
    const { team, organization, user } = consumer;
    const item = this.#server.submit("ManagedApplication", environment, title, {
      spec: { security: said },
      references: [catalogLink],
      subs: {
        marketplace: {
          name: consumer.marketplace,
          resource: {
            metadata: person,
            owner: { type: "team", id: team, organization: { id: organization }, user: { id: user } },
          },
        },
        references: { application: catalogName },
      },
    });
    const hash: Hash = said.encryptionHash === "SHA1" ? "SHA1" : "SHA256";
    const { selfLink } = item;
    this.#applications.set(selfLink, { selfLink, catalogName, catalogLink, privateKey: keys.privateKey, hash });
    return item;
  }

  /** Of a product with this instance; returns its name. */
  subscribe(application: Item, instance: string): string {
    productOf(this.#server.amplify, this.#server.instance(application.environment, instance));
    const name = this.#server.freeName(`sub-${instance}`);
    this.#server.catalog("Subscription", name);
    return name;
  }

  /** Access to an instance, with what its definition asks for. Throws `FormRefused` for data that the page would not send. */
  requestAccess(application: Item, form: AccessForm): Item {
    const { environment } = application;
    const { instance, data = {}, replaces } = form;
    const published = this.#server.instance(environment, instance);
    const definitionName = memberAt(published, ["spec", "accessRequestDefinition"]);
    const entries = filledIn(this.#server.definition("AccessRequestDefinition", environment, definitionName), data);
    const known = this.#known(application.selfLink);
    const subscription = form.subscription ?? this.subscribe(application, instance);
    const product = productOf(this.#server.amplify, published);
    const quota = `catalog/${product.plan}/${product.quota}`;
    return this.#server.submit("AccessRequest", environment, `access to ${instance}`, {
      spec: {
        apiServiceInstance: instance,
        managedApplication: application.name,
        ...(replaces === undefined ? {} : { accessRequest: replaces.name }),
        data: entries,
        quota: { limit: 1000, interval: "monthly" },
        additionalQuotas: [{ name: quota, limit: 1000, interval: "monthly" }],
      },
      references: [known.catalogLink, `/catalog/v1/subscriptions/${subscription}`, ...product.links],
      subs: { references: accessReferences(product, instance, subscription, known.catalogName) },
    });
  }

  /** Throws `FormRefused`. */
  requestCredential(application: Item, form: CredentialForm = {}): Item {
    const { environment } = application;
    const name = form.definition ?? this.#server.credentialDefinitions(environment, form.instance)[0];
    const definition = this.#server.definition("CredentialRequestDefinition", environment, name);
    if (definition === undefined || name === undefined) throw new Error(`no credential is offered: ${name}`);
    const { title = "credential", data = {} } = form;
    return this.#server.submit("Credential", environment, title, {
      spec: {
        credentialRequestDefinition: name,
        managedApplication: application.name,
        data: filledIn(definition, data),
        state: { name: "active", reason: "", rotate: false },
      },
      references: [],
      subs: {
        references: {
          application: this.#known(application.selfLink).catalogName,
          credential: this.#server.freeName(title),
        },
      },
    });
  }

  /** Throws an Error where the definition does not offer it: the page has no such button then. */
  rotate(credential: Item): void {
    this.#require(credential, "renewable");
    this.#server.changeState(credential, { rotate: true });
  }

  suspend(credential: Item): void {
    this.#require(credential, "suspendable");
    this.#server.changeState(credential, { name: "inactive", reason: "" });
  }

  enable(credential: Item): void {
    this.#require(credential, "suspendable");
    this.#server.changeState(credential, { name: "active", reason: "" });
  }

  expire(credential: Item): void {
    this.#server.changeState(credential, { name: "inactive", reason: expired });
  }

  /** Expires every credential whose time, as the agent wrote it, has come; their links. */
  expireDue(): string[] {
    const now = this.#server.now();
    const due = this.#server.amplify.resources("Credential").filter((body) => {
      const at = Date.parse(String(memberAt(body, ["policies", "expiry", "timestamp"])).replace(/\+0000$/, "Z"));
      return at <= now && memberAt(body, ["spec", "state", "reason"]) !== expired;
    });
    for (const body of due) this.expire(itemOf(body));
    return due.map((body) => itemOf(body).selfLink);
  }

  /** Asks again after an Error. */
  retry(item: Item): void {
    this.#server.setPending(item);
  }

  /** Of an application, an access request or a credential: with finalizers it only begins to go. Twice is once. */
  remove(item: Item): void {
    if (this.isThere(item)) this.#server.amplify.remove(item.selfLink);
  }

  isThere(item: Item): boolean {
    return this.#server.amplify.get(item.selfLink) !== undefined;
  }

  /** Pending, Success or Error; undefined when it is gone. */
  level(item: Item): string | undefined {
    const level = memberAt(this.#server.amplify.get(item.selfLink), ["status", "level"]);
    return typeof level === "string" ? level : undefined;
  }

  /** What the newest reason says; undefined when there is none. */
  reason(item: Item): string | undefined {
    const reasons = memberAt(this.#server.amplify.get(item.selfLink), ["status", "reasons"]);
    const detail = Array.isArray(reasons) ? memberAt(reasons.at(-1), ["detail"]) : undefined;
    return typeof detail === "string" ? detail : undefined;
  }

  /** A credential as its consumer is shown it, in clear. Throws `NotShown` before it is Success, and for what cannot be opened. */
  revealed(credential: Item): Readonly<Record<string, string>> {
    const body = this.#successful(credential);
    return shownData(this.#definitionOf(credential), body.data, this.#keysFor(credential.environment, body));
  }

  /** What the provider answered to an access request, in clear. Throws `NotShown` as `revealed` does. */
  accessData(accessRequest: Item): Readonly<Record<string, string>> {
    const { environment } = accessRequest;
    const body = this.#successful(accessRequest);
    const instance = memberAt(body, ["spec", "apiServiceInstance"]);
    const published = this.#server.amplify.get(linkOf("APIServiceInstance", environment, String(instance)));
    const name = memberAt(published, ["spec", "accessRequestDefinition"]);
    const definition = this.#server.definition("AccessRequestDefinition", environment, name);
    return shownData(definition, body.data ?? {}, this.#keysFor(environment, body));
  }

  snapshot(): unknown {
    return { applications: [...this.#applications.values()] };
  }

  restore(snapshot: unknown): void {
    const { applications } = v.parse(v.object({ applications: v.array(applicationSchema) }), snapshot);
    this.#applications.clear();
    for (const each of applications) this.#applications.set(each.selfLink, each);
  }

  #require(credential: Item, policy: "renewable" | "suspendable"): void {
    const definition = this.#definitionOf(credential);
    if (memberAt(definition, ["spec", "provision", "policies", policy]) !== true) {
      throw new Error(`${String(definition?.name)} is not ${policy}: the marketplace does not offer it`);
    }
  }

  #definitionOf({ environment, selfLink }: Item): JsonObject | undefined {
    const name = memberAt(this.#server.amplify.get(selfLink), ["spec", "credentialRequestDefinition"]);
    return this.#server.definition("CredentialRequestDefinition", environment, name);
  }

  #successful(item: Item): JsonObject {
    const body = this.#server.amplify.get(item.selfLink);
    const level = memberAt(body, ["status", "level"]);
    if (body === undefined || level !== "Success") throw new NotShown(`the status is ${String(level ?? "gone")}`);
    return body;
  }

  #keysFor(environment: string, body: JsonObject): Keys {
    const application = memberAt(body, ["spec", "managedApplication"]);
    return this.#known(linkOf("ManagedApplication", environment, String(application)));
  }

  #known(selfLink: string): KnownApplication {
    const known = this.#applications.get(selfLink);
    if (known === undefined) throw new Error(`the marketplace made no application ${selfLink}`);
    return known;
  }
}
