import type { LoggedRequest } from "../../sandbox/core/types.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { amplifyRequests, confluentRequests, isMetered, mostInAMinute, overhead } from "../counts.ts";
import type { SideFacts } from "../facts.ts";
import { clientOf, connectionOf, sides } from "../sides.ts";
import { type Check, sideCheck } from "./check.ts";
import { differences, tally } from "./tally.ts";

/** Amplify's documented rate, which the sandbox enforces. */
const BUDGET = 25;
const MOST_A_TOPIC = 7;

/** Answers other than success that the demo world provokes: a reference whose schema was deleted for good. */
const EXPECTED_ERRORS = [
  { status: 404, path: "/subjects/risk-rule/versions/1?deleted=true" },
  // The first look at what is not there yet.
  ...sides.map((side) => ({ status: 404, path: watchTopic(side) })),
];

function watchTopic(side: Side): string {
  return `/apis/management/v1/watchtopics/${connectionOf(side)}-kafka-worker`;
}

/** Requests of a first run to Amplify where nothing of ours is there: setup, one look at what exists, seven a topic. */
function firstTable({ side, world }: SideFacts): Readonly<Record<string, number>> {
  const topics = world.filter(({ expected }) => expected === "published").length;
  const scope = `/apis/management/v1/environments/${connectionOf(side)}`;
  return {
    [`GET ${scope}`]: 1,
    "GET /api/v1/platformTeams": 1,
    [`GET ${scope}/discoveryagents`]: 1,
    [`POST ${scope}/discoveryagents`]: 1,
    [`GET ${scope}/traceabilityagents`]: 1,
    [`POST ${scope}/traceabilityagents`]: 1,
    [`POST ${scope}/accessrequestdefinitions`]: 1,
    [`POST ${scope}/credentialrequestdefinitions`]: 1,
    [`GET ${watchTopic(side)}`]: 1,
    "POST /apis/management/v1/watchtopics": 1,
    [`GET ${scope}/managedapplications`]: 1,
    [`GET ${scope}/accessrequests`]: 1,
    [`GET ${scope}/credentials`]: 1,
    [`GET ${scope}/apiservices`]: 1,
    [`GET ${scope}/apiserviceinstances`]: 1,
    [`POST ${scope}/apiservices`]: topics,
    [`PUT ${scope}/apiservices/*/x-agent-details`]: topics,
    [`POST ${scope}/apiservicerevisions`]: topics,
    [`POST ${scope}/apiserviceinstances`]: topics,
    [`PUT ${scope}/apiserviceinstances/*/x-agent-details`]: topics,
    [`PUT ${scope}/apiservices/*/source`]: topics,
    [`PUT ${scope}/apiserviceinstances/*/source`]: topics,
  };
}

/** Bulk reads of one run: topics, and the subjects' latest schemas in pages of 1,000. */
function bulkReads({ subjects }: SideFacts): number {
  return 1 + (1 + Math.floor(subjects / 1000));
}

/** Where the cluster is: Cloud's control plane is asked for cluster and registry, Platform for its clusters. */
const LOOK_UPS = { cloud: 2, platform: 1 } as const;

const isReference = ({ path }: LoggedRequest): boolean => /^\/subjects\/[^/]+\/versions\/\d+\?/.test(path);

/** What the import and the run after it cost, by the sandbox's own log. */
export const requestChecks: readonly Check[] = [
  sideCheck("the first run's Amplify requests are those of the table", (side, { first }) =>
    differences(firstTable(side), tally(amplifyRequests(first, side.side))),
  ),

  sideCheck("the first run's Confluent requests are bulk reads", (side, { first }) => {
    const asked = confluentRequests(first, side.side);
    const bulk = asked.filter((request) => !isReference(request)).length;
    const expected = LOOK_UPS[side.side] + 1 + bulkReads(side);
    const repeated = asked.filter(({ path }, index) => asked.findIndex((other) => other.path === path) < index);
    return [
      ...(bulk === expected ? [] : [`${bulk} besides references, expected ${expected}`]),
      ...repeated.map(({ path }) => `${path} was asked for again`),
    ];
  }),

  sideCheck("a new topic costs at most 7 requests", ({ side, published }, { first }) => {
    const about = amplifyRequests(first, side).filter(
      ({ method, path }) => method !== "GET" && /\/apiservice(s|revisions|instances)(\/|\?|$)/.test(path),
    );
    return about.length <= MOST_A_TOPIC * published.length
      ? []
      : [`${about.length} requests for ${published.length} topics`];
  }),

  sideCheck("the second run writes nothing and asks Amplify nothing", ({ side }, { second }) =>
    amplifyRequests(second, side).map(({ method, path }) => `${method} ${path}`),
  ),

  sideCheck("the second run makes bulk reads only", (side, { second }) => {
    const asked = confluentRequests(second, side.side);
    const expected = bulkReads(side);
    return asked.length === expected
      ? []
      : [`${asked.length} requests, expected ${expected}: ${asked.map(({ path }) => path).join(" ")}`];
  }),

  sideCheck("the second run took place", ({ runs }, { secondBeganAt }) =>
    runs.some(
      ({ kind, startedAt, endedAt }) => kind === "discovery" && startedAt >= secondBeganAt && endedAt !== undefined,
    )
      ? []
      : ["no discovery was made after the first came to rest"],
  ),

  {
    name: "the second run has no overhead but a look at the events and a sweep",
    find: ({ second }) => {
      const most = { token: sides.length, events: sides.length, status: 0, ingestion: 0, sweep: 3 * sides.length };
      return Object.entries(overhead(second)).flatMap(([what, count]) =>
        count <= most[what as keyof typeof most] ? [] : [`${count} requests for ${what}`],
      );
    },
  },

  sideCheck("no 60 s hold more requests than the budget", ({ side }, { first, second }) => {
    const metered = [...first, ...second].filter((each) => isMetered(each) && each.caller === clientOf(side));
    const most = mostInAMinute(metered);
    return most <= BUDGET ? [] : [`${most} requests in 60 s`];
  }),

  {
    name: "nothing is refused by a rate limit",
    find: ({ first, second }) =>
      [...first, ...second]
        .filter(({ status }) => status === 429)
        .map(({ service, method, path }) => `${service}: ${method} ${path}`),
  },

  {
    name: "every error that was answered was expected",
    find: ({ first, second }) =>
      [...first, ...second]
        .filter((request) => (request.status >= 400 || request.status === 0) && request.status !== 429)
        .filter((each) => !EXPECTED_ERRORS.some(({ status, path }) => each.status === status && each.path === path))
        .map(({ service, method, path, status }) => `${service}: ${method} ${path} was answered with ${status}`),
  },
];
