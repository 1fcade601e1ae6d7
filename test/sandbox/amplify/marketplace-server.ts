import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import type { Amplify } from "./amplify.ts";
import { isObject, type Json, type JsonObject, memberAt } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import { nameOfTitle } from "./resource.ts";

/** Something that the marketplace made in an environment. */
export interface Item {
  readonly environment: string;
  readonly name: string;
  readonly selfLink: string;
}

const pending = { level: "Pending", reasons: [] } as const;

interface Made {
  readonly spec: JsonObject;
  /** Links of catalog resources. */
  readonly references: readonly string[];
  readonly subs: Readonly<Record<string, Json>>;
}

/** What the marketplace's server writes into environments and the catalog, and reads there. */
export class MarketplaceServer {
  readonly #context: SandboxContext;
  readonly amplify: Amplify;

  constructor(context: SandboxContext, amplify: Amplify) {
    this.#context = context;
    this.amplify = amplify;
  }

  now(): number {
    return this.#context.clock.now();
  }

  /**
   * With its status from the first moment: an agent that meets an application without one ends (observed with agent-sdk v1.1.152). The
   * sub-resources are then written once more, `status` last, which are the changes that agents wait for.
   */
  submit(kind: string, environment: string, title: string, made: Made): Item {
    const subs = { ...made.subs, status: pending };
    const body = this.amplify.create({
      kind,
      scope: { kind: "Environment", name: environment },
      body: { name: this.freeName(title), title, spec: made.spec },
      given: { subs, references: made.references },
      subs,
    });
    return itemOf(body);
  }

  /** The spec's wish first, then the status: two changes, as agents see them. Throws an Error when there is no such credential. */
  changeState(credential: Item, changes: JsonObject): void {
    const spec = memberAt(this.amplify.get(credential.selfLink), ["spec"]);
    if (!isObject(spec)) throw new Error(`no such credential: ${credential.name}`);
    const state = isObject(spec.state) ? spec.state : {};
    this.amplify.edit(credential.selfLink, { spec: { ...spec, state: { ...state, ...changes } } });
    this.setPending(credential);
  }

  setPending(item: Item): void {
    this.amplify.editSub(item.selfLink, "status", pending);
  }

  /** The link of a new catalog resource. */
  catalog(kind: string, name: string, title = name): string {
    return itemOf(this.amplify.create({ kind, body: { name, title, spec: {} } })).selfLink;
  }

  /** Throws an Error when it is not published. */
  instance(environment: string, name: string): JsonObject {
    const published = this.amplify.get(linkOf("APIServiceInstance", environment, name));
    if (published === undefined) throw new Error(`no such instance: ${name}`);
    return published;
  }

  definition(kind: string, environment: string, name: Json | undefined): JsonObject | undefined {
    return typeof name === "string" ? this.amplify.get(linkOf(kind, environment, name)) : undefined;
  }

  /** Names of the definitions of credentials that an instance offers; those of the environment when none is named. */
  credentialDefinitions(environment: string, instance: string | undefined): string[] {
    if (instance === undefined) {
      const all = this.amplify.resources("CredentialRequestDefinition").map(itemOf);
      return all.filter((each) => each.environment === environment).map(({ name }) => name);
    }
    const names = memberAt(this.instance(environment, instance), ["spec", "credentialRequestDefinitions"]);
    return Array.isArray(names) ? names.map(String) : [];
  }

  freeName(title: string): string {
    const tail = randomText(this.#context.random, 6, "abcdefghijklmnopqrstuvwxyz0123456789");
    return `${nameOfTitle(title).slice(0, 40)}-${tail}`;
  }
}

export function linkOf(kind: string, environment: string, name: string): string {
  return `/management/v1/environments/${environment}/${kindNamed(kind).plural}/${name}`;
}

export function itemOf(body: JsonObject): Item {
  return {
    environment: String(memberAt(body, ["metadata", "scope", "name"])),
    name: String(body.name),
    selfLink: String(memberAt(body, ["metadata", "selfLink"])),
  };
}
