import * as v from "valibot";

/** Filters of a metrics query (ccloud-sdk-go-v2 metrics/v2, `FieldFilter`, `CompoundFilter`, `UnaryFilter`). */
export type Filter =
  | { readonly op: "EQ" | "GT" | "GTE"; readonly field: string; readonly value: string | number }
  | { readonly op: "AND" | "OR"; readonly filters: readonly Filter[] }
  | { readonly op: "NOT"; readonly filter: Filter };

export const filterSchema: v.GenericSchema<Filter> = v.lazy(() =>
  v.union([
    v.strictObject({
      op: v.picklist(["EQ", "GT", "GTE"]),
      field: v.string(),
      value: v.union([v.string(), v.pipe(v.number(), v.integer())]),
    }),
    v.strictObject({ op: v.picklist(["AND", "OR"]), filters: v.array(filterSchema) }),
    v.strictObject({ op: v.literal("NOT"), filter: filterSchema }),
  ]),
);

/** By name with its prefix, e.g. `metric.topic`. */
export type Labels = Readonly<Record<string, string>>;

/** Labels are compared as text. */
export function passes(filter: Filter, labels: Labels): boolean {
  switch (filter.op) {
    case "AND":
      return filter.filters.every((each) => passes(each, labels));
    case "OR":
      return filter.filters.some((each) => passes(each, labels));
    case "NOT":
      return !passes(filter.filter, labels);
    default: {
      const [label = "", value] = [labels[filter.field], String(filter.value)];
      if (filter.op === "EQ") return label === value;
      return filter.op === "GT" ? label > value : label >= value;
    }
  }
}

/** Every field that the filter names. */
export function fieldsOf(filter: Filter): readonly string[] {
  if ("filters" in filter) return filter.filters.flatMap(fieldsOf);
  return "filter" in filter ? fieldsOf(filter.filter) : [filter.field];
}

/** Clusters that the filter asks for by name; what it only excludes authorises nothing. */
export function clustersOf(filter: Filter): readonly string[] {
  if ("filters" in filter) return filter.filters.flatMap(clustersOf);
  if ("filter" in filter || filter.op !== "EQ" || filter.field !== "resource.kafka.id") return [];
  return [String(filter.value)];
}
