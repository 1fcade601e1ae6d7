import type { MetricFamily, MetricSample } from "../src/connection/api.ts";

/**
 * Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): all lines of a metric stand
 * together, after its one HELP and its one TYPE. Families of one name are one, as the first says; of samples with the same
 * labels the first counts, for a scrape with a series twice is refused whole.
 */
export function exposition(families: readonly MetricFamily[]): string {
  const merged = new Map<string, { readonly first: MetricFamily; readonly lines: Map<string, string> }>();
  for (const family of families) {
    const known = merged.get(family.name) ?? { first: family, lines: new Map<string, string>() };
    merged.set(family.name, known);
    for (const sample of family.samples) {
      const series = `${family.name}${labelsOf(sample)}`;
      if (!known.lines.has(series)) known.lines.set(series, `${series} ${sample.value}\n`);
    }
  }
  let text = "";
  for (const { first, lines } of merged.values()) {
    if (lines.size === 0) continue;
    text += `# HELP ${first.name} ${helpOf(first.help)}\n# TYPE ${first.name} ${first.type}\n${[...lines.values()].join("")}`;
  }
  return text;
}

/** In order of their names, so that a series is known again. */
function labelsOf({ labels }: MetricSample): string {
  const pairs = Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}="${labelText(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function helpOf(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** What is no character becomes one before series are compared. */
function labelText(text: string): string {
  return helpOf(text.toWellFormed()).replaceAll('"', '\\"');
}
