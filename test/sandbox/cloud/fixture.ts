import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox.ts";
import { avro } from "../world/catalogue/types.ts";
import { cloudIds } from "../world/organization.ts";

/** Confluent Cloud as a client of the control plane meets it, for the tests of the sandbox itself. */

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when the answer has no body. */
  readonly body: unknown;
}

interface Login {
  readonly id: string;
  readonly secret: string;
}

const crnOfEnvironment = `crn://confluent.cloud/organization=${cloudIds.organization}/environment=${cloudIds.environment}`;
export const crns = {
  registry: `${crnOfEnvironment}/schema-registry=${cloudIds.registry}`,
  kafka: `${crnOfEnvironment}/cloud-cluster=${cloudIds.cluster}/kafka=${cloudIds.cluster}`,
} as const;

export class CloudWorld {
  readonly sandbox: Sandbox;

  constructor(options: SandboxOptions = {}) {
    this.sandbox = createSandbox({
      inProcess: true,
      world: {
        topics: ["orders", "payments"].map((name) => ({ name, expected: "published" })),
        subjects: ["orders-value", "orders-key", "payments-value", ":.eu:orders-value"].map((subject) => ({
          subject,
          versions: [avro("string")],
        })),
      },
      ...options,
    });
  }

  get #cloudKey(): Login {
    return this.sandbox.endpoints().confluentCloud.apiKeys.cloud;
  }

  /** One call of the control plane, with the worker's Cloud key when no other login is given. */
  async call(method: string, path: string, body?: unknown, as: Login = this.#cloudKey): Promise<Answer> {
    return await this.#ask(method, `${this.sandbox.addresses.cloud}${path}`, as, body);
  }

  /** The status that the cluster's REST answers to a key. */
  async atKafka(key: Login, cluster: string = cloudIds.cluster): Promise<number> {
    const { cloudKafka } = this.sandbox.addresses;
    return (await this.#ask("GET", `${cloudKafka}/kafka/v3/clusters/${cluster}/topics`, key)).status;
  }

  /** The status that the registry answers to a key that asks for a subject. */
  async atRegistry(key: Login, subject: string): Promise<number> {
    const { cloudRegistry } = this.sandbox.addresses;
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    return (await this.#ask("GET", `${cloudRegistry}${path}`, key)).status;
  }

  /** The id of a new service account. */
  async account(displayName: string): Promise<string> {
    const made = await this.call("POST", "/iam/v2/service-accounts", { display_name: displayName });
    return (made.body as { id: string }).id;
  }

  /** A new key of an account; for the control plane when no resource is given. */
  async key(owner: string, resource?: string): Promise<Login> {
    const made = await this.call("POST", "/iam/v2/api-keys", keyRequest(owner, resource));
    const { id, spec } = made.body as { id: string; spec: { secret: string } };
    return { id, secret: spec.secret };
  }

  async #ask(method: string, address: string, { id, secret }: Login, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}`, "content-type": "application/json" };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = body === undefined ? {} : { body: text };
    const response = await this.sandbox.fetch(new Request(address, { method, headers, ...init }));
    const received = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return {
      status: response.status,
      headers: response.headers,
      body: received === "" || !isJson ? undefined : JSON.parse(received),
    };
  }
}

/** As terraform-provider-confluent sends it: owner and resource by id and kind alone. */
export function keyRequest(owner: string, resource?: string, description = "") {
  return {
    spec: {
      display_name: "a key",
      description,
      owner: { id: owner, kind: "ServiceAccount" },
      ...(resource === undefined ? {} : { resource: { id: resource, kind: "Cluster" } }),
    },
  };
}
