import { describe, expect, it } from "vitest";
import { toCondition } from "../../../src/discovery/filter/condition.ts";
import { FilterError } from "../../../src/discovery/filter/errors.ts";
import { parseExpressions } from "../../../src/discovery/filter/expression.ts";
import { decide } from "../../../src/discovery/filter/filter.ts";

/** True or false as the filter decides on any data, or the code of its refusal. */
function outcome(filter: string, data: Readonly<Record<string, string>>): boolean | number {
  try {
    return decide(parseExpressions(filter).map(toCondition), new Map(Object.entries(data)), filter).matched;
  } catch (error) {
    if (error instanceof FilterError) return error.code;
    throw error;
  }
}

function refusal(filter: string): string {
  try {
    parseExpressions(filter).map(toCondition);
    return "accepted";
  } catch (error) {
    return error instanceof FilterError ? error.message : "another error";
  }
}

// agent-sdk pkg/filter/filter_test.go; lists of values reach the filter joined by commas.
const plain = { name1: "value 1", name2: "value 2", name3: "value 3", name4: "value 4" };
const lists = {
  "name-test": "value 1,v 1,v-1",
  "name-test-multi-dash": "value 1,v 1,v-1",
  name1: "value 1,v 1,v-1",
  name2: "value 2,v 2,v-2",
  name3: "value 3,v 3,v-3",
  name4: "value 4,v 4,v-4",
};
const topics = { orders: "orders", "orders-dlq": "orders-dlq", "pay.v1": "x,y", "my.topic-a": "m", type: "t" };

