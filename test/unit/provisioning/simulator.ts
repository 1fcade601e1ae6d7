import type { AccessRequest, Application, Credential, Key, World } from "../../../src/provisioning/model.ts";
import { type Action, nextAction } from "../../../src/provisioning/next.ts";

export const PREFIX = "amp.0123456789ab.";
export const OVERLAP_MS = 3_600_000;

export const application = (more: Partial<Application> = {}): Application => ({
  name: "app",
  level: "Pending",
  retryAt: undefined,
  deleting: false,
  finalizer: "nobody",
  revoked: false,
  revocation: undefined,
  ...more,
});

export const access = (name: string, more: Partial<AccessRequest> = {}): AccessRequest => ({
  name,
  level: "Pending",
  retryAt: undefined,
  deleting: false,
  finalizer: "nobody",
  topic: "orders",
  subjects: ["orders-value"],
  operations: "consume",
  transactional: false,
  dataWritten: false,
  replaces: undefined,
  ...more,
});

export const credential = (name: string, more: Partial<Credential> = {}): Credential => ({
  name,
  level: "Pending",
  retryAt: undefined,
  deleting: false,
  finalizer: "nobody",
  revoked: false,
  revocation: undefined,
  wanted: "active",
  reported: undefined,
  rotate: false,
  rotatingTo: undefined,
  expired: false,
  wasOurs: false,
  doubtUntil: undefined,
  removed: undefined,
  principals: [],
  bindings: [],
  asksForRegistry: false,
  roleBindings: [],
  unseen: undefined,
  keys: [],
  dataOf: undefined,
  ...more,
});

export const world = (more: Partial<World> = {}): World => ({
  application: application(),
  access: [],
  credentials: [],
  prefix: PREFIX,
  principalPerKey: false,
  idempotentWrite: false,
  registry: undefined,
  stopped: new Map(),
  untakable: new Set(),
  ...more,
});

/** What becomes of the world when a step succeeds, as the executor records it and as Amplify's server reacts. */
export function advance(state: World, action: Action, now: number): World {
  switch (action.do) {
    case "write-finalizer":
      return changed(state, action.of, action.name, (item) => ({ ...item, finalizer: "us" }));
    case "remove-finalizer":
      return withoutFinalizer(state, action.of, action.name);
    case "report":
      return changed(state, action.of, action.name, (item) => ({ ...item, level: "Success" }));
    case "refuse-access":
      return changed(state, "access", action.name, (item) => ({ ...item, level: "Error" }));
    case "refuse-credential":
      return changed(state, "credential", action.name, (item) => ({ ...item, level: "Error" }));
    case "write-revocation":
      return changed(state, action.of, action.name, (item) => ({ ...item, revocation: undefined }));
    case "write-access-data":
      return changed(state, "access", action.name, (item) => ({ ...item, dataWritten: true }));
    case "delete-access":
      return { ...state, access: state.access.filter(({ name }) => name !== action.name) };
    case "wait":
      return state;
    default:
      return {
        ...state,
        credentials: state.credentials.map((each) =>
          each.name === action.name ? credentialAfter(each, action, now, state.principalPerKey) : each,
        ),
      };
  }
}

type CredentialAction = Exclude<
  Action,
  {
    readonly do:
      | "write-finalizer"
      | "remove-finalizer"
      | "report"
      | "refuse-access"
      | "refuse-credential"
      | "write-revocation"
      | "write-access-data"
      | "delete-access"
      | "wait";
  }
>;

