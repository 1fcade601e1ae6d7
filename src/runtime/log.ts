import type { Log, LogLevel } from "./ports.ts";

const ORDER: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

export interface LogOptions {
  readonly level: LogLevel;
  /** LOG_MASKEDVALUES: what stands behind one of these words is masked; whole words, case-sensitive. */
  readonly maskedValues: readonly string[];
}

/** Writes one JSON object a line, static message first. */
export function jsonLog(
  write: (line: string) => void,
  options: LogOptions,
  base: Readonly<Record<string, unknown>> = {},
): Log {
  const lowest = ORDER.indexOf(options.level);
  const masks = options.maskedValues.map(maskOf);
  return {
    write: (level, message, fields = {}) => {
      if (ORDER.indexOf(level) < lowest) return;
      const line = JSON.stringify({ level, message, ...base, ...fields });
      write(masks.reduce((masked, mask) => masked.replace(mask, "$1***"), line));
    },
  };
}

/** Matches `word: value`, `word=value` and `"word":"value"`, also inside a text that is itself JSON. */
function maskOf(word: string): RegExp {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`((?<![\\w-])${literal}(?![\\w-])(?:\\\\?["'])?\\s*[:=]\\s*(?:\\\\?["'])?)[^\\s"'\\\\,;}&]+`, "g");
}

/** To the console, as Cloudflare and Deno collect it. */
export function consoleLog(options: LogOptions, base: Readonly<Record<string, unknown>> = {}): Log {
  return jsonLog((line) => console.log(line), options, base);
}
