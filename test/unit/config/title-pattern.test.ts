import { describe, expect, it } from "vitest";
import { DEFAULT_TITLE_PATTERN, revisionTitle, titlePatternDoubt } from "../../../src/config/title-pattern.ts";

const values = { apiServiceName: "orders", date: Date.parse("2026-08-20T23:59:59Z"), revision: 3 };

describe("the title of a revision", () => {
  // reason, pattern, stage, title as Go's templates give it
  it.each([
    ["the default pattern", "", "", "orders - 2026/08/20 - r 3"],
    ["the default pattern with a stage", DEFAULT_TITLE_PATTERN, "prod", "orders (Stage: prod) - 2026/08/20 - r 3"],
    ["another date format", "{{.APIServiceName}} {{.Date:MM-DD-YYYY}}", "", "orders 08-20-2026"],
    ["the rest of a date format cut", "{{.Date:YYYY-MM-DD hh}}", "", "2026-08-20"],
    ["blanks in actions", "{{ .APIServiceName }} {{.Date:YYYY-MM-DD}}", "", "orders 2026-08-20"],
    [
      "else",
      '{{if eq .Stage ""}}none{{else}}{{.Stage}}{{end}} {{.Date:DD}}{{.Date:YYYY-MM-DD}}',
      "",
      "orders - 2026/08/20 - r 3",
    ],
    [
      "if with else",
      '{{if eq .Stage ""}}none{{else}}{{.Stage}}{{end}} {{.Date:YYYY-MM-DD}}',
      "prod",
      "prod 2026-08-20",
    ],
    ["if with a field alone", "{{if .Stage}}{{.Stage}} {{end}}{{.Date:YYYY-MM-DD}}", "", "2026-08-20"],
    [
      "if inside if",
      '{{if .Stage}}{{if ne .Stage "prod"}}x{{else}}y{{end}}{{end}} {{.Date:YYYY-MM-DD}}',
      "prod",
      "y 2026-08-20",
    ],
    ["blanks that are taken off", "a {{- .Revision -}} b {{.Date:YYYY-MM-DD}}", "", "a3b 2026-08-20"],
    ["comments", "a{{/* note */}}b {{.Date:YYYY-MM-DD}}", "", "ab 2026-08-20"],
    ["no date: the default pattern", "{{.APIServiceName}}", "", "orders - 2026/08/20 - r 3"],
    ["an unknown date format: the default pattern", "{{.Date:YY/MM/DD--}} x", "", "orders - 2026/08/20 - r 3"],
    ["a date format too short: the default pattern", "{{.Date:YYYY}} x", "", "orders - 2026/08/20 - r 3"],
    ["an unknown field: name, date and number", "{{.Name}} {{.Date:YYYY-MM-DD}}", "", "orders - 2026-08-20 - r 3"],
    ["an unknown field that is not reached", "{{if .Stage}}{{.Name}}{{end}}{{.Date:YYYY-MM-DD}}", "", "2026-08-20"],
    ["a function that is not understood", "{{printf .Stage}} {{.Date:YYYY-MM-DD}}", "", "orders - 2026-08-20 - r 3"],
    ["an if without end", "{{if .Stage}}a {{.Date:YYYY-MM-DD}}", "", "orders - 2026-08-20 - r 3"],
    ["an end too many", "{{end}} {{.Date:YYYY-MM-DD}}", "", "orders - 2026-08-20 - r 3"],
    ["two elses", "{{if .Stage}}{{else}}{{else}}{{end}} {{.Date:YYYY-MM-DD}}", "", "orders - 2026-08-20 - r 3"],
    ["two date formats", "{{.Date:YYYY-MM-DD}} {{.Date:MM-DD-YYYY}}", "", "orders - 2026-08-20 - r 3"],
    ["an action that is not closed", "{{.Date:YYYY-MM-DD}} {{.Stage", "", "orders - 2026-08-20 - r 3"],
  ])("follows %s", (_reason, pattern, stage, title) => {
    expect(revisionTitle(pattern, { ...values, stage })).toBe(title);
  });

  it("names the stage as it is labelled", () => {
    expect(revisionTitle("", { ...values, stage: "prod", stageLabel: "Tier" })).toBe(
      "orders (Tier: prod) - 2026/08/20 - r 3",
    );
  });

  it("puts a name in as it is, whatever it holds", () => {
    const name = "a {{.Stage}} $& b";
    expect(revisionTitle("{{.APIServiceName}} {{.Date:YYYY-MM-DD}}", { ...values, apiServiceName: name })).toBe(
      `${name} 2026-08-20`,
    );
  });

  it.each([
    ["", undefined],
    [DEFAULT_TITLE_PATTERN, undefined],
    ["{{.APIServiceName}}", "has no {{.Date:…}}, so the default pattern is used"],
    ["{{.Date:YYYY}}", "has an unknown date format, so the default pattern is used"],
    ["{{.Name}} {{.Date:YYYY-MM-DD}}", 'names .Name, which does not exist, so titles are "name - date - r number"'],
    ["{{if .Stage}}{{.Name}}{{end}} {{.Date:YYYY-MM-DD}}", "names .Name, which does not exist"],
    ["{{range .X}} {{.Date:YYYY-MM-DD}}", "has {{range .X}}, which is not understood"],
  ])("is doubted where the pattern does not give what it asks for: %s", (pattern, doubt) => {
    if (doubt === undefined) expect(titlePatternDoubt(pattern)).toBeUndefined();
    else expect(titlePatternDoubt(pattern)).toContain(doubt);
  });
});
