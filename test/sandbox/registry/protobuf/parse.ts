import type {
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOneOf,
  ProtoOption,
  ProtoRanges,
  ProtoRpc,
  ProtoService,
  ProtoType,
} from "./model.ts";
import { readInlineOptions, readOptionStatement } from "./options.ts";
import { Tokens } from "./tokens.ts";

/** A file while it is being read. */
type Draft = { -readonly [Member in keyof ProtoFile]: ProtoFile[Member] } & {
  readonly imports: string[];
  readonly publicImports: string[];
  readonly options: ProtoOption[];
  readonly types: ProtoType[];
  readonly extends: ProtoExtend[];
  readonly services: ProtoService[];
};

/** Parses a .proto file (Protocol Buffers language specification, proto2 and proto3). Throws `ProtoError`. */
export function parseProto(text: string): ProtoFile {
  const tokens = new Tokens(text);
  const file: Draft = {
    syntax: undefined,
    package: undefined,
    imports: [],
    publicImports: [],
    options: [],
    types: [],
    extends: [],
    services: [],
  };
  while (!tokens.atEnd) {
    if (!tokens.take(";")) readDeclaration(tokens, file);
  }
  return file;
}

function readDeclaration(tokens: Tokens, file: Draft): void {
  const word = tokens.word();
  switch (word) {
    case "syntax":
      file.syntax = readSyntax(tokens);
      return;
    case "package":
      file.package = readStatement(tokens, () => tokens.word());
      return;
    case "import":
      readImport(tokens, file.imports, file.publicImports);
      return;
    case "option":
      return void file.options.push(readOptionStatement(tokens));
    case "message":
      return void file.types.push(readMessage(tokens));
    case "enum":
      return void file.types.push(readEnum(tokens));
    case "extend":
      return void file.extends.push(readExtend(tokens));
    case "service":
      return void file.services.push(readService(tokens));
    default:
      tokens.fail(`unexpected label: ${word}`);
  }
}

function readStatement<Value>(tokens: Tokens, read: () => Value): Value {
  const value = read();
  tokens.require(";");
  return value;
}

function readSyntax(tokens: Tokens): string {
  tokens.require("=");
  const syntax = readStatement(tokens, () => tokens.string());
  if (syntax !== "proto2" && syntax !== "proto3") tokens.fail(`unexpected syntax: ${syntax}`);
  return syntax;
}

function readImport(tokens: Tokens, imports: string[], publicImports: string[]): void {
  if (tokens.isString()) return void imports.push(readStatement(tokens, () => tokens.string()));
  const modifier = tokens.word();
  const path = readStatement(tokens, () => tokens.string());
  (modifier === "public" ? publicImports : imports).push(path);
}

function readMessage(tokens: Tokens): ProtoMessage {
  const message: ProtoMessage = {
    kind: "message",
    name: tokens.word(),
    reserved: [],
    options: [],
    fields: [],
    oneOfs: [],
    extensions: [],
    extends: [],
    types: [],
  };
  tokens.require("{");
  while (!tokens.take("}")) {
    if (!tokens.take(";")) readMember(tokens, message);
  }
  return message;
}

function readMember(tokens: Tokens, message: ProtoMessage): void {
  const word = tokens.word();
  switch (word) {
    case "message":
      return void message.types.push(readMessage(tokens));
    case "enum":
      return void message.types.push(readEnum(tokens));
    case "oneof":
      return void message.oneOfs.push(readOneOf(tokens));
    case "option":
      return void message.options.push(readOptionStatement(tokens));
    case "reserved":
      return void message.reserved.push(readRanges(tokens));
    case "extensions":
      return void message.extensions.push(readRanges(tokens));
    case "extend":
      return void message.extends.push(readExtend(tokens));
    default:
      message.fields.push(readField(tokens, word));
  }
}

/** `word` is the label or, without one, the type. */
function readField(tokens: Tokens, word: string): ProtoField {
  const label = word === "optional" || word === "required" || word === "repeated" ? word : undefined;
  const first = label === undefined ? word : tokens.word();
  const type = first === "map" && tokens.take("<") ? readMapType(tokens) : first;
  const name = tokens.word();
  tokens.require("=");
  const tag = tokens.tag();
  const options = readInlineOptions(tokens);
  tokens.require(";");
  return { label, type, name, tag, options };
}

function readMapType(tokens: Tokens): string {
  const key = tokens.word();
  tokens.require(",");
  const value = tokens.word();
  tokens.require(">");
  return `map<${key}, ${value}>`;
}

function readOneOf(tokens: Tokens): ProtoOneOf {
  const oneOf: ProtoOneOf = { name: tokens.word(), options: [], fields: [] };
  tokens.require("{");
  while (!tokens.take("}")) {
    const word = tokens.word();
    if (word === "option") oneOf.options.push(readOptionStatement(tokens));
    else oneOf.fields.push(readField(tokens, word));
  }
  return oneOf;
}

function readEnum(tokens: Tokens): ProtoEnum {
  const type: ProtoEnum = { kind: "enum", name: tokens.word(), reserved: [], options: [], constants: [] };
  tokens.require("{");
  while (!tokens.take("}")) {
    if (tokens.take(";")) continue;
    const word = tokens.word();
    if (word === "option") type.options.push(readOptionStatement(tokens));
    else if (word === "reserved") type.reserved.push(readRanges(tokens));
    else {
      tokens.require("=");
      const tag = tokens.tag();
      const options = readInlineOptions(tokens);
      tokens.require(";");
      type.constants.push({ name: word, tag, options });
    }
  }
  return type;
}

function readRanges(tokens: Tokens): ProtoRanges {
  const ranges: string[] = [];
  do {
    if (tokens.isString()) ranges.push(`"${tokens.string()}"`);
    else {
      const start = tokens.word();
      if (tokens.peek() !== "t") ranges.push(start);
      else if (tokens.word() === "to") ranges.push(`${start} to ${tokens.word()}`);
      else tokens.fail("expected ',' or ';'");
    }
  } while (tokens.take(","));
  readInlineOptions(tokens);
  tokens.require(";");
  return ranges;
}

function readExtend(tokens: Tokens): ProtoExtend {
  const extended: ProtoExtend = { name: tokens.word(), fields: [] };
  tokens.require("{");
  while (!tokens.take("}")) extended.fields.push(readField(tokens, tokens.word()));
  return extended;
}

function readService(tokens: Tokens): ProtoService {
  const service: ProtoService = { name: tokens.word(), options: [], rpcs: [] };
  tokens.require("{");
  while (!tokens.take("}")) {
    if (tokens.take(";")) continue;
    const word = tokens.word();
    if (word === "option") service.options.push(readOptionStatement(tokens));
    else if (word === "rpc") service.rpcs.push(readRpc(tokens));
    else tokens.fail(`unexpected label: ${word}`);
  }
  return service;
}

function readRpc(tokens: Tokens): ProtoRpc {
  const name = tokens.word();
  const request = readRpcType(tokens);
  if (tokens.word() !== "returns") tokens.fail("expected 'returns'");
  const response = readRpcType(tokens);
  const options: ProtoOption[] = [];
  if (tokens.take("{")) {
    while (!tokens.take("}")) {
      if (tokens.take(";")) continue;
      if (tokens.word() !== "option") tokens.fail("expected 'option'");
      options.push(readOptionStatement(tokens));
    }
  } else tokens.require(";");
  return { name, request, response, options };
}

function readRpcType(tokens: Tokens): string {
  tokens.require("(");
  const word = tokens.word();
  const type = word === "stream" ? `stream ${tokens.word()}` : word;
  tokens.require(")");
  return type;
}
