import type { LoggedRequest } from "../sandbox/core/types.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { clientOf, confluentOf } from "./sides.ts";

/** What one side's discovery made and cost between two marks. */
export interface Counts {
  readonly topics: number;
  readonly eligible: number;
  readonly published: number;
  readonly failed: number;
  readonly confluentRequests: number;
  readonly amplifyRequests: number;
  readonly amplifyWrites: number;
}

/** Requests that are not discovery's own, of both connections. */
export interface Overhead {
  readonly token: number;
  readonly events: number;
  readonly status: number;
  readonly ingestion: number;
  readonly sweep: number;
}

const pathOf = ({ path }: LoggedRequest): string => path.split("?")[0] ?? path;

const AGENT_STATUS = /^\/apis\/management\/[^/]+\/environments\/[^/]+\/(discovery|traceability)agents\/[^/]+\/status$/;

/** What is still pending, asked for now and then in case that events were lost. */
const isSweep = ({ method, path }: LoggedRequest): boolean =>
  method === "GET" && path.includes("status.level%3D%3DPending");

const isStatus = (request: LoggedRequest): boolean => AGENT_STATUS.test(pathOf(request));

/** Under the rate limit of Amplify's client: API server, events and teams. */
export function isMetered(request: LoggedRequest): boolean {
  return request.service === "amplify" && /^\/(apis|events)\/|^\/api\/v1\/platformTeams$/.test(pathOf(request));
}

/** Requests to Amplify that something was asked or found for: `/apis` and `platformTeams`, without what comes by itself. */
export function amplifyRequests(requests: readonly LoggedRequest[], side: Side): readonly LoggedRequest[] {
  return requests.filter(
    (request) =>
      isMetered(request) &&
      !pathOf(request).startsWith("/events/") &&
      !isStatus(request) &&
      !isSweep(request) &&
      request.caller === clientOf(side),
  );
}

export function confluentRequests(requests: readonly LoggedRequest[], side: Side): readonly LoggedRequest[] {
  return requests.filter(({ service }) => confluentOf[side].includes(service));
}

export function isWrite({ method }: LoggedRequest): boolean {
  return method !== "GET";
}

export function overhead(requests: readonly LoggedRequest[]): Overhead {
  const amplify = requests.filter(({ service }) => service === "amplify");
  return {
    token: amplify.filter((request) => pathOf(request).endsWith("/protocol/openid-connect/token")).length,
    events: amplify.filter((request) => pathOf(request).startsWith("/events/")).length,
    status: amplify.filter(isStatus).length,
    ingestion: requests.filter(({ service }) => service === "ingestion").length,
    sweep: amplify.filter(isSweep).length,
  };
}

/** The most requests under the rate limit that any 60 s held. `requests` in order of arrival. */
export function mostInAMinute(requests: readonly LoggedRequest[]): number {
  let most = 0;
  let first = 0;
  for (const [last, request] of requests.entries()) {
    while ((requests[first]?.at ?? request.at) <= request.at - 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
