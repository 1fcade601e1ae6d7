import type { JsonObject, JsonValue } from "../json-text.ts";

/** A parsed Avro schema. Named types may contain themselves: the same object occurs again. */

export interface FullName {
  readonly name: string;
  /** undefined: none. */
  readonly namespace: string | undefined;
}

export const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;
export type PrimitiveName = (typeof PRIMITIVES)[number];

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc: string | undefined;
  /** undefined: no default; null is a default. */
  readonly default: JsonValue | undefined;
  readonly order: string | undefined;
  readonly aliases: readonly string[];
  readonly props: JsonObject;
}

interface Named {
  readonly name: FullName;
  readonly doc: string | undefined;
  readonly aliases: readonly FullName[];
  readonly props: JsonObject;
}

interface AvroPrimitive {
  readonly kind: PrimitiveName;
  readonly props: JsonObject;
}
export interface AvroRecord extends Named {
  readonly kind: "record";
  readonly error: boolean;
  readonly fields: AvroField[];
}
export interface AvroEnum extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}
export interface AvroFixed extends Named {
  readonly kind: "fixed";
  readonly size: number;
}
interface AvroArray {
  readonly kind: "array";
  readonly items: AvroType;
  readonly props: JsonObject;
}
interface AvroMap {
  readonly kind: "map";
  readonly values: AvroType;
  readonly props: JsonObject;
}
export interface AvroUnion {
  readonly kind: "union";
  readonly branches: readonly AvroType[];
}
export type AvroNamed = AvroRecord | AvroEnum | AvroFixed;
export type AvroType = AvroPrimitive | AvroNamed | AvroArray | AvroMap | AvroUnion;

/** Everything that the parser refuses; the message is what the real server puts after `details: `. */
export class AvroError extends Error {
  override readonly name = "AvroError";
}

export function isNamed(type: AvroType): type is AvroNamed {
  return type.kind === "record" || type.kind === "enum" || type.kind === "fixed";
}

export function fullNameText({ name, namespace }: FullName): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}.${name}`;
}
