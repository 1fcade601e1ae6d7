import { type CompatibilityLevel, levelOf } from "./compatibility.ts";
import * as errors from "./errors.ts";
import { DEFAULT_CONTEXT, formatSubject, parseSubject } from "./subject-name.ts";
import type { RuleSet, SchemaMetadata } from "./types.ts";

export interface SubjectConfig {
  /** Another subject that this one stands for. */
  readonly alias?: string;
  readonly normalize?: boolean;
  readonly compatibility?: CompatibilityLevel;
  readonly compatibilityGroup?: string;
  readonly defaultMetadata?: SchemaMetadata;
  readonly overrideMetadata?: SchemaMetadata;
  readonly defaultRuleSet?: RuleSet;
  readonly overrideRuleSet?: RuleSet;
}

export interface ConfigUpdate extends Omit<SubjectConfig, "compatibility"> {
  readonly compatibility?: string;
}

const MODES = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"] as const;
export type Mode = (typeof MODES)[number];

export interface SettingsSnapshot {
  readonly configs: Readonly<Record<string, SubjectConfig>>;
  readonly modes: Readonly<Record<string, Mode>>;
}

/** The key of what holds for the whole registry. */
export const GLOBAL = "";
const DEFAULT_LEVEL: CompatibilityLevel = "BACKWARD";

/**
 * Compatibility and mode of subjects, of contexts (`:.ctx:`) and of the whole registry (`""`). What a subject has not is
 * its context's; the default context's is the registry's; another context that has none falls back on the default value,
 * not on the registry's (schema-registry `storage/InMemoryCache#config`).
 */
export class Settings {
  readonly #configs = new Map<string, SubjectConfig>();
  readonly #modes = new Map<string, Mode>();

  /** What was set for exactly this; for the whole registry never undefined. */
  config(subject: string): SubjectConfig | undefined {
    return withLevel(this.#configs.get(subject) ?? (subject === GLOBAL ? {} : undefined));
  }

  configInScope(subject: string): SubjectConfig & { readonly compatibility: CompatibilityLevel } {
    const own = this.#configs.get(subject);
    const inherited = own === undefined ? this.#configs.get(scopeOf(subject)) : this.#configs.get(GLOBAL);
    return { compatibility: DEFAULT_LEVEL, ...inherited, ...own };
  }

  /** Adds to what is there; an unknown level is 42203. */
  updateConfig(subject: string, update: ConfigUpdate): SubjectConfig {
    const { compatibility, ...rest } = update;
    const level = compatibility === undefined ? undefined : levelOf(compatibility);
    if (compatibility !== undefined && level === undefined) throw errors.invalidCompatibility();
    const config = { ...this.#configs.get(subject), ...rest, ...(level === undefined ? {} : { compatibility: level }) };
    this.#configs.set(subject, config);
    return config;
  }

  /** Returns what was there; undefined when nothing was. */
  deleteConfig(subject: string): SubjectConfig | undefined {
    const config = this.config(subject);
    this.#configs.delete(subject);
    return config;
  }

  mode(subject: string): Mode | undefined {
    return this.#modes.get(subject) ?? (subject === GLOBAL ? "READWRITE" : undefined);
  }

  modeInScope(subject: string): Mode {
    return this.#modes.get(subject) ?? this.#modes.get(scopeOf(subject)) ?? "READWRITE";
  }

  isReadOnly(subject: string): boolean {
    return this.modeInScope(subject).startsWith("READONLY");
  }

  setMode(subject: string, mode: Mode): void {
    this.#modes.set(subject, mode);
  }

  deleteMode(subject: string): Mode | undefined {
    const mode = this.#modes.get(subject);
    this.#modes.delete(subject);
    return mode;
  }

  /** Every subject that stands for another one: subject to alias as it was set. */
  aliases(): [subject: string, alias: string][] {
    return [...this.#configs].flatMap(([subject, { alias }]) => (alias === undefined ? [] : [[subject, alias]]));
  }

  snapshot(): SettingsSnapshot {
    return { configs: Object.fromEntries(this.#configs), modes: Object.fromEntries(this.#modes) };
  }

  restore({ configs, modes }: SettingsSnapshot): void {
    this.#configs.clear();
    this.#modes.clear();
    for (const [subject, config] of Object.entries(configs)) this.#configs.set(subject, config);
    for (const [subject, mode] of Object.entries(modes)) this.#modes.set(subject, mode);
  }
}

/** undefined for a word that is no mode. */
export function modeOf(text: string): Mode | undefined {
  return MODES.find((mode) => mode === text.toUpperCase());
}

function withLevel(config: SubjectConfig | undefined): SubjectConfig | undefined {
  return config === undefined ? undefined : { compatibility: DEFAULT_LEVEL, ...config };
}

function scopeOf(subject: string): string {
  const { context } = parseSubject(subject);
  return context === DEFAULT_CONTEXT ? GLOBAL : formatSubject({ context, name: "" });
}
