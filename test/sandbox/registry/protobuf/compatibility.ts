import type { ProtoField, ProtoFile, ProtoMessage, ProtoType } from "./model.ts";
import { allFields, isScalar, mapTypes, type ProtoScope } from "./scope.ts";

export interface ProtoDifference {
  readonly type: string;
  /** e.g. `#/Payment/1`: messages by name, fields by number */
  readonly path: string;
}

/** A file together with what its names mean. */
export interface ScopedFile {
  readonly file: ProtoFile;
  readonly scope: ProtoScope;
}

/** The incompatible differences from `original` to `update`, [] when there are none (schema-registry `protobuf/diff/SchemaDiff`). */
export function protoDifferences(original: ScopedFile, update: ScopedFile): ProtoDifference[] {
  const packages = [original.file.package, update.file.package];
  return [
    ...(packages[0] === packages[1] ? [] : [{ type: "PACKAGE_CHANGED", path: "#/" }]),
    ...compareTypes(
      { types: original.file.types, within: original.file.package ?? "", scope: original.scope },
      { types: update.file.types, within: update.file.package ?? "", scope: update.scope },
      "#",
    ),
  ];
}

interface Types {
  readonly types: readonly ProtoType[];
  /** Full name of the package or message around them. */
  readonly within: string;
  readonly scope: ProtoScope;
}

interface Message {
  readonly message: ProtoMessage;
  readonly within: string;
  readonly scope: ProtoScope;
}

function compareTypes(original: Types, update: Types, path: string): ProtoDifference[] {
  return messagesOf(original).flatMap((before) => {
    const at = `${path}/${before.message.name}`;
    const after = messagesOf(update).find(({ message }) => message.name === before.message.name);
    return after === undefined ? [{ type: "MESSAGE_REMOVED", path: at }] : compareMessages(before, after, at);
  });
}

function messagesOf({ types, within, scope }: Types): Message[] {
  return types
    .filter((type) => type.kind === "message")
    .map((message) => ({ message, scope, within: within === "" ? message.name : `${within}.${message.name}` }));
}

function compareMessages(before: Message, after: Message, path: string): ProtoDifference[] {
  return [
    ...compareOneOfs(before.message, after.message, path),
    ...compareFields(before, after, path),
    ...compareTypes({ ...before, types: before.message.types }, { ...after, types: after.message.types }, path),
  ];
}

/** Fields that were independent of each other must not exclude each other afterwards. */
function compareOneOfs(before: ProtoMessage, after: ProtoMessage, path: string): ProtoDifference[] {
  return after.oneOfs.flatMap((oneOf) => {
    const origins = oneOf.fields.map((field) => originOf(before, field.tag)).filter((origin) => origin !== undefined);
    if (new Set(origins).size <= 1) return [];
    const independent = origins.filter((origin) => origin.startsWith("field:")).length;
    const type = independent > 1 ? "MULTIPLE_FIELDS_MOVED_TO_ONEOF" : "FIELD_MOVED_TO_EXISTING_ONEOF";
    return [{ type, path: `${path}/${oneOf.name}` }];
  });
}

function originOf(message: ProtoMessage, tag: number): string | undefined {
  const oneOf = message.oneOfs.find(({ fields }) => fields.some((field) => field.tag === tag));
  if (oneOf !== undefined) return `oneof:${oneOf.name}`;
  return message.fields.some((field) => field.tag === tag) ? `field:${tag}` : undefined;
}

function compareFields(before: Message, after: Message, path: string): ProtoDifference[] {
  const [had, has] = [byTag(before.message), byTag(after.message)];
  const tags = [...new Set([...had.keys(), ...has.keys()])].sort((a, b) => a - b);
  return tags.flatMap((tag) => {
    const [was, is] = [had.get(tag), has.get(tag)];
    const at = `${path}/${tag}`;
    if (was === undefined) return is?.label === "required" ? [{ type: "REQUIRED_FIELD_ADDED", path: at }] : [];
    if (is === undefined) return fieldRemoved(before.message, after.message, was, path);
    const type = fieldChange(was, before, is, after);
    const oneOf = after.message.oneOfs.find(({ fields }) => fields.includes(is));
    return type === undefined ? [] : [{ type, path: oneOf === undefined ? at : `${path}/${oneOf.name}/${tag}` }];
  });
}

function byTag(message: ProtoMessage): Map<number, ProtoField> {
  return new Map(allFields(message).map((field) => [field.tag, field]));
}

