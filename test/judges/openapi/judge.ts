import type { Observed } from "../../sandbox/core/observe.ts";
import { checkExchange } from "./check.ts";
import { explained, line } from "./deviations.ts";
import { type ConfluentService, confluentServices } from "./specs.ts";

/** What a whole traffic, as `Sandbox.observe` tells it, has against the official files: a line each, `[]` when nothing. Amplify's services are left out. */
export function judged(traffic: readonly Observed[]): readonly string[] {
  const lines = traffic.flatMap(({ service, request, response }) =>
    isConfluents(service) ? checkExchange(service, request, response) : [],
  );
  return [...new Set(lines.filter((finding) => explained(finding) === undefined).map(line))];
}

function isConfluents(service: string): service is ConfluentService {
  return confluentServices.some((each) => each === service);
}
