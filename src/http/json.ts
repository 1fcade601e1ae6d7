import { MalformedJson } from "./json-value.ts";

/** As `JSON.parse`, with an error that does not quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedJson("it is not JSON");
  }
}

/** As `parseJson`, but whole numbers beyond 2^53 become bigint, so that 64-bit offsets keep every digit. Reads the source text of a number (ECMAScript "JSON.parse source text access"), which Node, Deno and workerd have. */
export function bigintJson(text: string): unknown {
  try {
    return JSON.parse(text, exact);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw thrown;
    throw new MalformedJson("it is not JSON");
  }
}

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  if (source === undefined) throw new RangeError("this runtime cannot read large numbers without loss");
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Raw numbers (ECMAScript "JSON.parse source text access"), which TypeScript's library lacks. */
interface JsonWithRaw {
  rawJSON(text: string): object;
}

/** As `JSON.stringify`, with a bigint as a number of all its digits. */
export function exactJson(value: object): string {
  const { rawJSON } = JSON as unknown as JsonWithRaw;
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? rawJSON(each.toString()) : each));
}
