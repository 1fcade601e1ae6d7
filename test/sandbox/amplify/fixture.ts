/** A small Amplify for the tests of the sandbox itself: a clock that stands still, repeatable random numbers, one client that may do anything. */
import { createHash, createPrivateKey, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { MovableClock } from "../core/clock.ts";
import { seededRandom } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import { type Amplify, amplifyService } from "./amplify.ts";
import type { Json, JsonObject } from "./json.ts";
import type { AmplifySeed, ClientSeed } from "./seed.ts";

export const ORIGIN = "http://amplify.test";
export const ORGANIZATION = "123456789";
export const ORGANIZATION_GUID = "c0ffee00-1111-4222-8333-444455556666";
export const ENV = "/management/v1/environments/kafka-env";
export const CLIENT = "worker_6d66dc36-0000-4000-8000-000000000001";
export const START = Date.UTC(2026, 7, 1, 9, 0, 0);

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
  readonly kid: string;
}

export function newKeyPair(): KeyPair {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = pair.publicKey.export({ type: "spki", format: "der" });
  return {
    privateKey: createPrivateKey(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
    publicPem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    kid: createHash("sha256").update(der).digest("base64url"),
  };
}

export function movableContext(seed = 1): SandboxContext {
  return { clock: new MovableClock(0, () => START), random: seededRandom(seed).next };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; null when it is empty. */
  readonly json: Json;
}

/** The members of an object, or of the first element of a list; `{}` for anything else. */
export function first(json: Json): JsonObject {
  const value = Array.isArray(json) ? json[0] : json;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The details of an error body. */
export function details(answer: Answer): Json[] {
  const { errors } = first(answer.json);
  return Array.isArray(errors) ? errors.map((error: Json) => first(error).detail ?? null) : [];
}

export class World {
  readonly context: SandboxContext;
  readonly amplify: Amplify;
  readonly seed: AmplifySeed;
  #token = "";

  constructor(client: Partial<ClientSeed> = {}, more: Partial<AmplifySeed> = {}) {
    this.context = movableContext();
    this.seed = {
      organization: ORGANIZATION,
      organizationGuid: ORGANIZATION_GUID,
      environments: ["kafka-env", "other-env"],
      teams: [
        { guid: "aaaaaaaa-0000-4000-8000-000000000001", name: "Default Team", default: true },
        { guid: "aaaaaaaa-0000-4000-8000-000000000002", name: "Streaming" },
      ],
      clients: [{ id: CLIENT, secret: "s3cret", ...client }],
      ...more,
    };
    this.amplify = amplifyService(this.context, this.seed);
  }

  async token(id = CLIENT, secret = "s3cret"): Promise<Answer> {
    return this.raw("POST", "/auth/realms/Broker/protocol/openid-connect/token", {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
      },
      body: "grant_type=client_credentials",
    });
  }

  async raw(
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: BodyInit } = {},
  ): Promise<Answer> {
    const response = await this.amplify.fetch(new Request(`${ORIGIN}${path}`, { method, ...init }));
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: text === "" ? null : (JSON.parse(text) as Json),
    };
  }

  /** One call as the client, with a token that is fetched when there is none. */
  async call(method: string, path: string, body?: Json, contentType = "application/json"): Promise<Answer> {
    if (this.#token === "") this.#token = String(first((await this.token()).json).access_token);
    const headers = {
      authorization: `Bearer ${this.#token}`,
      "x-axway-tenant-id": ORGANIZATION,
      "content-type": contentType,
    };
    return this.raw(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** A call on a resource by its link. */
  api(method: string, link: string, body?: Json): Promise<Answer> {
    return this.call(method, `/apis${link}`, body);
  }

  /** Forgets the token, so that the next call fetches one. */
  forgetToken(): void {
    this.#token = "";
  }

  /** Publishes one topic: definitions, service, revision and instance, all named after it. */
  publish(name: string): void {
    const scope = { kind: "Environment", name: "kafka-env" };
    const make = (kind: string, body: JsonObject): void => void this.amplify.create({ kind, scope, body });
    make("APIService", { name, title: name, tags: ["kafka"], spec: { description: "A topic" } });
    make("APIServiceRevision", {
      name: `${name}-r1`,
      spec: {
        apiService: name,
        definition: { type: "asyncapi", value: Buffer.from("asyncapi: 3.0.0\n").toString("base64") },
      },
    });
    make("APIServiceInstance", {
      name,
      spec: { apiServiceRevision: `${name}-r1`, endpoint: [{ host: "broker.test", port: 9092, protocol: "kafka" }] },
    });
  }
}

const ISSUER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** A client assertion as a service account makes it; `claims` and `head` replace single members. */
export function assertion(key: KeyPair, now: number, claims: JsonObject = {}, head: JsonObject = {}): string {
  const iat = Math.floor(now / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "RS256", typ: "JWT", kid: key.kid, ...head })}.${part({
    ...{ iss: `${ISSUER}:${CLIENT}`, sub: CLIENT, aud: [`${ORIGIN}/auth/realms/Broker`] },
    ...{ iat, exp: iat + 60, jti: crypto.randomUUID() },
    ...claims,
  })}`;
  return `${content}.${createSign("RSA-SHA256").update(content).sign(key.privateKey).toString("base64url")}`;
}

export function assertionForm(text: string): { headers: Record<string, string>; body: string } {
  const form = { grant_type: "client_credentials", client_assertion_type: ISSUER, client_assertion: text };
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  };
}
