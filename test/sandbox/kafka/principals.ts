/** How a cluster names principals in searches and answers; the entries themselves hold what they were created with. */
export interface Principals {
  /** The text under which a new entry's principal is kept. */
  kept(principal: string): string;
  /** Whether the filter's text means that principal. */
  means(asked: string, principal: string): boolean;
  /** The principal as an answer to a search with that filter shows it; an empty filter is none. */
  shown(principal: string, asked: string): string;
}

/** Apache Kafka and Confluent Server: text, compared letter by letter. */
export const plainPrincipals: Principals = {
  kept: (principal) => principal,
  means: (asked, principal) => asked === principal,
  shown: (principal) => principal,
};

const ALL_IN_NEW_FORM = "UserV2:*";

/**
 * Confluent Cloud knows service accounts and people by a number of old too. It answers with that unless the filter names the
 * principal, then in the form of the filter, or is `UserV2:*`, then by the id (Confluent Cloud API reference, getKafkaAcls).
 * An entry that was made with a number keeps it, and counts for nobody who logs in: that Cloud translates it is not played.
 */
export const cloudPrincipals: Principals = {
  kept: (principal) => principal.replace(/^UserV2:/, "User:"),
  means: (asked, principal) => asked === ALL_IN_NEW_FORM || numeric(asked) === numeric(principal),
  shown: (principal, asked) => {
    if (asked === "") return numeric(principal);
    return asked === ALL_IN_NEW_FORM ? principal : asked;
  },
};

/** `User:sa-1jjv26` as `User:<number>`; other principals as they are. */
function numeric(principal: string): string {
  const id = /^User(?:V2)?:((?:sa|u)-.+)$/.exec(principal)?.[1];
  return id === undefined ? principal : `User:${numericId(id)}`;
}

/** The number behind an id: always the same, seldom one that two ids share. */
export function numericId(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return 100_000 + (hash >>> 0);
}
