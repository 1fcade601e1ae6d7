import { describe, expect, it } from "vitest";
import { compileRe2 } from "../../../src/discovery/filter/re2.ts";

function matches(source: string, input: string): boolean {
  const compiled = compileRe2(source);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.test(input);
}

function refusal(source: string): string {
  const compiled = compileRe2(source);
  return compiled.ok ? "accepted" : compiled.message;
}

describe("a regular expression of RE2", () => {
  // reason, expression, input, result as Go 1.24 gives it
  it.each([
    ["is searched anywhere in the input", "lu", "plus", true],
    ["matches the empty input when it is empty", "", "", true],
    ["takes ^ and $ for the ends of the text", "^orders$", "orders", true],
    ["does not take $ for the place before a last line feed", "orders$", "orders\n", false],
    ["takes $ for the end of a line after (?m)", "(?m)orders$", "orders\nx", true],
    ["takes ^ for the start of a line after (?m)", "(?m)^b", "a\nb", true],
    ["knows \\A and \\z", "\\Aorders\\z", "orders", true],
    ["does not let . match a line feed", "a.b", "a\nb", false],
    ["lets . match a line feed after (?s)", "(?s)a.b", "a\nb", true],
    ["lets a negated class match a line feed", "a[^x]b", "a\nb", true],
    ["ignores case after (?i)", "(?i)orders", "ORDERS", true],
    ["ignores case as Unicode folds it, long s included", "(?i)s", "ſ", true],
    ["ends flags with their group", "(?i:a)b", "AB", false],
    ["keeps flags to the end of the group when set alone", "x(?i)ab", "xAB", true],
    ["turns flags off again", "(?i)a(?-i)b", "AB", false],
    ["takes \\Q…\\E literally", "\\Qa.b\\E", "axb", false],
    ["takes \\Q without \\E literally to the end", "\\Qa.(b", "a.(b", true],
    ["names groups with (?P<n>…)", "(?P<team>pay)-x", "pay-x", true],
    ["names groups with (?<n>…)", "(?<team>pay)-x", "pay-x", true],
    ["knows POSIX classes inside brackets", "^[[:alpha:]]+$", "orders", true],
    ["knows negated POSIX classes", "[[:^alpha:]]", "orders", false],
    ["knows \\pN", "\\pN", "v1", true],
    ["knows scripts by name", "^\\p{Greek}+$", "αβγ", true],
    ["keeps \\d to ASCII", "\\d", "٣", false],
    ["keeps the vertical tab out of \\s", "\\s", "\v", false],
    ["keeps \\w to ASCII", "\\w", "é", false],
    ["knows \\x{…} and octal escapes", "\\x{61}\\142", "ab", true],
    ["takes the first ] of a class literally", "[]a]", "]", true],
    ["takes a brace that counts nothing literally", "a{,2}", "a{,2}", true],
    ["counts repetitions", "^(ab){2,3}$", "abababab", false],
    ["accepts non-greedy repetition", "^a+?b$", "aaab", true],
    ["takes one code point beyond the basic plane for one character", "^.$", "😀", true],
    ["knows word boundaries", "\\bdlq\\b", "orders-dlq", true],
  ])("%s", (_reason, source, input, expected) => {
    expect(matches(source, input)).toBe(expected);
  });

  it.each([
    ["(?=x)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`, a lookahead, which RE2 does not have"],
    ["a(?!x)", "error parsing regexp: invalid or unsupported Perl syntax: `(?!`, a lookahead, which RE2 does not have"],
    [
      "(?<=x)a",
      "error parsing regexp: invalid or unsupported Perl syntax: `(?<=`, a lookbehind, which RE2 does not have",
    ],
    [
      "(?>x)",
      "error parsing regexp: invalid or unsupported Perl syntax: `(?>`, an atomic group, which RE2 does not have",
    ],
    ["(a)\\1", "error parsing regexp: invalid escape sequence: `\\1`, a backreference, which RE2 does not have"],
    [
      "(?P=n)",
      "error parsing regexp: invalid or unsupported Perl syntax: `(?P`, a backreference, which RE2 does not have",
    ],
    ["a++", "error parsing regexp: invalid nested repetition operator: `++`, RE2 has no possessive repetition"],
    ["(?x)a", "error parsing regexp: invalid or unsupported Perl syntax: `(?x`"],
    ["\\Z", "error parsing regexp: invalid escape sequence: `\\Z`"],
    ["\\C", "error parsing regexp: invalid escape sequence: `\\C`"],
    [".*[", "error parsing regexp: missing closing ]: `[`"],
    ["(a", "error parsing regexp: missing closing ): `(a`"],
    ["a)", "error parsing regexp: unexpected ): `a)`"],
    ["*a", "error parsing regexp: missing argument to repetition operator: `*`"],
    ["[z-a]", "error parsing regexp: invalid character class range: `z-a`"],
    ["[[:word1:]]", "error parsing regexp: invalid character class range: `[:word1:]`"],
    ["\\p{Klingon}", "error parsing regexp: invalid character class range: `\\p{Klingon}`"],
    ["a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"],
    ["(a{100}){100}", "error parsing regexp: invalid repeat count: `{100}`"],
    ["a\\", "error parsing regexp: trailing backslash at end of expression: ``"],
    ["(?P<n>a)(?P<n>b)", "error parsing regexp: duplicate capture group name: `n`"],
  ])("is refused by name: %s", (source, message) => {
    expect(refusal(source)).toBe(message);
  });

  it("is refused when it is too large for linear time to be short", () => {
    expect(refusal("[a-z]{1000}".repeat(6))).toContain("expression too large");
    expect(refusal("(".repeat(300))).toContain("nests too deeply");
  });

  it.each(["(a+)+$", "(a*)*b", "(a|a)*b", "(.*.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a{1,30}){1,30}b"])(
    "takes time linear in the name where a backtracking engine would not end: %s",
    (source) => {
      const started = performance.now();
      expect(matches(source, `${"a".repeat(248)}!`)).toBe(false);
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );
});
