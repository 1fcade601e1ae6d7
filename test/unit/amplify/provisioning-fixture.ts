import { parse } from "valibot";
import { Resource } from "../../../src/amplify/resource.ts";

const LINKS = { ManagedApplication: "managedapplications", AccessRequest: "accessrequests", Credential: "credentials" };

export const FINALIZER_OF = {
  ManagedApplication: "agent.managedapplication.provisioned",
  AccessRequest: "agent.accessrequest.provisioned",
  Credential: "agent.credential.provisioned",
};

/** A request as the server gives it, Pending and untouched but for `changes`; `metadata` is merged. */
export function resourceOf(
  kind: keyof typeof LINKS,
  { metadata, ...changes }: { readonly metadata?: object; readonly [member: string]: unknown } = {},
): Resource {
  const name = { ManagedApplication: "my-app-x1", AccessRequest: "acc-1", Credential: "cred-1" }[kind];
  return parse(Resource, {
    group: "management",
    apiVersion: "v1",
    kind,
    name,
    title: "Theirs",
    attributes: { theirs: "kept" },
    finalizers: [],
    tags: ["theirs"],
    owner: null,
    spec: {},
    status: { level: "Pending", reasons: [] },
    ...changes,
    metadata: {
      id: `id-of-${name}`,
      resourceVersion: "7",
      selfLink: `/management/v1/environments/kafka-env/${LINKS[kind]}/${name}`,
      ...metadata,
    },
  });
}
