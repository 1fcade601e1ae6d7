/**
 * Subjects and their contexts (schema-registry QualifiedSubject): `:.prod:orders-value` is the subject `orders-value` of
 * the context `.prod`; without that prefix it is one of the default context, `.`.
 */
export interface QualifiedSubject {
  readonly context: string;
  readonly subject: string;
}

const DEFAULT_CONTEXT = ".";

export function splitSubject(name: string): QualifiedSubject {
  const parts = /^:(\.[^:]*):([\s\S]*)$/.exec(name);
  return { context: parts?.[1] ?? DEFAULT_CONTEXT, subject: parts?.[2] ?? name };
}

/** The one name of a subject: `:.:orders-value` is `orders-value`. */
export function joinSubject({ context, subject }: QualifiedSubject): string {
  return context === DEFAULT_CONTEXT ? subject : `:${context}:${subject}`;
}

/** The full name of a subject that a schema of `parent` refers to: without a context of its own it is in the parent's. */
export function qualifyReference(reference: string, parent: string): string {
  if (/^:\.[^:]*:/.test(reference)) return joinSubject(splitSubject(reference));
  return joinSubject({ context: splitSubject(parent).context, subject: reference });
}
