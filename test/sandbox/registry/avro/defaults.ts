import { JsonNumber, type JsonValue } from "../json-text.ts";
import type { AvroRecord, AvroType } from "./model.ts";

/** Whether a field's default fits its type; of a union any branch may fit (Avro Java `Schema#isValidDefault`). */
export function isValidDefault(type: AvroType, value: JsonValue): boolean {
  switch (type.kind) {
    case "string":
    case "bytes":
    case "enum":
    case "fixed":
      return typeof value === "string";
    case "int":
      return isInteger(value, 31n);
    case "long":
      return isInteger(value, 63n);
    case "float":
    case "double":
      return value instanceof JsonNumber;
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value) && value.every((item) => isValidDefault(type.items, item));
    case "map":
      return value instanceof Map && [...value.values()].every((item) => isValidDefault(type.values, item));
    case "union":
      return type.branches.some((branch) => isValidDefault(branch, value));
    case "record":
      return isValidRecord(type, value);
  }
}

function isValidRecord(type: AvroRecord, value: JsonValue): boolean {
  if (!(value instanceof Map)) return false;
  return type.fields.every((field) => {
    const given = value.get(field.name) ?? (value.has(field.name) ? null : field.default);
    return given !== undefined && isValidDefault(field.type, given);
  });
}

function isInteger(value: JsonValue, bits: bigint): boolean {
  if (!(value instanceof JsonNumber) || !/^-?\d+$/.test(value.text)) return false;
  const number = BigInt(value.text);
  return number >= -(2n ** bits) && number < 2n ** bits;
}
