import type { Log, LogLevel } from "./ports.ts";

const ORDER: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** Writes one JSON object a line, static message first. `secrets` are values that must never appear: each is replaced. */
export function jsonLog(
  write: (line: string) => void,
  level: LogLevel,
  base: Readonly<Record<string, unknown>> = {},
  secrets: () => readonly string[] = () => [],
): Log {
  const lowest = ORDER.indexOf(level);
  return {
    write: (at, message, fields = {}) => {
      if (ORDER.indexOf(at) < lowest) return;
      let line = JSON.stringify({ level: at, message, ...base, ...fields });
      for (const secret of secrets()) line = line.replaceAll(JSON.stringify(secret).slice(1, -1), "***");
      write(line);
    },
  };
}

/** To the console, as Cloudflare and Deno collect it. */
export function consoleLog(level: LogLevel, base: Readonly<Record<string, unknown>> = {}): Log {
  return jsonLog((line) => console.log(line), level, base);
}
