import * as v from "valibot";
import { quotaOf } from "../confluent/quota.ts";
import type { Quota } from "../confluent/quotas.ts";
import { UpstreamError } from "../http/errors.ts";
import type { KnownStore } from "../store/known.ts";
import { SetbackError } from "./principals.ts";

/** What Confluent Cloud limits of what we make. */
export type Limited = "service accounts" | "API keys" | "ACLs" | "role bindings";

/** The limits that apply and how much of them is used, as far as Confluent tells. */
export interface QuotaFigures {
  /** For a request that was refused because a limit is reached, with the figures where they are known. */
  exceeded(what: Limited, error: UpstreamError | undefined): Promise<SetbackError>;
  /** Throws `SetbackError` when so many more would pass the limit. Does nothing where the limit is not told. */
  room(what: Limited, more: number): Promise<void>;
  /** Another one was made since the figures were read. */
  made(what: Limited): void;
}

export interface QuotaOptions {
  readonly known: Pick<KnownStore, "get" | "put">;
  /** Those of the organization, and those of the cluster. */
  readonly read: (of: Scope) => Promise<readonly Quota[]>;
  readonly now: () => number;
}

type Scope = "organization" | "cluster";

/** Quotas by their code, `iam.max_service_accounts.per_org` (Confluent docs, "Service Quotas API"). */
const KINDS: Readonly<Record<Limited, { readonly scope: Scope; readonly code: RegExp }>> = {
  "service accounts": { scope: "organization", code: /service_accounts\b/ },
  "API keys": { scope: "organization", code: /kafka_api_keys\b/ },
  "role bindings": { scope: "organization", code: /role_bindings\b/ },
  ACLs: { scope: "cluster", code: /(?:^|_|\.)acls\b/ },
};

/** Read once a day; before something is refused for what they say, they must not be older than this. */
const FRESH_MS = 24 * 60 * 60 * 1000;
const SURE_MS = 10 * 60 * 1000;

const Fact = v.array(v.object({ id: v.string(), limit: v.optional(v.number()), usage: v.optional(v.number()) }));
type Fact = v.InferOutput<typeof Fact>;

/** The figures of service-quota v1, kept for a day. That they may not be read stops nothing. */
export function quotaFigures({ known, read, now }: QuotaOptions): QuotaFigures {
  async function figures(what: Limited, mostAge: number, named?: string): Promise<Fact[number] | undefined> {
    const { scope, code } = KINDS[what];
    const kept = known.get(factOf(scope), Fact);
    const quotas = kept && now() - kept.at < mostAge ? kept.value : await readNow(scope);
    return quotas.find(({ id }) => id === named) ?? quotas.find(({ id }) => code.test(id));
  }

  async function readNow(scope: Scope): Promise<Fact> {
    try {
      const found = (await read(scope)).map(({ id, limit, usage }) => ({ id, limit, usage }));
      known.put(factOf(scope), found, now());
      return found;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // A role that may not read them is not asked again at every step; a server in trouble is.
      if (error.failure.kind === "forbidden" || error.failure.kind === "unauthorised")
        known.put(factOf(scope), [], now());
      return [];
    }
  }

  return {
    async exceeded(what, error) {
      const found = await figures(what, SURE_MS, error && quotaOf(error));
      return new SetbackError({ kind: "quota", what, limit: found?.limit, used: found?.usage });
    },
    async room(what, more) {
      for (const mostAge of [FRESH_MS, SURE_MS]) {
        const found = await figures(what, mostAge);
        // Nothing is told of what is not used at all.
        if (found?.limit === undefined || (found.usage ?? 0) + more <= found.limit) return;
        if (mostAge === SURE_MS) throw new SetbackError({ kind: "quota", what, limit: found.limit, used: found.usage });
      }
    },
    made(what) {
      const { scope, code } = KINDS[what];
      const kept = known.get(factOf(scope), Fact);
      if (!kept) return;
      const counted = kept.value.map((quota) =>
        code.test(quota.id) ? { ...quota, usage: (quota.usage ?? 0) + 1 } : quota,
      );
      known.put(factOf(scope), counted, kept.at);
    },
  };
}

function factOf(scope: Scope): string {
  return `quotas:${scope}`;
}