/** A member of a oneof may only go together with all the others. */
function fieldRemoved(before: ProtoMessage, after: ProtoMessage, was: ProtoField, path: string): ProtoDifference[] {
  const oneOf = before.oneOfs.find(({ fields }) => fields.includes(was));
  if (oneOf === undefined)
    return was.label === "required" ? [{ type: "REQUIRED_FIELD_REMOVED", path: `${path}/${was.tag}` }] : [];
  const left = byTag(after);
  const survives =
    after.oneOfs.some(({ name }) => name === oneOf.name) || oneOf.fields.some(({ tag }) => left.has(tag));
  return survives ? [{ type: "ONEOF_FIELD_REMOVED", path: `${path}/${oneOf.name}/${was.tag}` }] : [];
}

function fieldChange(was: ProtoField, before: Message, is: ProtoField, after: Message): string | undefined {
  const [wasMap, isMap] = [mapTypes(was.type), mapTypes(is.type)];
  if (wasMap !== undefined && isMap !== undefined) {
    return typeChange(wasMap.key, before, isMap.key, after) ?? typeChange(wasMap.value, before, isMap.value, after);
  }
  if ((wasMap === undefined) !== (isMap === undefined)) return "FIELD_KIND_CHANGED";
  const change = typeChange(was.type, before, is.type, after);
  const relabelled = was.label !== undefined && is.label !== undefined && was.label !== is.label;
  const numeric = relabelled && scalarKind(is.type, after) !== undefined && scalarKind(is.type, after) !== "text";
  return change ?? (numeric ? "FIELD_NUMERIC_LABEL_CHANGED" : undefined);
}

function typeChange(was: string, before: Message, is: string, after: Message): string | undefined {
  const [wasKind, isKind] = [scalarKind(was, before), scalarKind(is, after)];
  if (wasKind !== undefined && isKind !== undefined)
    return wasKind === isKind ? undefined : "FIELD_SCALAR_KIND_CHANGED";
  if (wasKind !== undefined || isKind !== undefined) return "FIELD_KIND_CHANGED";
  const [wasName, isName] = [localName(was, before), localName(is, after)];
  return wasName === isName ? undefined : "FIELD_NAMED_TYPE_CHANGED";
}

function localName(type: string, { scope, within }: Message): string {
  return scope.resolve(type, within)?.local ?? type;
}

const KINDS: Readonly<Record<string, string>> = {
  sint32: "signed",
  sint64: "signed",
  string: "text",
  bytes: "text",
  fixed32: "fixed32",
  sfixed32: "fixed32",
  fixed64: "fixed64",
  sfixed64: "fixed64",
  float: "float",
  double: "double",
};

/** Scalars of one kind are the same on the wire; an enum is a number. undefined for messages. */
function scalarKind(type: string, { scope, within }: Message): string | undefined {
  if (isScalar(type)) return KINDS[type] ?? "number";
  return scope.resolve(type, within)?.kind === "enum" ? "number" : undefined;
}

/** As the registry words it. */
export function describeProto({ type, path }: ProtoDifference, reader: string, writer: string): string {
  const texts: Readonly<Record<string, string>> = {
    PACKAGE_CHANGED: `The package at '${path}' in the ${reader} schema does not match the package in the ${writer} schema`,
    MESSAGE_REMOVED: `The ${reader} schema is missing a MESSAGE type at path '${path}' in the ${writer} schema`,
    FIELD_KIND_CHANGED: `The type of a field at path '${path}' in the ${reader} schema does not match the ${writer} schema`,
    FIELD_SCALAR_KIND_CHANGED: `The kind of a SCALAR field at path '${path}' in the ${reader} schema does not match its kind in the ${writer} schema`,
    FIELD_NAMED_TYPE_CHANGED: `The type of a MESSAGE field at path '${path}' in the ${reader} schema does not match its type in the ${writer} schema`,
    FIELD_NUMERIC_LABEL_CHANGED: `The label for a NUMERIC field at path '${path}' in the ${reader} schema does not match its label in the ${writer} schema`,
    REQUIRED_FIELD_ADDED: `A required field  at path '${path}' in the ${reader} schema is missing in the ${writer} schema`,
    REQUIRED_FIELD_REMOVED: `The ${reader} schema is missing a required field at path: '${path}' in the ${writer} schema`,
    ONEOF_FIELD_REMOVED: `The ${reader} schema is missing a oneof field at path '${path}' in the ${writer} schema`,
    MULTIPLE_FIELDS_MOVED_TO_ONEOF: `Multiple fields in the oneof at path '${path}' in the ${reader} schema are outside a oneof in the ${writer} schema`,
    FIELD_MOVED_TO_EXISTING_ONEOF: `A field in the oneof at path '${path}' in the ${reader} schema is outside an existing oneof in the ${writer} schema`,
  };
  return `{errorType:"${type}", description:"${texts[type] ?? ""}"}`;
}