function credentialAfter(each: Credential, action: CredentialAction, now: number, perKey: boolean): Credential {
  switch (action.do) {
    case "make-principal":
      return {
        ...each,
        principals: [...each.principals, `User:${each.name}${each.principals.length === 0 ? "" : now}`],
      };
    case "find-principals":
      return { ...each, doubtUntil: undefined };
    case "remove-principal":
      return { ...each, principals: each.principals.filter((principal) => principal !== action.principal) };
    case "add-acls":
      return {
        ...each,
        bindings: [...each.bindings, ...action.bindings],
        unseen: { bindings: [...(each.unseen?.bindings ?? []), ...action.bindings], at: now },
      };
    case "read-acls":
      return { ...each, unseen: undefined };
    case "remove-acls":
      return { ...each, bindings: each.bindings.filter((binding) => !action.bindings.includes(binding)) };
    case "find-registry":
      return each;
    case "add-role-bindings": {
      const made = action.bindings.map((binding) => ({ ...binding, id: `rb-${binding.crnPattern}` }));
      return { ...each, roleBindings: [...each.roleBindings, ...made] };
    }
    case "remove-role-bindings":
      return { ...each, roleBindings: each.roleBindings.filter((binding) => !action.bindings.includes(binding)) };
    case "make-registry-key": {
      const { registry } = action;
      return withHalf(each, action.key, { id: `sr-${action.key}`, registry, state: "made", at: now });
    }
    case "probe-registry-key": {
      const half = each.keys.find(({ id }) => id === action.key)?.registry;
      return withHalf(each, action.key, half && { ...half, state: "ready", at: undefined });
    }
    case "remove-registry-key":
      return withHalf(each, action.key, undefined);
    case "make-key": {
      const principal = each.principals.at(-1) ?? "";
      const id = `${each.name}-${each.keys.length + 1}-${now}`;
      const keys: Key[] = [...each.keys, { id, principal, state: "made", at: now }];
      return { ...each, keys, rotatingTo: each.rotate ? id : undefined };
    }
    case "probe-key":
      return withKey(each, action.key, { state: "ready", at: undefined });
    case "retire-key":
      return withKey(each, action.key, { state: "old", at: now + OVERLAP_MS });
    case "remove-key": {
      const removed = each.keys.find(({ id }) => id === action.key);
      const keys = each.keys.filter(({ id }) => id !== action.key);
      // A SASL user goes with its password.
      const principals = perKey
        ? each.principals.filter((principal) => principal !== removed?.principal)
        : each.principals;
      return { ...each, keys, principals };
    }
    case "end-rotation":
      return { ...each, rotate: false, rotatingTo: undefined };
    case "write-credential-data":
      return { ...each, dataOf: action.key };
    case "write-state":
      return { ...each, reported: action.state };
  }
}

/** Another half makes what the consumer can read out of date. */
function withHalf(each: Credential, id: string, registry: Key["registry"]): Credential {
  const before = each.keys.find((key) => key.id === id)?.registry;
  const isStale = each.dataOf === id && before?.id !== registry?.id;
  return { ...withKey(each, id, { registry }), dataOf: isStale ? undefined : each.dataOf };
}

function withKey(each: Credential, id: string, change: Partial<Key>): Credential {
  return { ...each, keys: each.keys.map((key) => (key.id === id ? { ...key, ...change } : key)) };
}

function changed(
  state: World,
  of: "application" | "access" | "credential",
  name: string,
  change: (item: object) => object,
): World {
  const apply = <T extends { readonly name: string }>(item: T): T => (item.name === name ? (change(item) as T) : item);
  if (of === "application") return { ...state, application: state.application && apply(state.application) };
  if (of === "access") return { ...state, access: state.access.map(apply) };
  return { ...state, credentials: state.credentials.map(apply) };
}

/** A resource that only waited for its finalizer goes. */
function withoutFinalizer(state: World, of: "application" | "access" | "credential", name: string): World {
  const bare = changed(state, of, name, (item: object) => ({ ...item, finalizer: "nobody" }));
  const stays = (item: { readonly name: string; readonly deleting: boolean }) => item.name !== name || !item.deleting;
  return {
    ...bare,
    application: of === "application" && bare.application && !stays(bare.application) ? undefined : bare.application,
    access: of === "access" ? bare.access.filter(stays) : bare.access,
    credentials: of === "credential" ? bare.credentials.filter(stays) : bare.credentials,
  };
}

export interface Settled {
  readonly world: World;
  readonly actions: readonly Action[];
}

/** Does one step after the other until there is none, or only a wait. */
export function settle(from: World, now = 0): Settled {
  const actions: Action[] = [];
  let state = from;
  for (let steps = 0; steps < 200; steps++) {
    const action = nextAction(state, now);
    if (!action || action.do === "wait") return { world: state, actions };
    actions.push(action);
    state = advance(state, action, now);
  }
  throw new Error(`never at rest: ${JSON.stringify(actions.slice(-4))}`);
}

/** The names of the steps, for literal comparison. */
export const told = (actions: readonly Action[]): string[] =>
  actions.map((action) =>
    "of" in action
      ? `${action.do} ${action.of} ${action.name}`
      : "name" in action
        ? `${action.do} ${action.name}`
        : action.do,
  );
