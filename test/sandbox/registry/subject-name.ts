/**
 * Subjects and contexts: `:.ctx:name`, the default context `.` and the wildcard `:*:`
 * (schema-registry `utils/QualifiedSubject`).
 */

export const DEFAULT_CONTEXT = ".";
const WILDCARD = ":*:";

export interface QualifiedSubject {
  readonly context: string;
  /** Empty when a context as a whole is meant (`:.ctx:`). */
  readonly name: string;
}

/** Splits a subject; one that only looks like a qualified name is a name of the default context. */
export function parseSubject(subject: string): QualifiedSubject {
  if (!subject.startsWith(":.")) return { context: DEFAULT_CONTEXT, name: subject };
  const end = subject.indexOf(":", 1);
  if (end < 0) return { context: DEFAULT_CONTEXT, name: subject };
  return { context: subject.slice(1, end), name: subject.slice(end + 1) };
}

/** `:.ctx:name`, or the bare name in the default context. */
export function formatSubject({ context, name }: QualifiedSubject): string {
  return context === DEFAULT_CONTEXT ? name : `:${context}:${name}`;
}

/** A subject in the one form under which it is stored: `:.:orders` is `orders`. */
export function normalizeSubject(subject: string): string {
  return formatSubject(parseSubject(subject));
}

/** An unqualified reference means a subject in the context of the schema that refers. */
export function qualifyWithParent(parent: string, subject: string): string {
  if (subject.startsWith(":.")) return normalizeSubject(subject);
  return formatSubject({ context: parseSubject(parent).context, name: subject });
}

/** The context as the server's messages show it: empty for the default one, `:.ctx:` else. */
export function contextInMessages(subject: string): string {
  const { context } = parseSubject(subject);
  return context === DEFAULT_CONTEXT ? "" : `:${context}:`;
}

/** Names that nobody may register: control characters and the server's own two. */
export function isValidSubject(subject: string): boolean {
  const { name } = parseSubject(subject);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return !/[\u0000-\u001f\u007f-\u009f]/.test(subject) && name !== "__GLOBAL" && name !== "__EMPTY";
}

/**
 * The test behind `subjectPrefix`: `:*:` is every context and may be followed by a prefix of the name; a prefix
 * without a context, the empty one too, means the default context only.
 */
export function matchesPrefix(prefix: string): (subject: string) => boolean {
  if (prefix.startsWith(WILDCARD)) {
    const name = prefix.slice(WILDCARD.length);
    return (subject) => parseSubject(subject).name.startsWith(name);
  }
  const wanted = parseSubject(prefix);
  return (subject) => {
    const { context, name } = parseSubject(subject);
    return context === wanted.context && name.startsWith(wanted.name);
  };
}

/** The server's order: by UTF-16 code unit, so that `:` comes before letters. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
