import avsc from "avsc";
import type { RegisteredSchema } from "../../../src/confluent/model.ts";

type References = ReadonlyMap<string, RegisteredSchema>;

/** What avsc makes of a schema: structure, names, defaults, docs and aliases; and every further attribute in the order it met them. */
export interface AvroView {
  readonly schema: unknown;
  readonly attributes: readonly unknown[];
}

/** The registry's schema, where a name that is not defined yet is looked up among its references when avsc meets it. */
export function avroOfRegistry(schema: RegisteredSchema, references: References): AvroView {
  const texts = new Map<string, unknown>();
  const collect = (one: RegisteredSchema): void => {
    for (const { name, subject, version } of one.references) {
      const referenced = references.get(`${subject}/${version}`);
      if (referenced === undefined) throw new Error(`the test lacks ${subject}/${version}`);
      if (texts.has(name)) continue;
      texts.set(name, plain(referenced.schema));
      collect(referenced);
    }
  };
  collect(schema);
  return view(plain(schema.schema), texts);
}

export function avroOfPayload(payload: unknown): AvroView {
  return view(plain(JSON.stringify(payload)), new Map());
}

const STRUCTURE = new Set("type name namespace doc aliases fields symbols items values size default order".split(" "));

function view(schema: unknown, references: ReadonlyMap<string, unknown>): AvroView {
  const attributes: unknown[] = [];
  const registry: Record<string, avsc.Type> = {};
  const typeHook = (node: unknown, opts: { namespace?: string }): avsc.Type | undefined => {
    if (typeof node === "string") {
      const name = node.includes(".") || !opts.namespace ? node : `${opts.namespace}.${node}`;
      const text = registry[name] === undefined ? references.get(name) : undefined;
      return text === undefined ? undefined : avsc.Type.forSchema(text as avsc.Schema, { registry, typeHook } as never);
    }
    const others = Object.entries(node ?? {}).filter(([key]) => !STRUCTURE.has(key) && !Array.isArray(node));
    if (others.length > 0) attributes.push(Object.fromEntries(others));
    return undefined;
  };
  const type = avsc.Type.forSchema(schema as avsc.Schema, { registry, typeHook } as never);
  return { schema: tidy(type.schema({ exportAttrs: true })), attributes };
}

/** Aliases in any order, and no empty lists of them. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "aliases" && Array.isArray(value) ? value.toSorted() : tidy(value),
    ]),
  );
}

/** Comments, which Avro's own parser allows, cut out. */
function plain(text: string): unknown {
  return parseExact(text.replaceAll(/("(?:[^"\\]|\\.)*")|\/\/.*|\/\*[\s\S]*?\*\//g, "$1"));
}

/** JSON, with whole numbers beyond 2^53 brought into a double's range, equal ones alike: neither lost nor taken for each other. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) => {
    if (typeof value !== "number" || Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source ?? "")) return value;
    return Number(BigInt(context.source ?? "0") % 1_000_000_007n);
  }) as never);
}
