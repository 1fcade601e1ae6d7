import type { Caller, SandboxContext } from "../core/types.ts";
import { noLogin } from "./authenticators.ts";
import { Registry, type RegistryOptions } from "./registry.ts";
import { type RegistryRestOptions, registryRest } from "./rest.ts";

/** What the tests of the registry share. */

/** A context whose clock stands still until it is moved. */
function stillContext(): SandboxContext {
  let now = Date.UTC(2026, 0, 1);
  let moved = 0;
  const advance = (ms: number) => {
    now += ms;
    moved += ms;
  };
  return { clock: { now: () => now, advance, offset: () => moved }, random: () => 0.5 };
}

export function emptyRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(stillContext(), options);
}

/** A record with these fields, as text. */
export function record(name: string, ...fields: readonly unknown[]): string {
  return JSON.stringify({ type: "record", name, fields });
}

/** Someone who may read what `subjects` admits, and nothing else. */
export function readerOf(subjects: (subject: string) => boolean): Caller {
  return { name: "reader", may: (operation, subject) => operation === "SUBJECT:READ" && subjects(subject) };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Asks a registry over its REST API: Platform without login unless told otherwise. A text body is sent as it is. */
export function asking(registry: Registry, options: Partial<RegistryRestOptions> = {}): Ask {
  const rest = registryRest(registry, { flavour: "platform", authenticate: noLogin(), ...options });
  return async (method, path, body, headers = {}) => {
    const sent = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const type: Record<string, string> = sent === null ? {} : { "content-type": "application/json" };
    const request = new Request(`http://registry.example${path}`, {
      method,
      headers: { ...type, ...headers },
      body: sent,
    });
    const response = await rest.fetch(request);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  };
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
