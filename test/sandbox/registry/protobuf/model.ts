/** A parsed .proto file, as far as the registry keeps it: comments are dropped. */

export type OptionValue =
  | { readonly kind: "string"; readonly text: string }
  /** A number, a boolean or the name of an enum's value, as written. */
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "map"; readonly members: readonly (readonly [key: string, value: OptionValue])[] }
  | { readonly kind: "list"; readonly items: readonly OptionValue[] };

export interface ProtoOption {
  /** With its parentheses, e.g. `(confluent.field_meta).doc`. */
  readonly name: string;
  readonly value: OptionValue;
}

export interface ProtoField {
  readonly label: "optional" | "required" | "repeated" | undefined;
  /** As written; a map is `map<string, int32>`. */
  readonly type: string;
  readonly name: string;
  readonly tag: number;
  readonly options: readonly ProtoOption[];
}

export interface ProtoOneOf {
  readonly name: string;
  readonly options: ProtoOption[];
  readonly fields: ProtoField[];
}

/** `reserved` and `extensions`: each range or name as it is written out. */
export type ProtoRanges = readonly string[];

export interface ProtoMessage {
  readonly kind: "message";
  readonly name: string;
  readonly reserved: ProtoRanges[];
  readonly options: ProtoOption[];
  readonly fields: ProtoField[];
  readonly oneOfs: ProtoOneOf[];
  readonly extensions: ProtoRanges[];
  readonly extends: ProtoExtend[];
  readonly types: ProtoType[];
}

export interface ProtoEnum {
  readonly kind: "enum";
  readonly name: string;
  readonly reserved: ProtoRanges[];
  readonly options: ProtoOption[];
  readonly constants: { readonly name: string; readonly tag: number; readonly options: readonly ProtoOption[] }[];
}

export type ProtoType = ProtoMessage | ProtoEnum;

export interface ProtoExtend {
  readonly name: string;
  readonly fields: ProtoField[];
}

export interface ProtoRpc {
  readonly name: string;
  /** With `stream ` where it is one. */
  readonly request: string;
  readonly response: string;
  readonly options: readonly ProtoOption[];
}

export interface ProtoService {
  readonly name: string;
  readonly options: ProtoOption[];
  readonly rpcs: ProtoRpc[];
}

export interface ProtoFile {
  /** `proto2`, `proto3`; undefined when the file does not say. */
  readonly syntax: string | undefined;
  readonly package: string | undefined;
  readonly imports: readonly string[];
  readonly publicImports: readonly string[];
  readonly options: readonly ProtoOption[];
  readonly types: readonly ProtoType[];
  readonly extends: readonly ProtoExtend[];
  readonly services: readonly ProtoService[];
}

export class ProtoError extends Error {
  override readonly name = "ProtoError";
}
