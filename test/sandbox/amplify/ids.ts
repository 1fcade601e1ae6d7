/** Identifiers drawn from the sandbox's seeded random numbers. */

function hex(random: () => number, digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.floor(random() * 16).toString(16);
  return text;
}

/** `metadata.id`: 32 hexadecimal digits. */
export function resourceId(random: () => number): string {
  return hex(random, 32);
}

export function uuid(random: () => number): string {
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return [hex(random, 8), hex(random, 4), `4${hex(random, 3)}`, `${variant}${hex(random, 3)}`, hex(random, 12)].join(
    "-",
  );
}

export function shortHex(random: () => number): string {
  return hex(random, 6);
}
