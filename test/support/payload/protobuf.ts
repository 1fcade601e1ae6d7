import protobuf from "protobufjs";
import type { RegisteredSchema } from "../../../src/confluent/model.ts";

type References = ReadonlyMap<string, RegisteredSchema>;

/** Every type, field, option and comment of the registry's files as protobufjs reads them. */
export function protobufOfRegistry(schema: RegisteredSchema, references: References): unknown {
  const texts = new Map([["", schema.schema]]);
  const collect = (one: RegisteredSchema): void => {
    for (const { name, subject, version } of one.references) {
      const referenced = references.get(`${subject}/${version}`);
      if (referenced === undefined) throw new Error(`the test lacks ${subject}/${version}`);
      if (texts.has(name)) continue;
      texts.set(name, referenced.schema);
      collect(referenced);
    }
  };
  collect(schema);
  return view([...texts.values()]);
}

/** The payload's text: a .proto file, and behind it as comments the files of other packages that it imports. */
export function protobufOfPayload(payload: string): unknown {
  const [main = "", ...others] = payload.split(/^\/\/ ==== .* ====$/m);
  return view([main, ...others.map((text) => text.replaceAll(/^\/\/ ?/gm, ""))]);
}

const DECIMAL = `syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`;

function view(texts: readonly string[]): unknown {
  const root = new protobuf.Root();
  const add = (text: string): void => {
    const { imports = [] } = protobuf.parse(text, root, { keepCase: true, alternateCommentMode: true });
    for (const path of imports) {
      const common = protobuf.common.get(path);
      if (common?.nested) root.addJSON(common.nested);
      if (path === "confluent/type/decimal.proto") protobuf.parse(DECIMAL, root);
    }
  };
  for (const text of texts) add(text);
  root.resolveAll();
  return withoutFileOptions(root.toJSON({ keepComments: true }) as Node);
}

type Node = { readonly [key: string]: unknown };

/** Options of a package come from its files, and say how code is generated, not what a message is. */
function withoutFileOptions(node: Node): Node {
  const isPackage = !("fields" in node) && !("values" in node) && !("methods" in node);
  const nested = Object.entries((node.nested ?? {}) as Record<string, Node>).map(([name, inner]) => [
    name,
    withoutFileOptions(inner),
  ]);
  const kept = Object.entries(node).filter(([key]) => key !== "nested" && !(isPackage && key === "options"));
  return Object.fromEntries([...kept, ...(nested.length > 0 ? [["nested", Object.fromEntries(nested)]] : [])]);
}
