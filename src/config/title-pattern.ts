/** What a revision's title may name. */
export interface TitleValues {
  readonly apiServiceName: string;
  /** Empty when the service has no stage. */
  readonly stage?: string;
  /** "Stage" when not given. */
  readonly stageLabel?: string;
  /** Ms since the epoch; the date is UTC's. */
  readonly date: number;
  /** 1 for a service's first revision. */
  readonly revision: number;
}

/** The pattern of Axway's agents, used when CENTRAL_APISERVICEREVISIONPATTERN is empty or has no valid date. */
export const DEFAULT_TITLE_PATTERN =
  '{{.APIServiceName}}{{if ne .Stage ""}} ({{.StageLabel}}: {{.Stage}}){{end}} - {{.Date:YYYY/MM/DD}} - r {{.Revision}}';

const DATE_FORMATS = ["YYYY/MM/DD", "YYYY-MM-DD", "MM/DD/YYYY", "MM-DD-YYYY"];
const DATE = /\{\{.Date:(.*?)\}\}/;

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "if"; readonly holds: Test; readonly then: readonly Part[]; readonly otherwise: readonly Part[] };
interface Test {
  readonly field: string;
  /** Undefined: not empty. */
  readonly compare: { readonly equal: boolean; readonly text: string } | undefined;
}

class PatternError extends Error {}

/**
 * The title of a revision by CENTRAL_APISERVICEREVISIONPATTERN (agent-sdk `pkg/apic/apiservicerevision.go`): Go's
 * templates, of which fields, `if`/`else`/`end` with `eq`, `ne` or a field alone, and `{{-`/`-}}` are understood. A
 * pattern without a valid `{{.Date:…}}` falls back to the default pattern; one that does not parse or names an unknown
 * field falls back to `name - date - r number`, as in the SDK. Never throws.
 */
export function revisionTitle(pattern: string, values: TitleValues): string {
  const { template, format } = withDate(pattern);
  const date = formatDate(values.date, format);
  const fields = new Map([
    ["APIServiceName", values.apiServiceName],
    ["Stage", values.stage ?? ""],
    ["StageLabel", values.stageLabel ?? "Stage"],
    ["Date", date],
    ["Revision", String(values.revision)],
  ]);
  try {
    return render(parseTemplate(template), fields);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return `${values.apiServiceName} - ${date} - r ${values.revision}`;
  }
}

/** Why `pattern` will not give the titles that it seems to ask for; undefined when it will. */
export function titlePatternDoubt(pattern: string): string | undefined {
  if (pattern === "") return undefined;
  const date = DATE.exec(pattern);
  if (!date) return `has no {{.Date:…}}, so the default pattern is used; formats are ${DATE_FORMATS.join(", ")}`;
  if (!DATE_FORMATS.includes((date[1] ?? "").slice(0, 10))) {
    return `has an unknown date format, so the default pattern is used; formats are ${DATE_FORMATS.join(", ")}`;
  }
  try {
    const parts = parseTemplate(withDate(pattern).template);
    const known = new Map(["APIServiceName", "Stage", "StageLabel", "Date", "Revision"].map((name) => [name, "x"]));
    render(parts, known);
    render(parts, new Map([...known, ["Stage", ""]]));
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return `${error.message}, so titles are "name - date - r number"`;
    throw error;
  }
}

function withDate(pattern: string): { template: string; format: string } {
  const usable = [pattern, DEFAULT_TITLE_PATTERN].find((candidate) => {
    const format = DATE.exec(candidate)?.[1]?.slice(0, 10);
    return format !== undefined && DATE_FORMATS.includes(format);
  });
  const template = usable ?? DEFAULT_TITLE_PATTERN;
  const [whole = "", format = ""] = DATE.exec(template) ?? [];
  return { template: template.replaceAll(whole, "{{.Date}}"), format: format.slice(0, 10) };
}

function formatDate(at: number, format: string): string {
  const [year = "", month = "", day = ""] = new Date(at).toISOString().slice(0, 10).split("-");
  return format.replace("YYYY", year).replace("MM", month).replace("DD", day);
}

type Action = { readonly text: string } | { readonly action: string };

function parseTemplate(template: string): Part[] {
  const rest = actions(template);
  const parts = block(rest, false);
  if (rest.length > 0) throw new PatternError("has an {{end}} or {{else}} too many");
  return parts;
}

/** Text and actions in turn, blanks taken off where `{{-` or `-}}` asks for it, comments left out. */
function actions(template: string): Action[] {
  const found: Action[] = [];
  let at = 0;
  let trim = false;
  for (const action of template.matchAll(/\{\{(-\s)?([\s\S]*?)(\s-)?\}\}/g)) {
    let text = template.slice(at, action.index);
    if (trim) text = text.trimStart();
    if (action[1]) text = text.trimEnd();
    found.push({ text });
    const inside = (action[2] ?? "").trim();
    if (!/^\/\*[\s\S]*\*\/$/.test(inside)) found.push({ action: inside });
    trim = action[3] !== undefined;
    at = action.index + action[0].length;
  }
  const text = template.slice(at);
  if (text.includes("{{")) throw new PatternError("has an action that is not closed");
  found.push({ text: trim ? text.trimStart() : text });
  return found;
}

/** Consumes `rest` up to the end or, inside an `if`, to its `else` or `end`, which stays. */
function block(rest: Action[], inside: boolean): Part[] {
  const parts: Part[] = [];
  for (let action = rest[0]; action; action = rest[0]) {
    if ("action" in action && (action.action === "end" || action.action === "else")) {
      if (!inside) throw new PatternError(`has an {{${action.action}}} too many`);
      return parts;
    }
    rest.shift();
    parts.push("text" in action ? { kind: "text", text: action.text } : part(action.action, rest));
  }
  if (inside) throw new PatternError("has an {{if}} without {{end}}");
  return parts;
}

function part(action: string, rest: Action[]): Part {
  const field = /^\.(\w+)$/.exec(action);
  if (field?.[1]) return { kind: "field", name: field[1] };
  const condition = /^if\s+(?:(eq|ne)\s+)?\.(\w+)(?:\s+"([^"\\]*)")?$/.exec(action);
  const [, operator, name = "", text] = condition ?? [];
  if (!condition || (operator === undefined) !== (text === undefined)) {
    throw new PatternError(`has {{${action}}}, which is not understood`);
  }
  const then = block(rest, true);
  let end = ending(rest);
  const otherwise = end === "else" ? block(rest, true) : [];
  if (end === "else") end = ending(rest);
  if (end !== "end") throw new PatternError("has an {{else}} too many");
  const compare = text === undefined ? undefined : { equal: operator === "eq", text };
  return { kind: "if", holds: { field: name, compare }, then, otherwise };
}

/** Takes the `else` or `end` at which a block stopped. */
function ending(rest: Action[]): string {
  const action = rest.shift();
  return action && "action" in action ? action.action : "";
}

function render(parts: readonly Part[], fields: ReadonlyMap<string, string>): string {
  return parts.map((one) => renderPart(one, fields)).join("");
}

function renderPart(one: Part, fields: ReadonlyMap<string, string>): string {
  if (one.kind === "text") return one.text;
  const name = one.kind === "field" ? one.name : one.holds.field;
  const value = fields.get(name);
  if (value === undefined) throw new PatternError(`names .${name}, which does not exist`);
  if (one.kind === "field") return value;
  const { compare } = one.holds;
  const holds = compare ? (value === compare.text) === compare.equal : value !== "";
  return render(holds ? one.then : one.otherwise, fields);
}
