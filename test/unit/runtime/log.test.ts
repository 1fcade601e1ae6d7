import { describe, expect, test } from "vitest";
import { jsonLog } from "../../../src/runtime/log.ts";

function logged(maskedValues: readonly string[], message: string, fields: Record<string, unknown>): string {
  const lines: string[] = [];
  jsonLog((line) => lines.push(line), { level: "info", maskedValues }, { connection: "a" }).write(
    "info",
    message,
    fields,
  );
  return lines.join("\n");
}

describe("the log", () => {
  test("writes one object a line, the message first", () => {
    expect(logged([], "request", { status: 200 })).toBe(
      '{"level":"info","message":"request","connection":"a","status":200}',
    );
  });

  test("leaves out what is below its level", () => {
    const lines: string[] = [];
    jsonLog((line) => lines.push(line), { level: "warn", maskedValues: [] }).write("info", "chatter");
    expect(lines).toEqual([]);
  });

  test.each([
    ["password", { password: "hunter2" }, '"password":"***"'],
    ["password", { detail: "password=hunter2 given" }, "password=*** given"],
    ["password", { detail: '{"password":"hunter2"}' }, '\\"password\\":\\"***\\"'],
    ["user.name", { detail: "user.name: hunter2" }, "user.name: ***"],
  ])("masks what stands behind %s", (word, fields, expected) => {
    const line = logged([word], "m", fields);
    expect(line).toContain(expected);
    expect(line).not.toContain("hunter2");
  });

  test("masks whole words only, and as they are written", () => {
    expect(logged(["pass"], "m", { password: "a", Pass: "b" })).toContain('"password":"a","Pass":"b"');
  });
});
