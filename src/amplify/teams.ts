import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { malformed } from "./api-errors.ts";
import type { CentralOptions } from "./central.ts";
import { askCentral } from "./central.ts";
import type { Owner } from "./resource.ts";

const Team = v.looseObject({ guid: v.string(), name: v.string(), default: v.nullish(v.boolean(), false) });
export type Team = v.InferOutput<typeof Team>;

/**
 * The teams of the organisation, in one request to Central (agent-sdk pkg/apic/client.go). With a name that fits into a
 * query only those of that name, give or take case and wildcards.
 */
export async function readTeams(options: CentralOptions, name: string): Promise<Team[]> {
  // The docs know two quotes and no escape; a name that has both is looked for among all.
  const quote = [`"`, "'"].find((mark) => !name.includes(mark));
  const query = name === "" || quote === undefined ? undefined : `name==${quote}${name}${quote}`;
  const doing = "read the teams of the organisation";
  const reply = await askCentral(options, { method: "GET", path: "/api/v1/platformTeams", query: { query }, doing });
  const teams = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(Team)), reply.text);
  if (!teams.success) throw malformed(reply, doing);
  return teams.output;
}

/**
 * The team that owns what we publish: CENTRAL_TEAM, and when that is empty the default team, else the first (as Axway's
 * agents choose). Throws `UpstreamError` (failure `missing`) with what to do when there is none.
 */
export function ownerAmong(teams: readonly Team[], name: string): Owner {
  const wanted =
    name === "" ? (teams.find((team) => team.default) ?? teams[0]) : teams.find((team) => team.name === name);
  if (wanted !== undefined) return { type: "team", id: wanted.guid };
  const message =
    name === ""
      ? "The organisation has no team that the service account may see, so nobody could own what is published. Create a team on the platform, or give the service account one."
      : `There is no team named ${name} on Amplify, or the service account may not see it. Correct CENTRAL_TEAM (its case counts), or leave it empty for the default team.`;
  throw new UpstreamError("amplify", { kind: "missing" }, message);
}
