import { type Check, sideCheck } from "./check.ts";

/** That nothing is left over, and that the sandbox itself is in order. */
export const workChecks: readonly Check[] = [
  sideCheck("no work was given up", ({ work }) =>
    work.filter(({ dead }) => dead).map(({ key, error }) => `${key}: ${error ?? ""}`),
  ),

  sideCheck("no work waits but what comes round again", ({ work }) =>
    work
      .filter(({ lane }) => lane === "badges")
      .concat(work.filter(({ key }) => key.startsWith("topic:")))
      .map(({ key }) => key),
  ),

  sideCheck("the connection shows no problem", ({ overview }) =>
    overview.problems.map(({ what, message }) => `${what}: ${message}`),
  ),

  { name: "the sandbox has no defect", find: ({ defects }) => defects.map(String) },
];
