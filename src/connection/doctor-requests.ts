import { kindLink } from "../amplify/links.ts";
import { type Resource, subResource } from "../amplify/resource.ts";
import type { Amplify } from "./amplify.ts";
import { type Probe, undefinedWhenForbidden } from "./doctor-check.ts";
import { firstPage, question } from "./doctor-questions.ts";

const LEVELS = ["Success", "Pending", "Error"];

/**
 * Whether access requests may be read, where access is given, and whether their `status.level` can be queried. One list
 * answers both; a second one, for what cannot exist, is asked for only when there are some.
 */
export function askAccessRequests(
  { api }: Amplify,
  environment: string,
  variable: string,
  isProvisioning: boolean,
): Probe[] {
  const link = kindLink(environment, "AccessRequest");
  const ask = (query: string) => firstPage(api.list(link, { query, fields: "name,status", pageSize: 5 }));
  let asked: Promise<readonly Resource[] | "refused"> | undefined;
  const some = () => {
    asked ??= ask(`status.level=in=(${LEVELS.join(",")})`);
    return asked;
  };
  const reading: Probe = {
    check: "amplify-access-requests-read",
    permission: "read AccessRequests",
    variable,
    ask: async () => {
      // What is wrong with the query says nothing of the right.
      if ((await some()) === "refused") await api.list(link, { fields: "name", pageSize: 5 }).next();
      return { ok: true, message: "It may read AccessRequests." };
    },
  };
  const querying = question("question-query-status-level", variable, async () => {
    const found = await undefinedWhenForbidden(some());
    if (found === undefined) return { message: "It can be told when AccessRequests may be read." };
    if (found === "refused") return { answer: "no", message: "A query on status.level is refused." };
    if (found.length === 0) return { message: "It can be told when there is an access request with a status." };
    const isApart = found.every((request) => LEVELS.includes(String(subResource(request, "status")?.level)));
    const none = await ask('status.level==="NoSuchLevel"');
    return isApart && none !== "refused" && none.length === 0
      ? { answer: "yes", message: "status.level can be queried." }
      : { answer: "no", message: "A query on status.level is not heeded." };
  });
  return isProvisioning ? [reading, querying] : [querying];
}
