/** Random numbers that depend on nothing but what they are asked for, so that no order of calls changes them. */

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Uniform in [0, 1), by a hash and a number, such as a minute (MurmurHash3's finaliser, Austin Appleby, public domain). */
export function noise(hash: number, number: number): number {
  let mixed = Math.imul(hash ^ number, 0x9e3779b1) ^ hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
