import * as v from "valibot";
import { type Address, readAddress } from "./address.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import type { ConnectionIndex, Platform, Problem, SecretReference, Setting, Warning } from "./model.ts";
import { SecretReferenceValue } from "./values.ts";
import type { Variable } from "./variables/model.ts";
import { known, VARIABLES, variable } from "./variables/table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The texts of an environment as a platform hands it over. In wrangler.toml a variable may be a number, a boolean or a
 * table, which is read as JSON; on Cloudflare there are bindings among them, which are left out.
 */
export function textsOf(environment: Readonly<Record<string, unknown>>): Environment {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (typeof value === "string") texts[name] = value;
    else if (typeof value === "number" || typeof value === "boolean") texts[name] = String(value);
    else if (known(name) && typeof value === "object" && value !== null) texts[name] = JSON.stringify(value);
  }
  return texts;
}

/** What reading needs beside the environment. */
export interface ReadingContext {
  readonly platform: Platform;
  /** Ms since the epoch; schedules are checked from here. */
  readonly now: number;
  /** Values of `@Secret` references by the variable that holds them. */
  readonly secrets: ReadonlyMap<string, string>;
}

interface Found {
  /** As it stands in the environment, suffix included. */
  readonly name: string;
  readonly text: string;
  readonly origin: Setting["origin"];
}

/**
 * Reads the variables of one connection: its own (with suffix, but for connection 1) before those of connection 1.
 * A variable that is set and empty counts as not set, and is not inherited either. Problems and warnings are collected;
 * a value that is wrong is replaced by a stand-in, so that reading goes on and finds the others.
 */
export class Reader {
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  readonly references: SecretReference[] = [];
  readonly context: ReadingContext;
  readonly #environment: Environment;
  readonly #connection: ConnectionIndex;
  readonly #taken = new Map<string, { value: string | undefined; origin: Setting["origin"] }>();
  readonly #hidden = new Set<string>();

  constructor(environment: Environment, connection: ConnectionIndex, context: ReadingContext) {
    this.#environment = environment;
    this.#connection = connection;
    this.context = context;
  }

  /** The name to use in messages: with the suffix where this connection sets it itself, or nobody does. */
  nameOf(name: string): string {
    return this.#find(name)?.name ?? this.#own(name);
  }