describe("the SDK's own vectors hold", () => {
  it.each<[boolean, string]>([
    [true, 'name.name4=="value 4"'],
    [false, 'name.name4=="value 3"'],
    [false, 'tag.name == "value 1"'],
    [true, 'tag.name1 == "value 1"'],
    [false, 'tag.name1 != "value 1"'],
    [true, 'tag.Any() == "value 1"'],
    [false, 'tag.Any() == "somevalue"'],
    [false, 'tag.Any() != "value 1"'],
    [true, 'tag.Any() != "somevalue"'],
    [true, "tag.name1.Exists()"],
    [false, "tag.name.Exists()"],
    [false, "tag.name1.Exists() == false"],
    [true, "tag.name.Exists() != true"],
    [true, 'tag.name1.Contains("val")'],
    [false, 'tag.name1.Contains("someval")'],
    [true, 'tag.name1.Contains("val") == true'],
    [false, 'tag.name1.Contains("val") != true'],
    [true, 'tag.name1 == "value 1" || tag.name2 == "value 2"'],
    [true, 'tag.name1 == "missing" || tag.name2 == "value 2"'],
    [false, 'tag.name1 == "missing" || tag.name2 == "missing"'],
    [true, 'tag.name1 == "value 1" && tag.name2 == "value 2"'],
    [false, 'tag.name1 == "missing" && tag.name2 == "value 2"'],
    [false, 'tag.name1 == "missing" && tag.name2 == "missing"'],
    [true, 'tag.Any() == "value 1" || tag.name2 == "missing" && tag.name2 == "missing"'],
    [false, 'tag.Any() == "missing" || tag.name2 == "missing" && tag.name2 == "missing"'],
    [true, 'tag.name1.Exists() || tag.name2 == "value 2"'],
    [true, 'tag.name1.Exists() && tag.name2 == "value 2"'],
    [true, 'tag.name1.Exists() || tag.name2 == "value 1"'],
    [false, 'tag.name1.Exists() == false && tag.name2 == "value 2"'],
    [true, 'tag.name.Exists() != true && tag.Any() == "value 2"'],
    [true, 'tag.name1.Exists() && tag.name1.Contains("val")'],
    [false, 'tag.name1.Exists() && tag.name1.Contains("something")'],
    [false, 'tag.name.Exists() && tag.name1.Contains("val")'],
  ])("%s for plain values: %s", (expected, filter) => {
    expect(outcome(filter, plain)).toBe(expected);
  });

  it.each<[boolean, string]>([
    [true, 'tag.name1 == "value 1,v 1,v-1"'],
    [true, 'tag.name1.Contains("v-1")'],
    [true, 'tag.name1.Contains("value 1,v 1")'],
    [false, 'tag.name2.Contains("value 1,v 1")'],
    [true, 'tag.name1.MatchRegEx("(val){1}")'],
    [false, 'tag.name1.MatchRegEx("(na){1}")'],
    [true, 'tag.name1.MatchRegEx(".*(value 1|value 2).*")'],
    [true, 'tag.name2.MatchRegEx(".*(value 1|value 2).*")'],
    [false, 'tag.name3.MatchRegEx(".*(value 1|value 2).*")'],
    [true, 'tag.name1.MatchRegEx("(val){1}") == true'],
    [false, 'tag.name1.MatchRegEx("(val){1}") != true'],
    [true, 'tag.MatchRegEx("name-test") == true'],
    [true, 'tag.MatchRegEx("name-t.*") == true'],
    [true, 'tag.MatchRegEx("name-test-multi-dash")'],
    [false, 'tag.MatchRegEx("name-test-2")'],
    [true, 'tag.MatchRegEx("name-test-2") == false'],
    [true, "tag.name-test.Exists()"],
    [true, "tag.name-test-multi-dash.Exists()"],
    [false, "tag.name-test-2.Exists()"],
    [true, "tag.name-test-2.Exists() == false"],
    [
      true,
      'tag.Any() == "value 1,v 1,v-1" || tag.name2.Exists() || tag.name3.Contains("v-3") || tag.name4.MatchRegEx("(val){1}")',
    ],
    [
      true,
      'tag.Any() == "someotherval" || tag.name2.Exists() || tag.name3.Contains("v-3") || tag.name4.MatchRegEx("(val){1}")',
    ],
    [
      true,
      'tag.Any() == "someotherval" || tag.name22.Exists() || tag.name3.Contains("v-3") || tag.name4.MatchRegEx("(val){1}")',
    ],
    [
      true,
      'tag.Any() == "someotherval" || tag.name22.Exists() || tag.name3.Contains("somevalue") || tag.name4.MatchRegEx("(val){1}")',
    ],
    [
      false,
      'tag.Any() == "someotherval" || tag.name22.Exists() || tag.name3.Contains("somevalue") || tag.name4.MatchRegEx("(something){1}")',
    ],
    [
      true,
      'tag.Any() == "value 1,v 1,v-1" && tag.name2.Exists() && tag.name3.Contains("v-3") && tag.name4.MatchRegEx("(val){1}")',
    ],
    [
      true,
      'tag.Any() == "someotherval" || tag.name2.Exists() && tag.name3.Contains("v-3") || tag.name4.MatchRegEx("(val){1}")',
    ],
    [true, 'tag.MatchRegEx("name-test-multi-dash") && tag.MatchRegEx("name-test-2") == false'],
    [true, 'tag.name-test.Exists() && tag.MatchRegEx("name-test-multi-dash")'],
    [false, 'tag.name-test-2.Exists() && tag.MatchRegEx("name-test-multi-dash")'],
    [true, 'tag.name-test-multi-dash.Exists() == true && tag.MatchRegEx("name-test-2") == false'],
    [true, 'tag.name-test-2.Exists() == false && tag.MatchRegEx("name-test-multi-dash")'],
  ])("%s for lists of values: %s", (expected, filter) => {
    expect(outcome(filter, lists)).toBe(expected);
  });

  it.each<[number, string, string]>([
    [1154, "a == b", "Unrecognized condition"],
    [1151, 'something.name1 == "value 1"', "Invalid selector type"],
    [1148, "tag.name1", "Unrecognized expression"],
    [1154, '"value" == "value"', "Unrecognized condition"],
    [1153, 'tag.name1 & "value"', "Invalid operator"],
    [1148, 'tag.name1 == "value 1" && (tag.name1 == "value 1")', "Unrecognized expression"],
    [1148, '"tag.name1 == value"', "Unrecognized expression"],
    [1147, 'tag.name1 = "value 1"', "Syntax error: expected '==', found '='"],
    [1147, 'tag.name1 == "value 1" tag.name1 != "value 1"', "Syntax error: expected ';', found tag"],
    [1147, "tag.name1 == ", "Syntax error: expected ';', found 'EOF'"],
    [1149, 'tag.Match("something")', "unsupported call"],
    [1149, 'tag.Any("something") == "something"', "syntax error, unrecognized argument(s)"],
    [1149, 'tag.name.Exists("something")', "syntax error, unrecognized argument(s)"],
    [1149, 'tag.name.Contains("one", "two")', "syntax error, unrecognized argument(s)"],
    [1149, 'tag.name.MatchRegEx("one", "two")', "syntax error, unrecognized argument(s)"],
    [1149, "tag.name.Contains()", "syntax error, missing argument"],
    [1149, "tag.name.MatchRegEx()", "syntax error, missing argument"],
    [1149, 'tag.name.MatchRegEx(".*[")', "Invalid regular expression"],
  ])("%i for %s", (code, filter, text) => {
    expect(outcome(filter, plain)).toBe(code);
    expect(refusal(filter)).toContain(`[Error Code ${code}] - error parsing filter in configuration`);
    expect(refusal(filter)).toContain(text);
  });
});

