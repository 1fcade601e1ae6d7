import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { describe, expect, test } from "vitest";
import { CASES } from "./cases.ts";

const ERROR = 0;
/** What the parser may tell us: it wants a contact and a licence, which a topic has not, and knows no Avro or Protobuf by itself. */
const KNOWN = [
  'Info object should have "contact" object.',
  'Info object should have "license" object.',
  'Message should have a "messageId" field defined.',
  /^No schema parser registered for "application\/(vnd\.apache\.avro|vnd\.google\.protobuf|schema\+json)/,
];

const parser = new Parser();

describe("AsyncAPI's own parser accepts every expected document", () => {
  for (const [name, input] of Object.entries(CASES)) {
    test(name, { timeout: 20_000 }, async () => {
      const text = readFileSync(new URL(`./expected/${name}.json`, import.meta.url), "utf8");
      const { document, diagnostics } = await parser.parse(text);
      expect(diagnostics.filter(({ severity }) => severity === ERROR)).toEqual([]);
      const unknown = diagnostics.filter(({ severity, message }) => severity === 1 && !isKnown(message));
      expect(unknown).toEqual([]);
      expect(document?.version()).toBe(input.asyncapiVersion);
      const operations = document?.operations().all() ?? [];
      expect(Object.fromEntries(operations.map((operation) => [operation.id(), operation.action()]))).toEqual(
        ACTIONS[input.asyncapiVersion],
      );
    });
  }
});

/** A consumer receives and a producer sends; 2.6.0 tells it from the other side. */
const ACTIONS = {
  "3.0.0": { consume: "receive", produce: "send" },
  "2.6.0": { consume: "subscribe", produce: "publish" },
};

function isKnown(message: string): boolean {
  return KNOWN.some((known) => (typeof known === "string" ? known === message : known.test(message)));
}
