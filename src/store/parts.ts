/** Most bytes of one blob. Durable Objects refuse rows past 2 MB. */
const PART_BYTES = 900_000;

async function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Text as gzip, cut into blobs that fit a row. */
export async function packText(text: string): Promise<Uint8Array[]> {
  const packed = await pipe(new Uint8Array(new TextEncoder().encode(text)), new CompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < packed.length; at += PART_BYTES) parts.push(packed.slice(at, at + PART_BYTES));
  return parts;
}

/** Undefined when there are no parts. */
export async function unpackText(parts: readonly Uint8Array[]): Promise<string | undefined> {
  if (parts.length === 0) return undefined;
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return new TextDecoder().decode(await pipe(packed, new DecompressionStream("gzip")));
}
