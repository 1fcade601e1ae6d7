import { type CharTest, isWord } from "./re2-class.ts";
import type { Assertion, Re2Node } from "./re2-syntax.ts";

/** One state of the automaton; `next` and `other` are indexes of states. */
type State =
  | { readonly kind: "char"; readonly test: CharTest; next: number }
  | { readonly kind: "assert"; readonly at: Assertion; next: number }
  | { readonly kind: "fork"; next: number; other: number }
  | { readonly kind: "match" };

export type Program = { readonly states: readonly State[]; readonly start: number };

/** Builds a Thompson automaton. Undefined when it would have more than `most` states. */
export function buildProgram(root: Re2Node, most: number): Program | undefined {
  const states: State[] = [{ kind: "match" }];
  let tooLarge = false;

  const add = (state: State): number => {
    if (states.length >= most) tooLarge = true;
    else states.push(state);
    return states.length - 1;
  };

  /** Adds what matches `node` and then goes on at `next`; returns where to enter it. */
  const emit = (node: Re2Node, next: number): number => {
    if (tooLarge) return next;
    switch (node.kind) {
      case "char":
        return add({ kind: "char", test: node.test, next });
      case "assert":
        return add({ kind: "assert", at: node.at, next });
      case "sequence":
        return node.of.reduceRight((after, item) => emit(item, after), next);
      case "choice":
        return (
          node.of.reduceRight<number | undefined>((other, option) => {
            const entry = emit(option, next);
            return other === undefined ? entry : add({ kind: "fork", next: entry, other });
          }, undefined) ?? next
        );
      case "repeat":
        return emitRepeat(node, next);
    }
  };

  const emitRepeat = (node: Re2Node & { kind: "repeat" }, next: number): number => {
    let entry = next;
    if (node.max === undefined) {
      const fork = { kind: "fork" as const, next, other: next };
      entry = add(fork);
      fork.next = emit(node.of, entry);
    } else {
      for (let n = node.min; n < node.max && !tooLarge; n += 1)
        entry = add({ kind: "fork", next: emit(node.of, entry), other: next });
    }
    for (let n = 0; n < node.min && !tooLarge; n += 1) entry = emit(node.of, entry);
    return entry;
  };

  const start = emit(root, 0);
  return tooLarge ? undefined : { states, start };
}

/**
 * True when the expression matches anywhere in `input`. Takes at most (states × code points) steps, whatever the
 * expression: all states that the input may have led to are followed at once, nothing is tried and taken back.
 */
export function runProgram(program: Program, input: string): boolean {
  const codes = Array.from(input, (c) => c.codePointAt(0) ?? 0);
  const marks = new Int32Array(program.states.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= codes.length; at += 1) {
    // A match may begin here: the start is joined to the states that earlier characters led to.
    const reached = closure(program, [...current, program.start], codes, at, marks);
    if (reached === "match") return true;
    const code = codes[at];
    if (code === undefined) return false;
    current = reached.flatMap((state) => (state.test(code) ? [state.next] : []));
  }
  return false;
}

/** The character states that can be reached from `from` without reading one; "match" when the end can. */
function closure(
  program: Program,
  from: number[],
  codes: readonly number[],
  at: number,
  marks: Int32Array,
): (State & { kind: "char" })[] | "match" {
  const reached: (State & { kind: "char" })[] = [];
  const open = from;
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const state = program.states[index];
    if (!state || marks[index] === at) continue;
    marks[index] = at;
    if (state.kind === "match") return "match";
    if (state.kind === "char") reached.push(state);
    else if (state.kind === "fork") open.push(state.other, state.next);
    else if (holds(state.at, codes, at)) open.push(state.next);
  }
  return reached;
}

function holds(assertion: Assertion, codes: readonly number[], at: number): boolean {
  switch (assertion) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === codes.length;
    case "line-start":
      return at === 0 || codes[at - 1] === 0x0a;
    case "line-end":
      return at === codes.length || codes[at] === 0x0a;
    default:
      return (isWord(codes[at - 1]) !== isWord(codes[at])) === (assertion === "word");
  }
}
