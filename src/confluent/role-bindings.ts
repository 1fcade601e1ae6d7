import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { canonical, samePattern } from "./crn.ts";
import { malformed, PAGE, type Removal, readAll, removeOne } from "./iam.ts";
import { isQuotaExceeded } from "./quota.ts";
import { type Rest, segment, understand, withJson } from "./rest.ts";

export interface NewRoleBinding {
  /** `User:sa-…` */
  readonly principal: string;
  /** `DeveloperRead` */
  readonly roleName: string;
  /** As `subjectPattern` makes it. The server may answer it with names encoded otherwise: compare by `samePattern`. */
  readonly crnPattern: string;
}

export interface RoleBinding extends NewRoleBinding {
  /** `rb-…` */
  readonly id: string;
}

/** `exists`: the principal has this role there already; its id is found by `list`. */
export type RoleBindingOutcome =
  | { readonly kind: "created"; readonly binding: RoleBinding }
  | { readonly kind: "exists" }
  | { readonly kind: "quota"; readonly error: UpstreamError };

/** Role bindings of Confluent Cloud. All throw `UpstreamError` and `NotYet`. What is made counts after a minute or two. */
export interface RoleBindings {
  /** May be repeated, after a lost answer too. */
  create(binding: NewRoleBinding): Promise<RoleBindingOutcome>;
  /** Those of a principal and role whose pattern begins with `crnPattern`, as that of a registry begins those of its subjects. */
  list(filter: NewRoleBinding): Promise<RoleBinding[]>;
  /** May be repeated. */
  remove(id: string): Promise<Removal>;
}

const bindingItem = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  principal: v.string(),
  role_name: v.string(),
  crn_pattern: v.string(),
});

const ADMIN = "the role OrganizationAdmin, EnvironmentAdmin, or ResourceOwner of what the role is for";

/** As an operator reads it; nothing in it is secret. The principal is left to where it is told. */
export function roleInWords({ roleName, crnPattern }: NewRoleBinding): string {
  const [kind = "", name = ""] = canonical(crnPattern).split("/").at(-1)?.split("=") ?? [];
  return `${roleName} ${kind.toUpperCase()} ${decodeURIComponent(name)}`;
}

/** `rest`: towards the control plane, with the Cloud API key. `cloudUrl`: without a slash at its end. */
export function createRoleBindings(rest: Rest, cloudUrl: string): RoleBindings {
  const url = `${cloudUrl}/iam/v2/role-bindings`;

  return {
    async create({ principal, roleName, crnPattern }) {
      const ask = { url, method: "POST", what: `give ${principal} the role ${roleName}`, permission: ADMIN } as const;
      const body = { principal, role_name: roleName, crn_pattern: crnPattern };
      try {
        const reply = await rest.send(withJson(ask, body));
        const made = understand(rest.upstream, reply.text, bindingItem, ask.what);
        return { kind: "created", binding: bindingOf(made) };
      } catch (thrown) {
        if (!(thrown instanceof UpstreamError)) throw thrown;
        if (isQuotaExceeded(thrown)) return { kind: "quota", error: thrown };
        if (thrown.failure.kind === "conflict") return { kind: "exists" };
        throw thrown;
      }
    },

    async list({ principal, roleName, crnPattern }) {
      const filter = new URLSearchParams({ principal, role_name: roleName, crn_pattern: crnPattern });
      const ask = {
        url: `${url}?${filter}&${PAGE}`,
        what: `list the role bindings of ${principal}`,
        permission: ADMIN,
      };
      const bindings = (await readAll(rest, ask, bindingItem)).map(bindingOf);
      if (bindings.some((binding) => binding.principal !== principal || binding.roleName !== roleName)) {
        throw malformed(rest, `asked for the role bindings of ${principal}, it answered with those of others`);
      }
      // The server's search is for a part of the pattern: `lsrc-1` finds `lsrc-12` too.
      return bindings.filter((binding) => isWithin(binding.crnPattern, crnPattern));
    },

    remove: async (id) =>
      removeOne(rest, {
        url: `${url}/${segment(rest.upstream, id)}`,
        what: `remove the role binding ${id}`,
        permission: ADMIN,
      }),
  };
}

function bindingOf(item: v.InferOutput<typeof bindingItem>): RoleBinding {
  return { id: item.id, principal: item.principal, roleName: item.role_name, crnPattern: item.crn_pattern };
}

function isWithin(pattern: string, base: string): boolean {
  return samePattern(pattern, base) || canonical(pattern).startsWith(`${canonical(base)}/`);
}
