import * as v from "valibot";
import type { RoleBinding } from "./bindings.ts";
import { bodyOf } from "./body.ts";
import { type CrnPattern, crnText, named, parseCrn } from "./crn.ts";
import { alreadyExists, type Failure, forbidden, missingParameter, quotaExceeded } from "./failure.ts";
import { type Answer, Reply, type Visit } from "./gate.ts";
import type { Organization } from "./organization.ts";
import { exhausted } from "./quotas.ts";
import { isRole } from "./roles.ts";
import { list, type Routes } from "./routes.ts";
import type { Views } from "./views.ts";

const newBinding = v.looseObject({
  principal: v.pipe(v.string("is required"), v.regex(/^(User|Group):.+$/, "is no principal")),
  role_name: v.string("is required"),
  crn_pattern: v.string("is required"),
});

/** What a binding that is gone, foreign or unknown answers: in the words and the shape of a data plane (terraform-provider-confluent, fixture `role_binding/read_deleted_role_binding.json`). */
const absent = new Reply(403, {
  error_code: 40301,
  message: "Either unauthorized to access role binding or role binding does not exist",
});

/** iam/v2/role-bindings (ccloud-sdk-go-v2 mds/v2). */
export function roleBindingRoutes(organization: Organization, views: Views): Routes {
  const path = "/iam/v2/role-bindings";
  const bindings = organization.roleBindings;
  const visible = ({ caller }: Visit, operation: "READ" | "WRITE", id: string) => {
    const binding = bindings.get(id);
    return binding !== undefined && caller.may(`ROLE_BINDING:${operation}`, binding.crn) ? binding : undefined;
  };

  async function create({ caller, request }: Visit): Promise<Answer> {
    const body = await bodyOf(request, newBinding);
    if ("failure" in body) return { ...body.failure, status: 400 } satisfies Failure;
    const { principal, role_name: role, crn_pattern: pattern } = body.value;
    const crn = parseCrn(pattern);
    if (crn === undefined) return refused("crn_pattern", `${pattern} is no valid CRN`);
    if (!isRole(role)) return refused("role_name", `there is no role ${role}`);
    if (!caller.may("ROLE_BINDING:WRITE", pattern) || !isOurs(organization, crn)) return forbidden;
    if (!isKnown(organization, principal)) return refused("principal", `${principal} does not exist`);
    if (isTooFine(organization, role, crn)) return refused("role_name", `${role} needs another type of cluster`);
    return add({ principal, role, crn: crnText(crn) });
  }

  function add(wanted: Pick<RoleBinding, "principal" | "role" | "crn">): Answer {
    const same = bindings.same(wanted);
    if (same !== undefined) {
      return alreadyExists("The role binding exists already", views.address("role-bindings", same.id));
    }
    const full = exhausted(organization, "roleBindings");
    if (full !== undefined) return quotaExceeded(full.id, full.limit);
    const made = bindings.add(wanted);
    return new Reply(201, views.roleBinding(made), { location: views.address("role-bindings", made.id) });
  }

  return {
    [path]: {
      GET: (visit) => {
        const { searchParams } = visit.address;
        const part = searchParams.get("crn_pattern");
        if (part === null || part === "") return missingParameter("crn_pattern");
        const [principal, role] = [searchParams.get("principal"), searchParams.get("role_name")];
        const seen = bindings
          .all()
          .filter(({ crn }) => visit.caller.may("ROLE_BINDING:READ", crn) && crn.includes(part))
          .filter((each) => principal === null || each.principal === principal)
          .filter((each) => role === null || each.role === role);
        return list("iam/v2", "RoleBindingList", seen, visit, (binding) => views.roleBinding(binding));
      },
      POST: create,
    },
    [`${path}/:id`]: {
      GET: (visit, id) => {
        const binding = visible(visit, "READ", id);
        return binding === undefined ? absent : views.roleBinding(binding);
      },
      DELETE: (visit, id) => {
        const binding = visible(visit, "WRITE", id);
        if (binding === undefined) return absent;
        bindings.remove(binding);
        return organization.behaviour.roleBindingDeleted === 204 ? new Reply(204) : views.roleBinding(binding);
      },
    },
  };
}

function refused(member: string, detail: string): Failure {
  return { status: 400, code: "bad_request", title: "Bad Request", detail, pointer: `/${member}` };
}

/** Whether organisation, environment and cluster of a CRN are this organisation's. */
function isOurs({ content }: Organization, crn: CrnPattern): boolean {
  if (named(crn, "organization") !== content.id) return false;
  const environment = named(crn, "environment");
  if (environment !== undefined && !content.environments.some(({ id }) => id === environment)) return false;
  const ofKafka = named(crn, "kafka") ?? named(crn, "cloud-cluster");
  const ofRegistry = named(crn, "schema-registry");
  const lies = (all: readonly { id: string; environment: string }[], id: string | undefined) =>
    id === undefined || all.some((each) => each.id === id && each.environment === environment);
  return lies(content.clusters, ofKafka) && lies(content.registries, ofRegistry);
}

function isKnown(organization: Organization, principal: string): boolean {
  const id = /^User:((?:sa|u)-.+)$/.exec(principal)?.[1];
  return id === undefined || organization.owners.has(id);
}

/** Roles on single topics and groups are not for Basic clusters (Confluent docs, predefined RBAC roles). */
function isTooFine(organization: Organization, role: string, crn: CrnPattern): boolean {
  const cluster = organization.cluster(named(crn, "kafka") ?? "");
  return cluster?.kind === "Basic" && /^(Developer|ResourceOwner)/.test(role);
}
