/** `2026-01-02T03:04:05.678+0000`: three digits of milliseconds, and never a `Z`, which the Go agents cannot read (agent-sdk api/v1/time.go). */
export function apiTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+0000");
}

/** The time of an event, `2026-08-01 09:15:02.689148`, in UTC (docs integrate-with-watchtopics). */
export function eventTime(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")}000`;
}
