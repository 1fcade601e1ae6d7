import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildDocument } from "../../../src/asyncapi/document.ts";
import { validateDocument } from "../../../src/asyncapi/validate.ts";
import { CASES } from "./cases.ts";

const folder = new URL("./expected/", import.meta.url);

describe("the document written by hand", () => {
  for (const [name, input] of Object.entries(CASES)) {
    test(`${name} is what the builder makes, to the byte`, async () => {
      const expected = readFileSync(new URL(`${name}.json`, folder), "utf8");
      const document = await buildDocument(input);
      expect(document.text).toBe(expected);
      expect(document.sha256).toBe(createHash("sha256").update(expected).digest("hex"));
      expect(document.version).toBe(JSON.parse(expected).info.version);
    });

    test(`${name} is valid by AsyncAPI's own schema`, () => {
      expect(validateDocument(readFileSync(new URL(`${name}.json`, folder), "utf8"), input.asyncapiVersion)).toEqual(
        [],
      );
    });
  }

  test("every one of them has its input", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
    expect(files.toSorted()).toEqual(Object.keys(CASES).toSorted());
  });
});
