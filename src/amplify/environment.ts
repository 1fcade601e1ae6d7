import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { ApiServer } from "./apiserver.ts";
import { environmentLink } from "./links.ts";
import type { Resource } from "./resource.ts";

/** What we use of an Amplify environment (agent-sdk pkg/agent/agent.go). */
export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** Days after which credentials expire; 0 when they do not. */
  readonly credentialExpiryDays: number;
  /** Whether an expired credential is to be taken back by the agent. */
  readonly deprovisionExpired: boolean;
  readonly axwayManaged: boolean;
  /** Whether it stands for environments elsewhere: its metrics are of runtime type "unmanaged". */
  readonly managesOthers: boolean;
}

const Body = v.looseObject({
  spec: v.optional(v.looseObject({ axwayManaged: v.nullish(v.boolean(), false) }), {}),
  policies: v.nullish(
    v.looseObject({
      credentials: v.nullish(
        v.looseObject({
          expiry: v.nullish(v.looseObject({ period: v.nullish(v.number(), 0), action: v.nullish(v.string(), "") })),
        }),
      ),
    }),
  ),
  references: v.nullish(v.looseObject({ managedEnvironments: v.nullish(v.array(v.unknown()), []) })),
});

/** Reads the environment, in one request. Throws `UpstreamError` with what to do when it is missing: an agent never creates it. */
export async function readEnvironment(api: ApiServer, name: string, tenantId: string): Promise<Environment> {
  const resource = await api.get(environmentLink(name));
  if (resource === undefined) {
    const message = `There is no environment named ${name} in organisation ${tenantId}, or the service account may not see it. Create it in Amplify, or correct CENTRAL_ENVIRONMENT (its logical name, not its title), CENTRAL_ORGANIZATIONID or CENTRAL_REGION.`;
    throw new UpstreamError("amplify", { kind: "missing" }, message, { status: 404 });
  }
  return environmentOf(resource);
}

/** Throws `UpstreamError` (failure `malformed`) when the resource is not an environment. */
function environmentOf(resource: Resource): Environment {
  const parsed = v.safeParse(Body, resource);
  const { id } = resource.metadata;
  if (!parsed.success || id === undefined) {
    throw new UpstreamError(
      "amplify",
      { kind: "malformed" },
      `What Amplify gave for the environment ${resource.name} does not have the form of one.`,
    );
  }
  const { spec, policies, references } = parsed.output;
  const expiry = policies?.credentials?.expiry;
  return {
    id,
    name: resource.name,
    title: resource.title,
    credentialExpiryDays: Math.max(0, Math.trunc(expiry?.period ?? 0)),
    deprovisionExpired: expiry?.action === "deprovision",
    axwayManaged: spec.axwayManaged ?? false,
    managesOthers: (references?.managedEnvironments ?? []).length > 0,
  };
}