describe("what the SDK gives for further filters holds", () => {
  it.each<[boolean | number, string]>([
    [true, "tag.orders.Exists()"],
    [false, "tag.orders.Exists() == false"],
    [true, "tag.nope.Exists() != true"],
    [true, "tag.orders-dlq.Exists()"],
    [true, 'tag.MatchRegEx("pay.*")'],
    [true, 'tag.MatchRegEx("zzz") == false'],
    [true, 'tag.pay.v1.Contains("y")'],
    [true, 'tag.pay.v1 != "z"'],
    [false, 'tag.nope == "a"'],
    [false, 'tag.nope != "a"'],
    [true, 'tag.Any() == "x,y"'],
    [false, 'tag.Any() != "x,y"'],
    [false, 'tag.Any() == "q" || tag.orders.Exists() && tag.nope.Exists()'],
    [true, "tag.orders.Exists() || tag.nope.Exists() && tag.nope.Exists()"],
    [true, "tag.orders == orders"],
    [true, 'tag.orders.Exists() == "true"'],
    [false, "tag.orders.Exists() == TRUE"],
    [true, "tag.orders.exists()"],
    [false, "tag.ORDERS.Exists()"],
    [true, 'name.orders == "orders"'],
    [false, 'attr.orders == "orders"'],
    [false, 'attr.orders != "orders"'],
    [true, "attr.orders.Exists() == false"],
    [true, 'attr.Any() != "a"'],
    [false, "tag.Exists()"],
    [false, "tag.Any()"],
    [true, 'tag.MatchRegEx("orders-.*")'],
    [true, 'tag.MatchRegEx("^orders$")'],
    [false, 'tag.MatchRegEx("(a|b)-c")'],
    [true, 'tag.MatchRegEx("dlq")'],
    [true, 'tag.orders-dlq.MatchRegEx("^orders-dlq$")'],
    [true, 'tag.orders-dlq.Contains("orders-")'],
    [false, "tag.orders == foo-bar"],
    [false, "tag.orders != foo-bar"],
    [false, "tag.orders == tag.orders"],
    [true, "tag.orders.Exists() == tag.nope.Exists()"],
    [false, 'tag.orders < "a"'],
    [true, "tag.orders.Exists() < false"],
    [true, 'tag.Any() < "x,y"'],
    [false, "tag.orders == `orders`"],
    [false, 'tag.MatchRegEx("a\\\\.b")'],
    [true, 'tag.MatchRegEx("pay[.]v1")'],
    [true, "tag.nope.Exists(), tag.orders.Exists()"],
    [true, "tag.orders.Exists() // note"],
    [1148, "(tag.orders.Exists())"],
    [1148, "!tag.orders.Exists()"],
    [1148, "tag.orders"],
    [1148, "tag.orders.Exists() && true"],
    [1148, "foo()"],
    [1147, 'tag.orders = "a"'],
    [1147, "tag.type.Exists()"],
    [1147, "tag.1abc.Exists()"],
    [1147, 'tag.MatchRegEx("\\d")'],
    [1147, "tag.orders.Exists() == 'true'"],
    [1150, "tag.orders.Contains(x)"],
    [1151, 'foo.x == "a"'],
    [1151, "TAG.orders.Exists()"],
    [1152, 'tag["orders"].Exists()'],
    [1152, "tag.orders.Exists().Exists()"],
    [1153, 'tag.orders - "a"'],
    [1154, 'tag["orders"] == "orders"'],
    // computed with the SDK's package, like the ones above
    [true, "tag.orders.Exists() &&\ntag.type-a.Exists() == false"],
    [1147, "tag.orders.Exists()\n&& tag.nope.Exists()"],
    [true, "tag.orders.Exists() /* a note */;"],
    [1147, "tag.orders.Exists();;"],
    [1147, "tag.orders.Exists() tag.nope.Exists()"],
    [1147, "tag.orders == @"],
    [1147, 'tag.orders == "a'],
    [1147, "tag.orders == 08"],
    [1152, "(tag.orders).Exists()"],
    [1154, "!tag.orders.Exists() == true"],
    [1154, 'tag.orders == "orders" == true'],
    [1149, 'tag.MatchRegEx("(?=a)")'],
    [true, 'tag.MatchRegEx("(?i)^ORDERS$")'],
    [true, "tag.pay.v1.Contains('x')==false"],
    [false, 'tag.Contains("orders")'],
  ])("%s for %s", (expected, filter) => {
    expect(outcome(filter, topics)).toBe(expected);
  });
});

