import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Part of an OpenAPI file as it was read; looked into with the helpers below, for the files are not ours to type. */
export type Node = Readonly<Record<string, unknown>>;

const folder = new URL("../../../../shared/contracts/specs/", import.meta.url);

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member as an object, `{}` when it is absent or something else. */
export function member(node: Node | undefined, name: string): Node {
  const value = node?.[name];
  return isNode(value) ? value : {};
}

/** The member as a list of objects. */
export function members(node: Node | undefined, name: string): readonly Node[] {
  const value = node?.[name];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** One official OpenAPI file, read when it is first asked for. */
export class Document {
  readonly file: string;
  /** What stands before the file's paths in an address: `/v3` for REST Proxy, whose servers carry it. */
  readonly prefix: string;
  #root: Node | undefined;

  constructor(file: string, prefix = "") {
    this.file = file;
    this.prefix = prefix;
  }

  get root(): Node {
    this.#root ??= read(this.file);
    return this.#root;
  }

  /** Follows `$ref` until there is none. Throws an Error for one that leads nowhere. */
  resolve(node: Node): Node {
    let found = node;
    while (typeof found.$ref === "string") {
      const next = at(this.root, found.$ref);
      if (!isNode(next)) throw new Error(`${this.file}: ${found.$ref} leads nowhere.`);
      found = next;
    }
    return found;
  }
}

function at(root: Node, reference: string): unknown {
  const steps = reference.replace(/^#\//, "").split("/");
  return steps.reduce<unknown>((node, step) => {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    return isNode(node) ? node[name] : undefined;
  }, root);
}

function read(file: string): Node {
  const path = fileURLToPath(new URL(file, folder));
  if (!existsSync(path)) {
    throw new Error(
      `The judge reads Confluent's official OpenAPI files, which are not part of the project: ${path} is missing.`,
    );
  }
  const root: unknown = parse(readFileSync(path, "utf8"), { maxAliasCount: -1 });
  if (!isNode(root)) throw new Error(`${path} is no OpenAPI file.`);
  return root;
}
