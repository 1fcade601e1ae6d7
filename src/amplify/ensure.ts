import { UpstreamError } from "../http/errors.ts";
import type { ApiServer } from "./apiserver.ts";
import { kindLink, resourceLink } from "./links.ts";
import type { Written } from "./merge.ts";
import { keepOthers, sameMain } from "./merge.ts";
import type { Draft, Resource } from "./resource.ts";

/**
 * Makes sure that a resource of ours says what the draft says, and keeps what others added to it: one request when it is
 * missing, two when it is as it should be, three when it has to change. Definitions in particular must be written on a
 * change only (Amplify release notes, APIGOV-30220, APIGOV-32664). Throws `UpstreamError` (failure `stale`) when others
 * change it at the same time: then it is to be tried again.
 */
export async function ensureResource(
  api: ApiServer,
  environment: string,
  draft: Draft,
  before: Written = {},
): Promise<Resource> {
  const created = await api.create(kindLink(environment, draft.kind), draft);
  if (created.kind === "created") return created.resource;
  const existing = await api.get(resourceLink(environment, draft.kind, draft.name));
  if (existing === undefined) throw moving(draft);
  const wanted = keepOthers(existing, draft, before);
  if (sameMain(existing, wanted)) return existing;
  const saved = await api.replace(wanted);
  if (saved.kind !== "saved") throw moving(draft);
  return saved.resource;
}

function moving({ kind, name }: Draft): UpstreamError {
  return new UpstreamError(
    "amplify",
    { kind: "stale" },
    `The ${kind} ${name} changed while it was looked at; it has to be read again.`,
  );
}
