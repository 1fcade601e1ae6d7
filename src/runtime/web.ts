import type { Http, Random } from "./ports.ts";

/** What every supported runtime offers in the same form. */
export const webHttp: Http = (request) => fetch(request, { redirect: "manual" });

export const webRandom: Random = {
  uuid: () => crypto.randomUUID(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};
