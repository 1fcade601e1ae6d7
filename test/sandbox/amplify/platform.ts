import type { Client } from "./clients.ts";
import { compile } from "./match.ts";
import { Problem } from "./problem.ts";
import { parseQuery } from "./rsql.ts";
import type { TeamSeed } from "./seed.ts";

function requireRight(client: Client, right: string, what: string): void {
  if (!client.rights.has(right)) throw new Problem(403, `the account may not ${what}`);
}

/** `GET /api/v1/platformTeams` with `query=name=="X"` or `guid=="X"` (agent-sdk pkg/apic/client.go GetTeam). */
export function teams(all: readonly TeamSeed[], query: URLSearchParams, client: Client): Response {
  requireRight(client, "teams:read", "view teams");
  const bodies = all.map(({ guid, name, default: isDefault }) => ({ guid, name, default: isDefault === true }));
  const filter = query.get("query");
  const fits = filter === null || filter === "" ? () => true : compile(parseQuery(filter));
  return Response.json(bodies.filter(fits));
}

/** `GET /api/v1/org/{id}?fields[]=entitlements` on the platform's host (agent-sdk pkg/apic/client.go GetEntitlements). */
export function organization(id: string, own: string, client: Client): Response {
  requireRight(client, "organization:read", "view the organization");
  if (id !== own) throw new Problem(403, `the account does not belong to organization ${id}`);
  return Response.json({ success: true, result: { org_id: Number(own), entitlements: { agents: true } } });
}