  isSet(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** True when the connection sets it itself, even to nothing. */
  isOwn(name: string): boolean {
    return this.#environment[this.#own(name)] !== undefined;
  }

  /** True when the connection sets it itself to something. */
  sets(name: string): boolean {
    return this.#find(name)?.origin === "set";
  }

  /**
   * Warns when the connection has a server of its own under `address` and would send it what it inherits in `names`:
   * that may be meant, but it hands one server's login to another.
   */
  warnOfLent(address: string, names: readonly string[]): void {
    if (this.#connection === 1 || !this.sets(address)) return;
    const lent = names.filter((name) => this.#find(name)?.origin === "inherited");
    if (lent.length > 0)
      this.warn(address, `gets ${lent.join(", ")} of connection 1; set an own or an empty value if that is not meant`);
  }

  /** Makes these variables count as not set unless the connection sets them itself: another login has been chosen. */
  disinherit(names: readonly string[]): void {
    for (const name of names) if (!this.isOwn(name)) this.#hidden.add(name);
  }

  problem(name: string, message: string): void {
    this.problems.push({ connection: this.#connection, variable: this.nameOf(name), message });
  }

  warn(name: string, message: string): void {
    this.warnings.push({ connection: this.#connection, variable: this.nameOf(name), message });
  }

  /** The text as it is, undefined when not set. References are resolved; one that cannot be yet gives "". */
  text(name: string): string | undefined {
    const found = this.#find(name);
    this.#taken.set(name, { value: found?.text, origin: found?.origin ?? "default" });
    if (!found || !isReference(name, found.text)) return found?.text;
    this.#taken.set(name, { value: undefined, origin: "secret reference" });
    return this.#resolve(name, found);
  }

  /** A text that must be there; "" with a problem when it is not. */
  required(name: string, expected: string): string {
    const text = this.text(name);
    if (text === undefined) this.problem(name, `missing: ${expected}`);
    return text ?? "";
  }

  /** A value by its schema; `fallback` when it is not set, or with a problem when it is wrong. */
  value<T>(name: string, schema: v.GenericSchema<string, T>, fallback: T): T {
    const text = this.text(name);
    if (text === undefined || this.#isPending(name)) return fallback;
    const parsed = v.safeParse(schema, text);
    if (parsed.success) return parsed.output;
    this.problem(name, parsed.issues[0].message + this.#shown(name, text));
    return fallback;
  }

  requiredValue<T>(name: string, schema: v.GenericSchema<string, T>, expected: string, standIn: T): T {
    if (!this.isSet(name)) this.problem(name, `missing: ${expected}`);
    return this.value(name, schema, standIn);
  }

  /** Ms. A value that is no Go duration or outside its limits gives the default, with a warning (agent-sdk `properties.go`). */
  duration(name: string, limits: { readonly least?: string; readonly most?: string } = {}): number {
    const fallback = ms(variable(name).fallback);
    const least = ms(limits.least ?? "30s");
    const most = limits.most === undefined ? Number.POSITIVE_INFINITY : ms(limits.most);
    const range = `at least ${formatDuration(least)}${limits.most ? ` and at most ${limits.most}` : ""}, such as 1m30s`;
    return this.#limited(name, fallback, (text) => parseDuration(text) ?? 0, least, most, range);
  }

  /** A number that is none or outside its limits gives the default, with a warning. */
  integer(name: string, least: number, most: number): number {
    const fallback = Number(variable(name).fallback);
    const read = (text: string) => (/^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN);
    return this.#limited(name, fallback, read, least, most, `a whole number from ${least} to ${most}`);
  }

  /** A base address; `fallback` when it is not set, undefined with a problem when it is wrong. */
  address(name: string, fallback?: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return fallback;
    return this.#isPending(name) ? undefined : this.checked(name, readAddress(text, this.context.platform))?.url;
  }

  /** Turns a refused address into a problem and its warning into one. */
  checked(name: string, address: Address): { url: string; host: string } | undefined {
    if (!address.ok) {
      this.problem(name, address.message);
      return undefined;
    }
    if (address.warning) this.warn(name, address.warning);
    return { url: address.url, host: address.host };
  }

  /** Tells `settings` what took effect in the place of what is written. */
  took(name: string, value: string): void {
    const origin = this.#find(name)?.origin ?? "default";
    if (this.#taken.get(name)?.origin !== "secret reference") this.#taken.set(name, { value, origin });
  }

  /** All variables of that scope that count, as they took effect. */
  settings(scope: Variable["scope"]): Setting[] {
    const counting = VARIABLES.filter((one) => one.scope === scope && one.ignored === undefined);
    return counting.map(({ name, visibility, fallback }) => {
      const found = this.#find(name);
      const taken = this.#taken.get(name);
      const origin = taken?.origin ?? found?.origin ?? "default";
      const value = taken?.value ?? found?.text ?? (fallback || undefined);
      return { variable: this.nameOf(name), visibility, origin, value: visibility === "secret" ? undefined : value };
    });
  }

  #own(name: string): string {
    return this.#connection === 1 ? name : `${name}_${this.#connection}`;
  }

  #find(name: string): Found | undefined {
    const own = this.#environment[this.#own(name)];
    if (own !== undefined) {
      return own.trim() === "" ? undefined : { name: this.#own(name), text: own.trim(), origin: "set" };
    }
    const inherited = this.#hidden.has(name) ? undefined : this.#environment[name]?.trim();
    return inherited ? { name, text: inherited, origin: "inherited" } : undefined;
  }

  #isPending(name: string): boolean {
    const found = this.#find(name);
    return found !== undefined && isReference(name, found.text) && !this.context.secrets.has(found.name);
  }

  #resolve(name: string, found: Found): string {
    const value = this.context.secrets.get(found.name);
    if (value !== undefined) return value;
    const reference = v.safeParse(SecretReferenceValue, found.text);
    if (!reference.success) this.problem(name, reference.issues[0].message);
    else if (!this.references.some((one) => one.variable === found.name)) {
      this.references.push({ variable: found.name, ...reference.output });
    }
    return "";
  }

  #limited(
    name: string,
    fallback: number,
    read: (text: string) => number,
    least: number,
    most: number,
    range: string,
  ): number {
    const text = this.text(name);
    if (text === undefined || this.#isPending(name)) return fallback;
    const value = read(text);
    if (value >= least && value <= most) return value;
    this.took(name, variable(name).fallback);
    this.warn(name, `${variable(name).fallback} is used: expected ${range}${this.#shown(name, text)}`);
    return fallback;
  }

  /** What was found instead, where everybody may see it. */
  #shown(name: string, text: string): string {
    return variable(name).visibility === "public" ? `, found ${text.slice(0, 80)}` : "";
  }
}

/**
 * Only variables of the Kafka agents themselves may refer to secrets; those of Amplify are needed to read them. Which
 * kind of cluster it is must be known before, since it decides what else is asked for.
 */
function isReference(name: string, text: string): boolean {
  return name.startsWith("KAFKA_") && name !== "KAFKA_CLOUD_ENABLED" && text.startsWith("@Secret.");
}

function ms(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`${duration} is no duration`);
  return parsed;
}
