import { expect, test } from "vitest";
import { exposition } from "../../../routes/exposition.ts";
import type { MetricFamily } from "../../../src/connection/api.ts";
import { readExposition } from "../../support/exposition.ts";

const family = (name: string, ...samples: [Record<string, string>, string][]): MetricFamily => ({
  name,
  type: "gauge",
  help: "What it is.",
  samples: samples.map(([labels, value]) => ({ labels, value })),
});

test("a metric is its HELP, its TYPE and its samples, labels in order", () => {
  expect(exposition([family("a_b", [{ z: "1", a: "2" }, "3"], [{}, "4"])])).toBe(
    '# HELP a_b What it is.\n# TYPE a_b gauge\na_b{a="2",z="1"} 3\na_b 4\n',
  );
});

test("nothing is an empty text, and a metric without samples is not there", () => {
  expect(exposition([])).toBe("");
  expect(exposition([family("a")])).toBe("");
});

test("metrics of several connections stand together, and what one connection says twice stands once", () => {
  const text = exposition([
    family("a", [{ c: "1" }, "1"]),
    family("b", [{ c: "1" }, "2"]),
    family("a", [{ c: "2" }, "3"], [{ c: "1" }, "9"]),
  ]);
  const { series } = readExposition(text);
  expect(series.map(({ metric, labels, value }) => `${metric}${labels.c}=${value}`)).toEqual(["a1=1", "a2=3", "b1=2"]);
});

test.each(['"', "\\", "\n", '\\n"', "\\\\n", "a\\", "}", ",", "ü 🜚", "\t", "\r", 'x",y="z', "\\\n"])(
  "the label %j comes back as it was",
  (value) => {
    const text = exposition([family("a", [{ group: value, other: "o" }, "1"])]);
    expect(readExposition(text).series[0]?.labels).toEqual({ group: value, other: "o" });
  },
);

test("half a surrogate becomes the sign for what cannot be shown, once", () => {
  const text = exposition([family("a", [{ group: "\ud800" }, "1"], [{ group: "\udfff" }, "2"])]);
  expect(readExposition(text).series).toEqual([{ metric: "a", labels: { group: "\ufffd" }, value: "1" }]);
});

test("a help of several lines is one line", () => {
  const { help } = readExposition(exposition([{ ...family("a", [{}, "1"]), help: 'one\ntwo \\ "three"' }]));
  expect(help.get("a")).toBe('one\ntwo \\ "three"');
});

test.each([
  ["a 1", "the last line"],
  ["a 1\n", "not introduced"],
  ["# HELP a b\n# TYPE a gauge\na 1\na 2\n", "twice"],
  ['# HELP a b\n# TYPE a gauge\na 1\n# HELP b b\n# TYPE b gauge\nb 1\na{x="1"} 2\n', "together"],
  ['# HELP a b\n# TYPE a gauge\na{x="\\t"} 2\n', "value of x"],
  ["# HELP a b\n# TYPE a gauge\na 1n\n", "no value"],
  ["# HELP a b\n# HELP a b\n", "twice"],
])("the parser of these tests refuses %j", (text, message) => {
  expect(() => readExposition(text)).toThrow(message);
});
