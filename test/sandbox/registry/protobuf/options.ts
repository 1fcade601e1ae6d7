import type { OptionValue, ProtoOption } from "./model.ts";
import type { Tokens } from "./tokens.ts";

/** After the word `option`: name, value and the semicolon. */
export function readOptionStatement(tokens: Tokens): ProtoOption {
  const option = readOption(tokens);
  tokens.require(";");
  return option;
}

/** `[a = 1, (b).c = "x"]`, or nothing. */
export function readInlineOptions(tokens: Tokens): ProtoOption[] {
  const options: ProtoOption[] = [];
  if (!tokens.take("[")) return options;
  do options.push(readOption(tokens));
  while (tokens.take(","));
  tokens.require("]");
  return options;
}

function readOption(tokens: Tokens): ProtoOption {
  let name = "";
  while (!tokens.take("=")) {
    if (tokens.take("(")) {
      name += `(${tokens.word()})`;
      tokens.require(")");
    } else name += tokens.word();
  }
  return { name, value: readValue(tokens) };
}

function readValue(tokens: Tokens): OptionValue {
  if (tokens.isString()) return { kind: "string", text: tokens.string() };
  if (tokens.take("{")) return { kind: "map", members: readMembers(tokens, "}") };
  if (tokens.take("<")) return { kind: "map", members: readMembers(tokens, ">") };
  if (!tokens.take("[")) return { kind: "word", text: tokens.word() };
  const items: OptionValue[] = [];
  while (!tokens.take("]")) {
    items.push(readValue(tokens));
    tokens.take(",");
  }
  return { kind: "list", items };
}

function readMembers(tokens: Tokens, end: string): [string, OptionValue][] {
  const members: [string, OptionValue][] = [];
  while (!tokens.take(end)) {
    const key = readKey(tokens);
    tokens.take(":");
    members.push([key, readValue(tokens)]);
    if (!tokens.take(",")) tokens.take(";");
  }
  return members;
}

function readKey(tokens: Tokens): string {
  if (!tokens.take("[")) return tokens.word();
  const name = tokens.word();
  tokens.require("]");
  return `[${name}]`;
}
