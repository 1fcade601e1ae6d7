/** Why no document could be made of a topic. `subject` is the subject whose schema is to blame, qualified with its context. */
export type BuildFailure =
  | { readonly kind: "unparsable-schema"; readonly subject: string; readonly reason: string }
  | { readonly kind: "missing-reference"; readonly subject: string; readonly name: string }
  | { readonly kind: "cyclic-reference"; readonly cycle: readonly string[] }
  | { readonly kind: "too-deep"; readonly subject: string; readonly limit: number }
  | { readonly kind: "too-large"; readonly bytes: number; readonly limit: number }
  | { readonly kind: "unsupported-type"; readonly subject: string; readonly schemaType: string };

/** Thrown by everything that builds a document; the topic is marked with `message`, the others go on. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  readonly failure: BuildFailure;

  constructor(failure: BuildFailure) {
    super(describeFailure(failure));
    this.failure = failure;
  }
}

/** One sentence for the operator. Everything that came from outside is quoted and cut. */
export function describeFailure(failure: BuildFailure): string {
  switch (failure.kind) {
    case "unparsable-schema":
      return `The schema of subject ${quoted(failure.subject)} cannot be read: ${cut(failure.reason)}.`;
    case "missing-reference":
      return `The schema of subject ${quoted(failure.subject)} refers to ${quoted(failure.name)}, which neither it nor its references define.`;
    case "cyclic-reference":
      return `Schemas refer to each other in a circle: ${failure.cycle.map(quoted).join(" -> ")}.`;
    case "too-deep":
      return `The schema of subject ${quoted(failure.subject)} is nested more than ${failure.limit} levels deep.`;
    case "too-large":
      return `The document would have ${failure.bytes} bytes; Amplify takes less than ${failure.limit}.`;
    case "unsupported-type":
      return `The schema of subject ${quoted(failure.subject)} has type ${quoted(failure.schemaType)}; known are AVRO, JSON and PROTOBUF.`;
  }
}

function quoted(text: string): string {
  return JSON.stringify(cut(text));
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
