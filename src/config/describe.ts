import type { Setting, Visibility } from "./model.ts";

export interface Description {
  readonly variable: string;
  readonly visibility: Visibility;
  /** What may be shown: the value; for what the reader may not see "set", "not set" or "from @Secret". */
  readonly value: string;
}

/**
 * Lists the variables of a connection or of the worker as they took effect. A secret's value is never shown; an internal
 * one to `operator` alone, who has logged in.
 */
export function describe(
  config: { readonly settings: readonly Setting[] },
  audience: "operator" | "public",
): Description[] {
  return config.settings.map((setting) => {
    const { variable, visibility } = setting;
    const open = visibility === "public" || (visibility === "internal" && audience === "operator");
    return { variable, visibility, value: open ? shown(setting) : hidden(setting) };
  });
}

function shown(setting: Setting): string {
  return setting.origin === "secret reference" ? "from @Secret" : (setting.value ?? "not set");
}

function hidden({ origin }: Setting): string {
  if (origin === "secret reference") return "from @Secret";
  return origin === "default" ? "not set" : "set";
}
