/** A time as the API server writes it and as Axway's agents can read it: three digits of milliseconds, offset `+0000`, never `Z` (agent-sdk pkg/apic/apiserver/models/api/v1/time.go). */
export function apiTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}

/** ms since the epoch of a time in any form that servers give: offset with or without colon, or `Z`. Undefined when it is none. */
export function parseApiTime(text: string | undefined): number | undefined {
  const at = Date.parse((text ?? "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at) ? undefined : at;
}
