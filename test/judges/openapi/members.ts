import { type Document, isNode, member, members, type Node } from "./document.ts";

/**
 * Members of a value that no schema of its place documents; the files allow them by saying nothing, but a simulated server must
 * not make up what no real one sends. Places as in `Fault`, each once.
 */
export function undocumented(document: Document, schema: Node, value: unknown): readonly string[] {
  const found = new Set<string>();
  walk(document, branches(document, schema), value, "", found);
  return [...found];
}

function walk(document: Document, schemas: readonly Node[], value: unknown, place: string, found: Set<string>): void {
  if (Array.isArray(value)) {
    const items = schemas.flatMap((schema) => branchesOf(document, schema.items));
    for (const each of value) walk(document, items, each, `${place}/*`, found);
    return;
  }
  if (!isNode(value) || !schemas.some(describesMembers)) return;
  for (const [name, each] of Object.entries(value)) {
    const known = schemas.flatMap((schema) => schemasOfMember(document, schema, name));
    if (known.length === 0) found.add(`${place}/${name}`);
    else walk(document, known, each, `${place}/${name}`, found);
  }
}

function describesMembers(schema: Node): boolean {
  return isNode(schema.properties) || isNode(schema.additionalProperties);
}

function schemasOfMember(document: Document, schema: Node, name: string): readonly Node[] {
  const own = member(schema, "properties")[name];
  if (isNode(own)) return branches(document, own);
  if (schema.additionalProperties === true) return [{}];
  return branchesOf(document, schema.additionalProperties);
}

function branchesOf(document: Document, schema: unknown): readonly Node[] {
  return isNode(schema) ? branches(document, schema) : [];
}

/** A schema and everything that it is put together of. */
function branches(document: Document, schema: Node): readonly Node[] {
  const resolved = document.resolve(schema);
  const parts = ["allOf", "oneOf", "anyOf"].flatMap((word) => members(resolved, word));
  return [resolved, ...parts.flatMap((part) => branches(document, part))];
}
