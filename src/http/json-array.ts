import { UpstreamError } from "./errors.ts";
import { isSpace, MalformedJson, OversizedJson, startsValue, ValueScanner } from "./json-value.ts";
import { nameOf } from "./names.ts";
import type { Upstream } from "./outlet.ts";

const MAX_ELEMENT_BYTES = 16 * 1024 * 1024;
const MAX_MEMBER_BYTES = 1024 * 1024;

export interface SplitOptions {
  readonly upstream: Upstream;
  /** What is read, for messages: "the list of topics". */
  readonly what: string;
  /** Most bytes of one element; 16 MiB when not given. */
  readonly maxElementBytes?: number;
  /** Told the text of every other member of the object around `data`, as `metadata`, before or after the elements. */
  readonly onMember?: (name: string, text: string) => void;
}

/**
 * The elements of a JSON array, each as its own text, while the body is still arriving: the array is the whole body, or
 * the member `data` of the object that is. What is held is one element and one piece of the body, however long the body is.
 *
 * Throws `UpstreamError`: `malformed` when the body is not such an array or ends before the array (and the object around
 * it) does, so that a list that was cut off is never taken for a short one, though elements were handed over before;
 * `too-large` for an element beyond the limit. Leaving early cancels the body.
 */
export async function* splitArray(body: ReadableStream<Uint8Array>, options: SplitOptions): AsyncGenerator<string> {
  const splitter = new Splitter(options.maxElementBytes ?? MAX_ELEMENT_BYTES, options.onMember);
  const reader = body.getReader();
  let isRead = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* splitter.push(value);
    }
    isRead = true;
    splitter.finish();
  } catch (thrown) {
    throw explain(thrown, options);
  } finally {
    if (!isRead) reader.cancel().catch(() => undefined);
  }
}

function explain(thrown: unknown, { upstream, what }: SplitOptions): unknown {
  const name = nameOf(upstream);
  if (thrown instanceof OversizedJson) {
    const failure = { kind: "too-large", limitBytes: thrown.limitBytes } as const;
    return new UpstreamError(upstream, failure, `${name}: ${what} has ${thrown.message}.`);
  }
  if (!(thrown instanceof MalformedJson)) return thrown;
  return new UpstreamError(upstream, { kind: "malformed" }, `${name}: ${what} is not usable: ${thrown.message}.`);
}

/** What may come next. */
type State =
  | "start"
  | "first-key"
  | "key"
  | "colon"
  | "value"
  | "after-member"
  | "first-element"
  | "element"
  | "after-element"
  | "end";
type Role = "key" | "member" | "element";

/** Where a value may begin, and what it then is. */
const ROLES: Partial<Record<State, Role>> = {
  "first-key": "key",
  key: "key",
  value: "member",
  "first-element": "element",
  element: "element",
};

const QUOTE = 0x22;
/** What a mark leads to; a mark that is not listed is an error. `[` of the wanted array and the ends are treated apart. */
const MARKS: Partial<Record<State, Readonly<Record<string, State>>>> = {
  start: { "{": "first-key", "[": "first-element" },
  "first-key": { "}": "end" },
  colon: { ":": "value" },
  "after-member": { ",": "key", "}": "end" },
  "first-element": { "]": "end" },
  "after-element": { ",": "element", "]": "end" },
};

class Splitter {
  readonly #maxElementBytes: number;
  readonly #onMember: ((name: string, text: string) => void) | undefined;
  #state: State = "start";
  #isBare = false;
  #hasArray = false;
  #member = "";
  #value: { readonly role: Role; readonly scanner: ValueScanner } | undefined;

  constructor(maxElementBytes: number, onMember: ((name: string, text: string) => void) | undefined) {
    this.#maxElementBytes = maxElementBytes;
    this.#onMember = onMember;
  }

  /** The elements that end in this piece. */
  *push(piece: Uint8Array): Generator<string> {
    let i = 0;
    while (i < piece.length) {
      if (this.#value === undefined) {
        const byte = piece[i] ?? 0;
        if (this.#isSkipped(byte) || !this.#begins(byte)) i++;
        continue;
      }
      const { role, scanner } = this.#value;
      i = scanner.take(piece, i);
      if (i === -1) return;
      this.#value = undefined;
      const text = scanner.text();
      if (role === "element") yield text;
      this.#finishValue(role, text);
    }
  }

  finish(): void {
    // A bare number or word has no end of its own, but then it stands where the array should.
    if (this.#state !== "end") throw new MalformedJson("it was cut off before its end");
  }

  /** White space anywhere, and a byte order mark at the front. */
  #isSkipped(byte: number): boolean {
    return isSpace(byte) || (this.#state === "start" && (byte === 0xef || byte === 0xbb || byte === 0xbf));
  }

  /** True when a value begins at this byte, which then belongs to it; else the byte is a mark and is dealt with. */
  #begins(byte: number): boolean {
    if (this.#state === "value" && this.#member === "data" && byte === 0x5b) {
      if (this.#hasArray) throw new MalformedJson("it has two arrays");
      this.#hasArray = true;
      this.#state = "first-element";
      return false;
    }
    const role = ROLES[this.#state];
    if (role !== undefined && (role === "key" ? byte === QUOTE : startsValue(byte))) {
      const limit = role === "element" ? this.#maxElementBytes : MAX_MEMBER_BYTES;
      this.#value = { role, scanner: new ValueScanner(byte, limit) };
      return true;
    }
    this.#mark(String.fromCharCode(byte));
    return false;
  }

  #mark(mark: string): void {
    const next = MARKS[this.#state]?.[mark];
    if (next === undefined) throw new MalformedJson("it is not JSON, or not of the form expected");
    if (mark === "[") {
      this.#isBare = true;
      this.#hasArray = true;
    }
    if (mark === "}" && !this.#hasArray) throw new MalformedJson("it has no list");
    this.#state = mark === "]" && !this.#isBare ? "after-member" : next;
  }

  #finishValue(role: Role, text: string): void {
    if (role === "element") {
      this.#state = "after-element";
    } else if (role === "key") {
      this.#member = keyOf(text);
      this.#state = "colon";
    } else {
      if (this.#member === "data") throw new MalformedJson("it has no list");
      this.#onMember?.(this.#member, text);
      this.#state = "after-member";
    }
  }
}

function keyOf(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw new MalformedJson("it is not JSON");
  }
}
