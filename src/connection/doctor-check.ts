import pLimit from "p-limit";
import { type Failure, NotYet, UpstreamError } from "../http/errors.ts";
import type { DoctorCheck } from "./api.ts";
import { errorText } from "./backoff.ts";

/** What one harmless call is to find out. */
export interface Probe {
  readonly check: string;
  /** What an administrator has to grant, in the upstream's words; undefined for an open question. */
  readonly permission: string | undefined;
  /** The variable of the credential that is tested. */
  readonly variable: string;
  /** Throws `UpstreamError` for what was refused, and `NotYet`. */
  ask(): Promise<Told>;
}

export interface Told {
  readonly ok: boolean | undefined;
  readonly message: string;
  /** False where what was seen has another explanation too; true when not given. */
  readonly certain?: boolean;
  readonly answer?: string;
}

export interface Asked {
  readonly check: DoctorCheck;
  /** The credential was not accepted or the server not reached: whatever else is asked there ends in the same way. */
  readonly isShut: boolean;
}

export interface Examiner {
  ask(probe: Probe): Promise<Asked>;
  /** All of them at once, as far as the connections suffice. */
  all(probes: readonly Probe[]): Promise<DoctorCheck[]>;
  /**
   * Asks `first`. When the credential is refused or the server cannot be reached, that is the one red, under the name of
   * the login, and nothing more is asked there.
   */
  behind(login: Login, first: Probe, others: readonly Probe[]): Promise<DoctorCheck[]>;
  /** When the last of what had to wait may be asked, ms; undefined when nothing had to. */
  waitsUntil(): number | undefined;
  /** Ends the wait for what is still on its way. */
  end(): void;
}

export type Login = Pick<Probe, "check" | "permission" | "variable">;

export interface ExaminerOptions {
  /** What has no answer after so long could not be told, ms. */
  readonly patienceMs: number;
  /** Checks that an earlier report found in order, by name: they are not asked again. */
  readonly told: ReadonlyMap<string, DoctorCheck>;
}

/** As many as a Worker may have open at once. */
const AT_ONCE = 6;

/** Failures that say nothing about the credential's rights. */
const UNTOLD: ReadonlySet<Failure["kind"]> = new Set([
  "throttled",
  "server",
  "timeout",
  "unreachable",
  "unsupported",
  "conflict",
  "stale",
  "gone",
  "too-large",
]);
const SHUT: ReadonlySet<Failure["kind"]> = new Set(["unauthorised", "unreachable", "timeout", "refused-host"]);

export function createExaminer({ patienceMs, told }: ExaminerOptions): Examiner {
  const limit = pLimit(AT_ONCE);
  const waits: number[] = [];
  const patience = Promise.withResolvers<undefined>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    patience.resolve(undefined);
  }, patienceMs);

  async function ask(probe: Probe): Promise<Asked> {
    const known = told.get(probe.check);
    return known ? { check: known, isShut: false } : askNow(probe);
  }

  async function askNow(probe: Probe): Promise<Asked> {
    try {
      const found = await Promise.race([limit(async () => (isOver ? undefined : await probe.ask())), patience.promise]);
      if (found) return { check: checkOf(probe, found), isShut: false };
      const message = `There was no answer within ${Math.round(patienceMs / 1000)} s.`;
      return { check: checkOf(probe, { ok: undefined, message }), isShut: true };
    } catch (error) {
      if (error instanceof NotYet) {
        waits.push(error.until);
        const message = `It has to wait until ${new Date(error.until).toISOString()}: ${error.message}.`;
        return { check: checkOf(probe, { ok: undefined, message }), isShut: false };
      }
      if (error instanceof UpstreamError) return refusal(probe, error);
      throw error;
    }
  }

  const all = async (probes: readonly Probe[]) => (await Promise.all(probes.map(ask))).map(({ check }) => check);
  return {
    ask,
    all,
    behind: async (login, first, others) => {
      // Always anew: a login that was good a minute ago may have been taken away.
      const { check, isShut } = await askNow(first);
      if (!isShut) {
        const isTold = check.ok !== undefined;
        return [isTold ? passed(login) : untold(login, check.message), check, ...(await all(others))];
      }
      // Late or unreachable is no less a red of the login: nothing can be done with it.
      const red = { ...check, ...login, ok: false, certain: true };
      return [red, ...[first, ...others].map((probe) => untold(probe, `It could not be told: ${login.check} is red.`))];
    },
    waitsUntil: () => (waits.length > 0 ? Math.max(...waits) : undefined),
    end: () => {
      clearTimeout(timer);
      isOver = true;
      patience.resolve(undefined);
    },
  };
}

/** For what another check tells: undefined where the right to it is missing. */
export async function undefinedWhenForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UpstreamError && error.failure.kind === "forbidden") return undefined;
    throw error;
  }
}

export function untold(probe: Login, message: string): DoctorCheck {
  return checkOf(probe, { ok: undefined, message });
}

export function passed(login: Login): DoctorCheck {
  return checkOf(login, { ok: true, message: `The credential of ${login.variable} is accepted.` });
}

function checkOf({ check, permission, variable }: Login, { ok, message, certain = true, answer }: Told): DoctorCheck {
  return { check, ok, certain: ok !== undefined && certain, permission, variable, message, answer };
}

function refusal(probe: Probe, error: UpstreamError): Asked {
  const { kind } = error.failure;
  const isShut = SHUT.has(kind) || error.upstream === "amplify-auth";
  const lack =
    kind === "forbidden" && probe.permission !== undefined && !error.message.includes(probe.permission)
      ? ` It lacks the right to ${probe.permission}.`
      : "";
  const message = errorText(error) + lack;
  return { check: checkOf(probe, { ok: UNTOLD.has(kind) ? undefined : false, message }), isShut };
}
