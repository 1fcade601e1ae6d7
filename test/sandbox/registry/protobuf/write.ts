import type {
  OptionValue,
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOneOf,
  ProtoOption,
  ProtoService,
  ProtoType,
} from "./model.ts";

/** A file in the registry's own layout (schema-registry `protobuf/ProtobufSchemaUtils#toString`): messages, then enums. */
export function writeProto(file: ProtoFile): string {
  return [
    file.syntax === undefined ? "" : `syntax = "${file.syntax}";\n`,
    file.package === undefined ? "" : `package ${file.package};\n`,
    group([
      ...file.imports.map((path) => `import "${path}";\n`),
      ...file.publicImports.map((path) => `import public "${path}";\n`),
    ]),
    group(file.options.map(writeOptionStatement)),
    group(writeTypes(file.types)),
    group(file.extends.map(writeExtend)),
    group(file.services.map(writeService)),
  ].join("");
}

/** Parts of one kind, set off by an empty line. */
function group(parts: readonly string[]): string {
  return parts.length === 0 ? "" : `\n${parts.join("")}`;
}

function indent(text: string): string {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("");
}

function block(head: string, ...groups: readonly (readonly string[])[]): string {
  return `${head} {${groups.map((parts) => group(parts.map(indent))).join("")}}\n`;
}

function writeTypes(types: readonly ProtoType[]): string[] {
  return [
    ...types.filter((type) => type.kind === "message").map(writeMessage),
    ...types.filter((type) => type.kind === "enum").map(writeEnum),
  ];
}

function writeMessage(message: ProtoMessage): string {
  return block(
    `message ${message.name}`,
    message.reserved.map((ranges) => `reserved ${ranges.join(", ")};\n`),
    message.options.map(writeOptionStatement),
    message.fields.map(writeField),
    message.oneOfs.map(writeOneOf),
    message.extensions.map((ranges) => `extensions ${ranges.join(", ")};\n`),
    message.extends.map(writeExtend),
    writeTypes(message.types),
  );
}

function writeEnum(type: ProtoEnum): string {
  // Unlike a message's, an enum's parts are not set off from each other.
  return block(`enum ${type.name}`, [
    ...type.reserved.map((ranges) => `reserved ${ranges.join(", ")};\n`),
    ...type.options.map(writeOptionStatement),
    ...type.constants.map((constant) => `${constant.name} = ${constant.tag}${writeInlineOptions(constant.options)};\n`),
  ]);
}

function writeOneOf(oneOf: ProtoOneOf): string {
  return block(`oneof ${oneOf.name}`, oneOf.options.map(writeOptionStatement), oneOf.fields.map(writeField));
}

function writeExtend(extended: ProtoExtend): string {
  return block(`extend ${extended.name}`, extended.fields.map(writeField));
}

function writeService(service: ProtoService): string {
  const rpcs = service.rpcs.map(({ name, request, response, options }) => {
    const inner =
      options.length === 0 ? "" : ` {\n${options.map((option) => indent(writeOptionStatement(option))).join("")}}`;
    return `rpc ${name} (${request}) returns (${response})${inner};\n`;
  });
  return block(`service ${service.name}`, service.options.map(writeOptionStatement), rpcs);
}

/** `default` and `json_name` go last. */
function writeField({ label, type, name, tag, options }: ProtoField): string {
  const special = (option: ProtoOption) => ["", "default", "json_name"].indexOf(option.name);
  const ordered = [...options].sort((a, b) => Math.max(special(a), 0) - Math.max(special(b), 0));
  return `${label === undefined ? "" : `${label} `}${type} ${name} = ${tag}${writeInlineOptions(ordered)};\n`;
}

function writeOptionStatement(option: ProtoOption): string {
  return `option ${writeOption(option)};\n`;
}

function writeInlineOptions(options: readonly ProtoOption[]): string {
  if (options.length === 0) return "";
  const written = options.map(writeOption);
  if (written.length === 1) return ` [${written[0]}]`;
  return ` [\n${written.map((text, at) => indent(at < written.length - 1 ? `${text},` : text)).join("")}]`;
}

function writeOption({ name, value }: ProtoOption): string {
  return `${name} = ${writeValue(value)}`;
}

function writeValue(value: OptionValue): string {
  switch (value.kind) {
    case "string":
      return `"${escapeText(value.text)}"`;
    case "word":
      return value.text;
    case "map":
      return `{\n${lines(value.members.map(([key, member]) => `${key}: ${writeValue(member)}`))}}`;
    case "list":
      return `[\n${lines(value.items.map(writeValue))}]`;
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text, at) => indent(at < texts.length - 1 ? `${text},` : text)).join("");
}

const ESCAPED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
};

function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
  return text.replace(/[\u0007\b\f\n\r\t\v\\'"]/g, (character) => ESCAPED[character] ?? character);
}
