import { Ajv, type Options } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { RegisteredSchema } from "../../../src/confluent/model.ts";

type References = ReadonlyMap<string, RegisteredSchema>;
type Node = { readonly [key: string]: unknown };

const OPTIONS: Options = { strict: false, validateSchema: false, validateFormats: false, logger: false };

/** A schema together with the address from which ajv resolves its references. */
interface View {
  readonly ajv: Ajv;
  readonly schema: unknown;
  readonly uri: string;
}

export function jsonOfRegistry(schema: RegisteredSchema, references: References): View {
  const root: unknown = JSON.parse(schema.schema);
  const ajv = new (dialect(root))(OPTIONS) as Ajv;
  const uri = idOf(root) ?? "registry:/root";
  const seen = new Set<string>();
  const add = (one: RegisteredSchema, base: string): void => {
    for (const { name, subject, version } of one.references) {
      const referenced = references.get(`${subject}/${version}`);
      if (referenced === undefined) throw new Error(`the test lacks ${subject}/${version}`);
      const content: unknown = JSON.parse(referenced.schema);
      const address = new URL(name, base).href;
      if (seen.has(address)) continue;
      seen.add(address);
      ajv.addSchema({ ...(content as Node), $id: address });
      add(referenced, address);
    }
  };
  ajv.addSchema({ ...(root as Node), $id: uri });
  add(schema, uri);
  return { ajv, schema: root, uri };
}

/** `document` is the whole AsyncAPI document, from whose root the references of a payload count. */
export function jsonOfPayload(payload: unknown, document: unknown): View {
  const ajv = new (dialect(payload))(OPTIONS) as Ajv;
  const { id: _, ...withoutId } = document as Node;
  ajv.addSchema({ ...withoutId, $id: "document:/" });
  return { ajv, schema: payload, uri: "document:/" };
}

function dialect(schema: unknown): typeof Ajv | typeof Ajv2019 | typeof Ajv2020 {
  const named = String((schema as Node | null)?.$schema ?? "");
  return named.includes("2020-12") ? Ajv2020 : named.includes("2019-09") ? Ajv2019 : Ajv;
}

function idOf(schema: unknown): string | undefined {
  const id = (schema as Node | null)?.$id;
  return typeof id === "string" && URL.canParse(id) ? id : undefined;
}

/** Keywords that say where a schema lies, not what it admits; `$ref` is followed, definitions are seen where they are used. */
const PLACES = new Set(["$ref", "$id", "$anchor", "$schema", "$defs", "definitions", "allOf"]);

/** Walks both at once, following references as ajv resolves them, and returns the first path where they differ. */
export function firstDifference(left: View, right: View): string | undefined {
  const seen = new Set<string>();
  const compare = (a: unknown, b: unknown, from: readonly [string, string], path: string): string | undefined => {
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return path;
      return first(a.keys(), (index) => compare(a[index], b[index], from, `${path}/${index}`));
    }
    if (!isNode(a) || !isNode(b)) return JSON.stringify(a) === JSON.stringify(b) ? undefined : path;
    const [partsA, partsB] = [parts(a, left, from[0]), parts(b, right, from[1])];
    if (partsA.length !== partsB.length) return `${path}/allOf`;
    const keys = new Set([...Object.keys(a), ...Object.keys(b)].filter((key) => !PLACES.has(key)));
    return (
      first(keys, (key) => compare(a[key], b[key], from, `${path}/${key}`)) ??
      first(partsA.keys(), (index) => {
        const [partA, partB] = [partsA[index], partsB[index]];
        if (partA === undefined || partB === undefined) return path;
        const pair = `${partA.uri} ${partB.uri} ${partA.key} ${partB.key}`;
        if (partA.key !== "" && seen.has(pair)) return undefined;
        seen.add(pair);
        return compare(partA.schema, partB.schema, [partA.uri, partB.uri], `${path}/(${partA.key})`);
      })
    );
  };
  return compare(left.schema, right.schema, [left.uri, right.uri], "#");
}

interface Part {
  readonly schema: unknown;
  readonly uri: string;
  /** Absolute address of a reference; empty for what stands in place. */
  readonly key: string;
}

function parts(node: Node, { ajv }: View, base: string): Part[] {
  const inPlace = (Array.isArray(node.allOf) ? node.allOf : []).map((schema): Part => ({ schema, uri: base, key: "" }));
  const ref = node.$ref;
  const all = typeof ref === "string" ? [follow(ajv, ref, base), ...inPlace] : inPlace;
  // A lone `allOf` of a reference says what the reference says.
  return all.map((part) => {
    const inner = isNode(part.schema) ? part.schema : {};
    const lone = part.key === "" && Object.keys(inner).length === 1 && typeof inner.$ref === "string";
    return lone ? follow(ajv, String(inner.$ref), part.uri) : part;
  });
}

function follow(ajv: Ajv, ref: string, base: string): Part {
  const address = new URL(ref, base).href;
  const found = ajv.getSchema(address);
  if (found === undefined) throw new Error(`ajv finds nothing at ${address}`);
  return { schema: found.schema, uri: address.split("#")[0] ?? base, key: address };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
