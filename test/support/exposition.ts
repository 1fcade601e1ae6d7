/** One sample of a scrape. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As it stands there: a double would lose digits. */
  readonly value: string;
}

export interface Scrape {
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
  /** The value of the one series of a metric that has these labels, whatever others it has; throws when there is not exactly one. */
  value(metric: string, labels?: Readonly<Record<string, string>>): string;
  all(metric: string): readonly Series[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/**
 * Reads Prometheus' text format 0.0.4 and refuses what its description does not allow
 * (prometheus.io/docs/instrumenting/exposition_formats): one HELP and one TYPE a metric, before its samples; all lines of
 * a metric together; no series twice; nothing but `\\`, `\"` and `\n` escaped; a line feed at the end.
 */
export function readExposition(text: string): Scrape {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end with a line feed");
  const { types, help, series } = text.split("\n").slice(0, -1).reduce(takeLine, new Reading());
  const all = (metric: string) => series.filter((each) => each.metric === metric);
  return {
    types,
    help,
    series,
    all,
    value: (metric, labels = {}) => {
      const found = all(metric).filter((each) =>
        Object.entries(labels).every(([name, value]) => each.labels[name] === value),
      );
      if (found.length !== 1) throw new Error(`${found.length} series of ${metric}${JSON.stringify(labels)}`);
      return found[0]?.value ?? "";
    },
  };
}

/** What was read so far. */
class Reading {
  readonly types = new Map<string, string>();
  readonly help = new Map<string, string>();
  readonly series: Series[] = [];
  readonly #seen = new Set<string>();
  readonly #closed = new Set<string>();
  #current = "";

  comment(which: string, metric: string, rest: string): void {
    if (NAME.exec(metric)?.[0] !== metric) throw new Error(`no name of a metric: ${metric}`);
    this.#enter(metric);
    if (this.series.some((each) => each.metric === metric)) throw new Error(`${which} of ${metric} after its samples`);
    const told = which === "HELP" ? this.help : this.types;
    if (told.has(metric)) throw new Error(`${which} of ${metric} twice`);
    if (which === "TYPE" && !TYPES.has(rest)) throw new Error(`no type: ${rest}`);
    told.set(metric, which === "HELP" ? unescaped(rest, "\\n") : rest);
  }

  sample(sample: Series): void {
    const { metric, labels } = sample;
    this.#enter(metric);
    if (!this.types.has(metric) || !this.help.has(metric)) throw new Error(`${metric} is not introduced`);
    const key = JSON.stringify([metric, Object.entries(labels).sort()]);
    if (this.#seen.has(key)) throw new Error(`a series stands there twice: ${key}`);
    this.#seen.add(key);
    this.series.push(sample);
  }

  #enter(metric: string): void {
    if (metric === this.#current) return;
    if (this.#closed.has(metric)) throw new Error(`the lines of ${metric} do not stand together`);
    this.#closed.add(this.#current);
    this.#current = metric;
  }
}

function takeLine(reading: Reading, line: string): Reading {
  const comment = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line);
  if (comment) reading.comment(comment[1] ?? "", comment[2] ?? "", comment[3] ?? "");
  else if (line.startsWith("#")) throw new Error(`a comment that nobody asked for: ${line}`);
  else if (line !== "") reading.sample(readSample(line));
  return reading;
}

function readSample(line: string): Series {
  const metric = NAME.exec(line)?.[0];
  if (metric === undefined) throw new Error(`no sample: ${line}`);
  const { labels, rest } = readLabels(line.slice(metric.length));
  const value = /^ (-?\d+(?:\.\d+)?|NaN|[+-]Inf)$/.exec(rest)?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { metric, labels, value };
}

function readLabels(text: string): { readonly labels: Record<string, string>; readonly rest: string } {
  const labels: Record<string, string> = {};
  if (!text.startsWith("{")) return { labels, rest: text };
  let rest = text;
  do {
    rest = rest.slice(1);
    const name = LABEL.exec(rest)?.[0];
    if (name === undefined || name in labels || name.startsWith("__")) throw new Error(`a label is wrong: ${text}`);
    const quoted = /^="((?:[^"\\\n]|\\["\\n])*)"/.exec(rest.slice(name.length));
    if (!quoted) throw new Error(`the value of ${name} is wrong: ${text}`);
    labels[name] = unescaped(quoted[1] ?? "", '\\n"');
    rest = rest.slice(name.length + quoted[0].length);
  } while (rest.startsWith(","));
  if (!rest.startsWith("}")) throw new Error(`the labels do not end: ${text}`);
  return { labels, rest: rest.slice(1) };
}

function unescaped(text: string, allowed: string): string {
  return text.replace(/\\(.?)/g, (_, escaped: string) => {
    if (escaped === "" || !allowed.includes(escaped)) throw new Error(`\\${escaped} is no escape: ${text}`);
    return escaped === "n" ? "\n" : escaped;
  });
}