/**
 * The SDK keeps keys with `-` written as `__DASH__` and rewrites the filter by two patterns that miss most cases
 * (conditionparser.go). Names are matched as they are here; this is every kind of filter for which that makes a difference.
 */
describe("names with dashes are matched as they are, where the SDK fails to", () => {
  it.each<{ filter: string; sdk: boolean | number; ours: boolean | number }>([
    { filter: 'tag.MatchRegEx("orders-")', sdk: false, ours: true },
    { filter: 'tag.MatchRegEx("^orders-")', sdk: false, ours: true },
    { filter: 'tag.MatchRegEx("^orders-dlq$")', sdk: false, ours: true },
    { filter: 'tag.MatchRegEx("orders-[a-z]+")', sdk: false, ours: true },
    { filter: 'tag.MatchRegEx("(s|b)-d")', sdk: false, ours: true },
    { filter: 'tag.matchregex("orders-.*")', sdk: false, ours: true },
    { filter: 'name.MatchRegEx("orders-.*")', sdk: false, ours: true },
    { filter: "tag.my.topic-a.Exists()", sdk: 1153, ours: true },
    { filter: "name.orders-dlq.Exists()", sdk: 1153, ours: true },
    { filter: "attr.orders-dlq.Exists()", sdk: 1153, ours: false },
    { filter: 'tag.my.topic-a == "m"', sdk: 1154, ours: true },
    { filter: "tag.a--b.Exists()", sdk: 1147, ours: false },
    { filter: "tag.a-.Exists()", sdk: 1147, ours: false },
    { filter: "foo.orders-dlq.Exists()", sdk: 1153, ours: 1151 },
    { filter: 'foo.orders-dlq == "x"', sdk: 1154, ours: 1151 },
    { filter: 'tag.MatchRegEx("DASH")', sdk: true, ours: false },
    { filter: 'tag.MatchRegEx("^[a-zA-Z_]+dlq$")', sdk: true, ours: false },
    { filter: "tag.orders__DASH__dlq.Exists()", sdk: true, ours: false },
    { filter: 'tag.Any() == "tag.a-b"', sdk: false, ours: true },
  ])("$filter: $ours, in the SDK $sdk", ({ filter, sdk, ours }) => {
    expect(ours).not.toBe(sdk);
    expect(outcome(filter, { ...topics, text: "tag.a-b" })).toBe(ours);
  });
});
