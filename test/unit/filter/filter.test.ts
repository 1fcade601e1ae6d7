import { describe, expect, it } from "vitest";
import { parseFilter } from "../../../src/discovery/filter/filter.ts";

function filter(text: string) {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed;
}

describe("KAFKA_FILTER", () => {
  it.each(["", "  \n"])("admits every topic when it is empty", (text) => {
    expect(filter(text).matches("orders")).toEqual({ matched: true, rule: "no filter" });
  });

  it("sees the topic's name as key and as value", () => {
    expect(filter("tag.orders.Exists()").matches("orders").matched).toBe(true);
    expect(filter('tag.Any() == "orders"').matches("orders").matched).toBe(true);
    expect(filter('tag.MatchRegEx("^pay[.]")').matches("pay.v1").matched).toBe(true);
    expect(filter("tag.orders.Exists()").matches("orders2").matched).toBe(false);
  });

  it("sees further tags, over which the topic's own name wins", () => {
    const tagged = filter('tag.domain == "payments"');
    expect(tagged.matches("orders", { domain: "payments" }).matched).toBe(true);
    expect(tagged.matches("orders").matched).toBe(false);
    expect(tagged.matches("domain", { domain: "payments" }).matched).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "finds no topic that is called like a property: %s",
    (name) => {
      expect(filter(`tag.${name}.Exists()`).matches("orders").matched).toBe(false);
      expect(filter(`tag.${name}.Exists()`).matches(name).matched).toBe(true);
    },
  );

  it("tells the part of an alternative that admitted the topic", () => {
    const either = filter('tag.a.Exists() || tag.MatchRegEx("^pay") && tag.x.Exists() == false');
    expect(either.matches("a")).toEqual({ matched: true, rule: "tag.a.Exists()" });
    expect(either.matches("pay-1")).toEqual({
      matched: true,
      rule: 'tag.MatchRegEx("^pay") && tag.x.Exists() == false',
    });
  });

  it("tells the part that kept the topic out, or the whole filter where every part did", () => {
    const both = filter('tag.MatchRegEx("^pay") && tag.MatchRegEx("dlq$") == false');
    expect(both.matches("orders")).toEqual({ matched: false, rule: 'tag.MatchRegEx("^pay")' });
    expect(both.matches("pay-dlq")).toEqual({ matched: false, rule: 'tag.MatchRegEx("dlq$") == false' });
    expect(filter("tag.a.Exists() || tag.b.Exists()").matches("c").rule).toBe("tag.a.Exists() || tag.b.Exists()");
    expect(filter("tag.a.Exists(), tag.b.Exists()").matches("c").rule).toBe("tag.a.Exists(), tag.b.Exists()");
    expect(filter("tag.a.Exists(), tag.b.Exists()").matches("b").rule).toBe("tag.b.Exists()");
  });

  it("is refused with the code and the words of Axway's agents", () => {
    expect(parseFilter("tag.orders")).toEqual({
      ok: false,
      code: 1148,
      message: "[Error Code 1148] - error parsing filter in configuration. Unrecognized expression",
    });
    expect(parseFilter('tag.name.MatchRegEx(".*[")')).toEqual({
      ok: false,
      code: 1149,
      message:
        "[Error Code 1149] - error parsing filter in configuration: Invalid regular expression(error parsing regexp: missing closing ]: `[`) in MatchRegEx call",
    });
    expect(parseFilter('tag.MatchRegEx("\\d")')).toMatchObject({
      code: 1147,
      message: expect.stringContaining("Syntax error: unknown escape sequence (to match a backslash or a dot"),
    });
  });

  it("is refused, not followed, when it nests without end", () => {
    expect(parseFilter(`${"(".repeat(5_000)}tag.a.Exists()`)).toMatchObject({ ok: false, code: 1147 });
    expect(parseFilter(`${"!".repeat(5_000)}tag.a.Exists()`)).toMatchObject({ ok: false, code: 1147 });
    expect(parseFilter(Array(1_000).fill("tag.a.Exists()").join(" || "))).toMatchObject({ ok: true });
  });

  it.each([
    ["tag.a == `a`", "`a`: back-quotes become part of the text; use double quotes"],
    [
      'tag.MatchRegEx("a\\\\.b")',
      '"a\\\\.b": \\\\ asks for a backslash, which no topic has; for a dot write [.], for a digit [0-9]',
    ],
    ["tag.a == b-c", "tag.a == b-c: only text in quotes or one word can be compared with; this right side is ignored"],
    ['tag.a < "b"', 'tag.a < "b": < compares nothing; use == or !='],
    ["tag.a.Exists() == TRUE", "tag.a.Exists() == TRUE: a call is compared with true or false, in lower case"],
    ["tag.Any()", "tag.Any(): Any() without == or != is never true"],
    ["tag.a.Exists() && tag.Exists()", "tag.Exists(): names no topic, so it is never true"],
    ['attr.a == "b"', "attr.a: a topic has no attributes, so attr is always empty"],
  ])("keeps the SDK's meaning of %s and says that it cannot be meant", (text, doubt) => {
    expect(filter(text).doubts).toEqual([doubt]);
  });

  it("doubts nothing that is plain", () => {
    const text = 'tag.orders-dlq.Exists() == false && tag.MatchRegEx("^orders-") || tag.Any() != "x"';
    expect(filter(text).doubts).toEqual([]);
  });
});
