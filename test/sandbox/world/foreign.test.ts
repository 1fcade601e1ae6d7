import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import avsc from "avsc";
import protobufjs from "protobufjs";
import { describe, expect, it } from "vitest";
import type { DemoSubject } from "./catalogue/types.ts";
import { demoSubjects } from "./demo.ts";

/** The demo's schemas are real: libraries that are neither the sandbox's nor the product's read them, with their references. */

const subjects = demoSubjects();
const readable = subjects.filter(({ unchecked }) => unchecked === undefined);
type Version = DemoSubject["versions"][number];

function ofType(type: string): (readonly [string, Version])[] {
  return readable.flatMap(({ subject, versions }) =>
    versions.filter(({ schemaType }) => schemaType === type).map((version) => [subject, version] as const),
  );
}

/** What a version refers to, deepest first, each text once. */
function needed(version: Version): Version[] {
  const direct = (version.references ?? []).map(({ subject, version: number }) => {
    const found =
      subjects.find((each) => each.subject === subject)?.versions[number - 1] ??
      subjects.find((each) => each.subject === `:.prod:${subject}`)?.versions[number - 1];
    if (found === undefined) throw new Error(`${subject} ${number} is not in the demo.`);
    return found;
  });
  return [...new Set(direct.flatMap((each) => [...needed(each), each]))];
}

describe("a schema of the demo", () => {
  it.each(ofType("AVRO"))("%s is read by avsc", (_subject, version) => {
    const registry = {};
    for (const each of needed(version)) avsc.Type.forSchema(JSON.parse(each.schema ?? ""), { registry });
    expect(() => avsc.Type.forSchema(JSON.parse(version.schema ?? ""), { registry })).not.toThrow();
  });

  it.each(ofType("JSON"))("%s is compiled by ajv", (_subject, version) => {
    const schema = JSON.parse(version.schema ?? "");
    const ajv = schema.$schema.includes("2020-12") ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
    formats.default(ajv);
    for (const each of needed(version)) ajv.addSchema(JSON.parse(each.schema ?? ""));
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  it.each(ofType("PROTOBUF"))("%s is resolved by protobufjs", (_subject, version) => {
    const root = new protobufjs.Root();
    for (const name of ["duration", "timestamp", "wrappers"]) {
      const known = protobufjs.common.get(`google/protobuf/${name}.proto`);
      if (known?.nested) root.addJSON(known.nested);
    }
    for (const each of [...needed(version), version]) protobufjs.parse(each.schema ?? "", root, { keepCase: true });
    expect(() => root.resolveAll()).not.toThrow();
  });
});
