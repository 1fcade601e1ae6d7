import * as v from "valibot";
import { isObject } from "../../sandbox/amplify/json.ts";
import type { Observed } from "../../sandbox/core/observe.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

const Told = v.looseObject({ status: v.looseObject({ level: v.string() }) });
const STATUS = /^\/apis(\/management\/[^/]+\/environments\/[^/]+\/(?:credentials|accessrequests)\/[^/]+)\/status$/;

/**
 * What is told too early: Success of a request whose data its consumer cannot read yet. Called with every exchange;
 * afterwards nobody could tell any more in which order it was.
 * @returns the resource's link; undefined when nothing is wrong
 */
export function toldTooEarly({ service, request }: Observed, sandbox: Sandbox): string | undefined {
  const link = service === "amplify" && request.method === "PUT" ? STATUS.exec(request.target)?.[1] : undefined;
  if (link === undefined) return undefined;
  const told = v.safeParse(v.pipe(v.string(), v.parseJson(), Told), request.body);
  if (!told.success || told.output.status.level !== "Success") return undefined;
  const data = sandbox.parts.amplify.get(link)?.data;
  return isObject(data) && Object.keys(data).length > 0 ? undefined : link;
}
