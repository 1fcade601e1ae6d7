import * as v from "valibot";
import type { GrantRow } from "../store/grants.ts";
import type { Context } from "./context.ts";

const Requested = v.looseObject({ spec: v.looseObject({ apiServiceInstance: v.string() }) });

/** Puts the applications on the work list that asked for access to a topic: what they need beside it has changed. */
export function hintHolders(topic: string, { stores, now }: Pick<Context, "stores" | "now">): void {
  const instance = stores.topics.get(topic)?.published.instance?.name;
  if (instance === undefined) return;
  const holders = stores.grants
    .all()
    // Looking is cheaper than parsing every request of every application.
    .filter((row) => row.kind === "access" && row.seen?.includes(instance) && instanceOf(row) === instance);
  for (const application of new Set(holders.flatMap((row) => row.application ?? []))) {
    stores.work.hint(`application:${application}`, "provisioning", now(), `the subjects of ${topic} changed`);
  }
}

/** Undefined for a row that was not read yet: its application is on the list anyway. */
function instanceOf({ seen }: GrantRow): string | undefined {
  const parsed = v.safeParse(Requested, seen === undefined ? undefined : JSON.parse(seen));
  return parsed.success ? parsed.output.spec.apiServiceInstance : undefined;
}
