import type { Answer, ConnectionApi } from "./api.ts";

/** A stub of an object: the same calls, across isolates. */
type Stub = { readonly [Method in keyof ConnectionApi]: (...input: never[]) => Promise<unknown> };

/**
 * A connection that lives elsewhere. A stub that breaks, as in a deploy, is fetched anew once; every call may be made
 * twice, so none of them does more the second time. What cannot be reached answers `unavailable`.
 */
export function remote(stub: () => Stub): ConnectionApi {
  const call = async <T>(method: keyof ConnectionApi, ...input: unknown[]): Promise<Answer<T>> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const target = stub()[method] as (...input: unknown[]) => Promise<unknown>;
        return (await target(...input)) as Answer<T>;
      } catch (error) {
        if (attempt === 0) continue;
        const message = error instanceof Error ? error.message : "unknown";
        return { ok: false, reason: "unavailable", message: `the connection cannot be reached: ${message}` };
      }
    }
  };
  return {
    tick: () => call("tick"),
    hint: (event) => call("hint", event),
    overview: () => call("overview"),
    discover: (request) => call("discover", request),
    topics: (query) => call("topics", query),
    topic: (name) => call("topic", name),
    decide: (name, action) => call("decide", name, action),
    plan: () => call("plan"),
    runs: (query) => call("runs", query),
    work: (query) => call("work", query),
    redrive: (key) => call("redrive", key),
    audit: (query) => call("audit", query),
    applications: (query) => call("applications", query),
    access: (name) => call("access", name),
    actOnAccess: (name, action) => call("actOnAccess", name, action),
    drift: () => call("drift"),
    applyDrift: (plan) => call("applyDrift", plan),
    groups: (query) => call("groups", query),
    group: (name) => call("group", name),
    consumption: (query) => call("consumption", query),
    metrics: () => call("metrics"),
    installation: () => call("installation"),
    install: (wanted) => call("install", wanted),
    doctor: () => call("doctor"),
    health: () => call("health"),
  };
}
