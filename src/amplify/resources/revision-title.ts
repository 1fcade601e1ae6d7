/** Default of CENTRAL_APISERVICEREVISIONPATTERN (agent-sdk pkg/apic/apiservicerevision.go). */
export const DEFAULT_REVISION_PATTERN =
  '{{.APIServiceName}}{{if ne .Stage ""}} ({{.StageLabel}}: {{.Stage}}){{end}} - {{.Date:YYYY/MM/DD}} - r {{.Revision}}';

export interface RevisionTitleInput {
  readonly apiServiceName: string;
  /** ms since the epoch; the day is that of UTC. */
  readonly at: number;
  /** Counts from 1. */
  readonly revision: number;
}

const DATES: Readonly<Record<string, (y: string, m: string, d: string) => string>> = {
  "YYYY/MM/DD": (y, m, d) => `${y}/${m}/${d}`,
  "YYYY-MM-DD": (y, m, d) => `${y}-${m}-${d}`,
  "MM/DD/YYYY": (y, m, d) => `${m}/${d}/${y}`,
  "MM-DD-YYYY": (y, m, d) => `${m}-${d}-${y}`,
};
const DATE = /\{\{\s*\.Date:([^}]*?)\s*\}\}/g;

/**
 * Title of a revision by the pattern of the operator. Of Go's text/template it knows variables and `if` with `ne` or
 * `eq` against a text, with or without `else`; a topic has no stage, so `.Stage` is empty. As Axway's agents do: without
 * a date in one of the four formats the default pattern is taken; a pattern that does not parse, or names something
 * else, gives `{name} - {date} - r {n}`.
 */
export function revisionTitle(pattern: string, input: RevisionTitleInput): string {
  const formats = [...pattern.matchAll(DATE)].map((found) => found[1] ?? "");
  const dated = formats.length > 0 && formats.every((format) => DATES[format] !== undefined);
  return render(dated ? pattern : DEFAULT_REVISION_PATTERN, input) ?? plainTitle(input);
}

function render(pattern: string, input: RevisionTitleInput): string | undefined {
  const variables: Readonly<Record<string, string>> = {
    APIServiceName: input.apiServiceName,
    Stage: "",
    StageLabel: "Stage",
    Revision: String(input.revision),
  };
  let known = true;
  const value = (name: string): string => {
    const found = variables[name];
    if (found === undefined) known = false;
    return found ?? "";
  };
  const text = pattern
    .replace(
      /\{\{\s*if (ne|eq) \.(\w+) "([^"{}]*)"\s*\}\}(.*?)(?:\{\{\s*else\s*\}\}(.*?))?\{\{\s*end\s*\}\}/gs,
      (_whole, test: string, name: string, literal: string, then: string, otherwise: string | undefined) =>
        (value(name) === literal) === (test === "eq") ? then : (otherwise ?? ""),
    )
    .replace(DATE, (_whole, format: string) => dateText(format, input.at))
    .replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_whole, name: string) => value(name));
  // The service's own name may hold braces; what counts is what the pattern left over.
  const left = text.replaceAll(input.apiServiceName, "");
  return known && !left.includes("{{") && !left.includes("}}") ? text : undefined;
}

function plainTitle(input: RevisionTitleInput): string {
  return `${input.apiServiceName} - ${dateText("YYYY/MM/DD", input.at)} - r ${input.revision}`;
}

function dateText(format: string, at: number): string {
  const [year = "", month = "", day = ""] = new Date(at).toISOString().slice(0, 10).split("-");
  return DATES[format]?.(year, month, day) ?? "";
}
