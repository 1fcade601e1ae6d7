import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { type Document, isNode, type Node } from "./document.ts";

/** Words of an OpenAPI 3.0 schema that say nothing about a value, or mean something else in JSON Schema. */
const dropped = new Set([
  "example",
  "examples",
  "discriminator",
  "xml",
  "externalDocs",
  "deprecated",
  "readOnly",
  "writeOnly",
  "default",
  "description",
  "title",
]);

/** Members whose names are names of properties, not words of the schema language. */
const maps = new Set(["properties", "patternProperties"]);

/** What is wrong with a value, each place once: list positions are written `*`. */
export interface Fault {
  readonly place: string;
  readonly keyword: string;
  readonly message: string;
}

/** Checks values against schemas of one OpenAPI file. */
export class SchemaChecker {
  readonly #document: Document;
  readonly #compiled = new Map<Node, ValidateFunction>();
  #ajv: Ajv | undefined;

  constructor(document: Document) {
    this.#document = document;
  }

  check(schema: Node, value: unknown): readonly Fault[] {
    const validate = this.#validator(schema);
    if (validate(value)) return [];
    const faults = new Map<string, Fault>();
    for (const error of validate.errors ?? []) {
      const fault = faultOf(error);
      faults.set(`${fault.place} ${fault.keyword} ${fault.message}`, fault);
    }
    return [...faults.values()];
  }

  #validator(schema: Node): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const validate = this.#engine().compile({ ...translated(schema, "openapi.json") });
    this.#compiled.set(schema, validate);
    return validate;
  }

  #engine(): Ajv {
    if (this.#ajv !== undefined) return this.#ajv;
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    formats.default(ajv);
    const components = this.#document.root.components;
    const schemas = isNode(components) && isNode(components.schemas) ? components.schemas : {};
    const all = Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, isNode(schema) ? translated(schema, "") : {}]),
    );
    ajv.addSchema({ $id: "openapi.json", components: { schemas: all } });
    this.#ajv = ajv;
    return ajv;
  }
}

function faultOf(error: ErrorObject): Fault {
  const place = error.instancePath.replace(/\/\d+(?=\/|$)/g, "/*");
  return { place, keyword: error.keyword, message: error.message ?? "" };
}

/** An OpenAPI 3.0 schema as a JSON Schema of draft 7. References point into the document registered as `base`. */
function translated(schema: Node, base: string): Node {
  if (typeof schema.$ref === "string") return { $ref: `${base}${schema.$ref}` };
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (!dropped.has(name) && !name.startsWith("x-") && name !== "nullable") out[name] = word(name, value, base);
  }
  // REST Proxy's file has `type: int64` in two places, which no validator knows.
  if (out.type === "int64") out.type = "integer";
  return schema.nullable === true ? { anyOf: [out, { type: "null" }] } : out;
}

function word(name: string, value: unknown, base: string): unknown {
  if (maps.has(name) && isNode(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([property, schema]) => [property, isNode(schema) ? translated(schema, base) : schema]),
    );
  }
  if (name === "enum" || name === "required") return value;
  if (Array.isArray(value)) return value.map((each: unknown) => (isNode(each) ? translated(each, base) : each));
  return isNode(value) ? translated(value, base) : value;
}
