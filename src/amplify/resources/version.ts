import { utf8 } from "../encoding.ts";

const MOST_OF_VERSION = 30;

/** A version as `definition.version` takes it: one of more than 30 characters becomes its hash (agent-sdk pkg/util/util.go). */
export function definitionVersion(version: string): string {
  return version.length > MOST_OF_VERSION ? jsonHash(version) : version;
}

/** FNV-1a 64 of a text as a JSON string, in decimal, as the SDK's `ComputeHash` gives it: Go escapes more than JSON must. */
function jsonHash(text: string): string {
  const json = JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  let hash = 0xcbf29ce484222325n;
  for (const byte of utf8(json)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString();
}
