import { buildProgram, runProgram } from "./re2-program.ts";
import { parseRe2, Re2SyntaxError } from "./re2-syntax.ts";

/** Enough for `[a-z]{1,249}` eight times over; at most this many steps are made for each character of a name. */
const MOST_STATES = 5_000;

export type Re2 =
  | { readonly ok: true; readonly test: (input: string) => boolean }
  /** `message` is Go's, e.g. "error parsing regexp: missing closing ]: `[`". */
  | { readonly ok: false; readonly message: string };

/**
 * Compiles a regular expression of RE2, the dialect of Go's `regexp` package in which Axway's agents read filters;
 * `test` says whether it matches anywhere in the input.
 *
 * It is run here and not handed to JavaScript's own engine, for two reasons. The dialects differ without saying so
 * (`(?i)`, `\z`, `\Q…\E`, `[[:alpha:]]`, `$`, `\s` and `\pN` mean something else there, lookaheads and backreferences
 * exist there and not here). And JavaScript tries and takes back, so that `(a+)+$` takes time exponential in the
 * length of a topic's name, while this automaton takes time proportional to it, as RE2 promises.
 */
export function compileRe2(source: string): Re2 {
  try {
    const program = buildProgram(parseRe2(source), MOST_STATES);
    if (!program)
      return { ok: false, message: `error parsing regexp: expression too large: \`${source.slice(0, 80)}\`` };
    return { ok: true, test: (input) => runProgram(program, input) };
  } catch (error) {
    if (error instanceof Re2SyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}
