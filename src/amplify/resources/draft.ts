import type { Draft, Owner } from "../resource.ts";

/** Longest title and, as Axway's agents cut it, description (agent-sdk pkg/apic/servicebuilder.go). */
const MOST_OF_TEXT = 350;

/** A body with its envelope. */
export function draftOf<Kind extends string>(
  kind: Kind,
  main: {
    readonly name: string;
    readonly title: string;
    readonly tags?: readonly string[] | undefined;
    readonly owner?: Owner | undefined;
    readonly spec: Readonly<Record<string, unknown>>;
  },
): Draft<Kind> {
  return {
    group: "management",
    apiVersion: "v1",
    kind,
    name: main.name,
    title: cutText(main.title),
    attributes: {},
    finalizers: [],
    tags: main.tags ?? [],
    ...(main.owner === undefined ? {} : { owner: main.owner }),
    spec: main.spec,
  };
}

/** At most 350 characters, the last three of a longer text being dots. */
export function cutText(text: string): string {
  const characters = Array.from(text);
  return characters.length > MOST_OF_TEXT ? `${characters.slice(0, MOST_OF_TEXT - 3).join("")}...` : text;
}
