import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { describe, expect, test } from "vitest";
import { buildDocument } from "../../../src/asyncapi/document.ts";
import { validateDocument } from "../../../src/asyncapi/validate.ts";
import { assertPayloadEquals, payloadOfSubject } from "../../support/payload.ts";
import { bound, input, registered } from "../../unit/asyncapi/inputs.ts";

/** Schemas of Confluent's Datagen connector (confluentinc/kafka-connect-datagen), laid beside the project. */
const folder = new URL("../../../../shared/data/schemas/avro/", import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".avro")) : [];
const parser = new Parser();

describe("the schemas that users of Confluent Cloud see first", () => {
  test("are all there", () => {
    expect(existsSync(folder), `${folder.pathname} is missing`).toBe(true);
    expect(files).toHaveLength(20);
  });

  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    for (const version of ["3.0.0", "2.6.0"] as const) {
      test(`${file} becomes a valid ${version} document whose payload is the schema`, async () => {
        const value = registered("datagen-value", "AVRO", text);
        const key = registered("datagen-key", "AVRO", text);
        const document = await buildDocument(input("datagen", [bound("value", value), bound("key", key)], { version }));
        expect(validateDocument(document.text, version)).toEqual([]);
        assertPayloadEquals("AVRO", payloadOfSubject(document.text, "datagen-value"), value, new Map());
        const { diagnostics } = await parser.parse(document.text);
        expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
      });
    }
  }
});
