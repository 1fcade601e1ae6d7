const MOST_OF_TAG = 80;

/**
 * Tags without blanks around them, without empty or repeated ones, in the order given; one of more than 80 characters is
 * cut to 77 and three dots (agent-sdk pkg/apic/client.go).
 */
export function tagList(...tags: readonly string[]): string[] {
  const cleaned = tags.map((tag) => cut(tag.trim())).filter((tag) => tag !== "");
  return [...new Set(cleaned)];
}

function cut(tag: string): string {
  const characters = Array.from(tag);
  return characters.length > MOST_OF_TAG ? `${characters.slice(0, MOST_OF_TAG - 3).join("")}...` : tag;
}
