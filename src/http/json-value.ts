/** Text that is not the JSON that was expected. The message says where it broke off, never what it held. */
export class MalformedJson extends Error {
  override readonly name = "MalformedJson";
}

/** A value that is larger than what may be held at once. */
export class OversizedJson extends Error {
  override readonly name = "OversizedJson";
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`a value of more than ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Ends a number, `true`, `false` or `null`. */
const DELIMITERS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5d, 0x7d]);

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** `{`, `[`, `"`, `-`, a digit, or the first letter of true, false, null. */
export function startsValue(byte: number): boolean {
  return (
    isOpening(byte) ||
    byte === QUOTE ||
    byte === 0x2d ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x74 ||
    byte === 0x66 ||
    byte === 0x6e
  );
}

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}

/**
 * Finds the end of one JSON value in pieces of UTF-8. It looks at bytes: no byte of a character beyond ASCII equals a
 * quote, a backslash or a bracket. It only finds the end; whether the value is well-formed is told by parsing `text()`.
 */
export class ValueScanner {
  readonly #limit: number;
  readonly #isScalar: boolean;
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(first: number, limitBytes: number) {
    this.#limit = limitBytes;
    this.#isScalar = first !== QUOTE && !isOpening(first);
  }

  /** Takes bytes from `from` on. Returns the position behind the value, or -1 when it goes on in the next piece. */
  take(piece: Uint8Array, from: number): number {
    const end = this.#isScalar ? endOfScalar(piece, from) : this.#endOfNested(piece, from);
    const part = piece.subarray(from, end === -1 ? piece.length : end);
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes > this.#limit) throw new OversizedJson(this.#limit);
    return end;
  }

  text(): string {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      let text = "";
      for (const part of this.#parts) text += decoder.decode(part, { stream: true });
      return text + decoder.decode();
    } catch {
      throw new MalformedJson("bytes that are not UTF-8");
    }
  }

  #endOfNested(piece: Uint8Array, from: number): number {
    let i = from;
    while (i < piece.length) {
      if (this.#inString) {
        i = this.#endOfString(piece, i);
        if (this.#inString) return -1;
      } else {
        this.#step(piece[i] ?? 0);
        i++;
      }
      if (this.#depth === 0 && !this.#inString) return i;
    }
    return -1;
  }

  #step(byte: number): void {
    if (byte === QUOTE) this.#inString = true;
    else if (isOpening(byte)) this.#depth++;
    else if (isClosing(byte)) this.#depth--;
  }

  /** Position behind the quote that closes the string; the end of the piece when that is yet to come. */
  #endOfString(piece: Uint8Array, from: number): number {
    for (let i = from; i < piece.length; i++) {
      const byte = piece[i];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return i + 1;
      }
    }
    return piece.length;
  }
}

function endOfScalar(piece: Uint8Array, from: number): number {
  for (let i = from; i < piece.length; i++) {
    if (DELIMITERS.has(piece[i] ?? 0)) return i;
  }
  return -1;
}
