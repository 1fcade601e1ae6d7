import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VARIABLES } from "../../../src/config/variables/table.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const example = readFileSync(new URL("../../../.dev.vars.example", import.meta.url), "utf8");
const cell = (text: string) => text.replaceAll("|", "\\|");

test("README's table of variables is the table that the program reads by", () => {
  const rows = readme.split("\n").filter((line) => /^\| `[A-Z_{}n]+` \|/.test(line));
  const wanted = VARIABLES.filter(({ ignored }) => ignored === undefined).map(
    ({ name, visibility, fallback, about }) =>
      `| \`${name}\` | ${visibility} | ${fallback === "" ? "–" : cell(fallback)} | ${cell(about)} |`,
  );
  expect(rows).toEqual(wanted);
});

test("every variable that has an effect stands in .dev.vars.example, and none besides", () => {
  const named = example.split("\n").flatMap((line) => /^#?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
  const wanted = VARIABLES.filter(({ ignored, about }) => ignored === undefined && !about.startsWith("deprecated")).map(
    ({ name }) => name,
  );
  expect(named.toSorted()).toEqual(wanted.toSorted());
});
