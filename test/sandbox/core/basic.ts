/** User and password of a Basic `Authorization` (RFC 7617). */
export interface BasicLogin {
  readonly user: string;
  readonly password: string;
}

/** Undefined when there is no such header or another scheme; `"undecodable"` when what follows `Basic` is no base64 with a colon. */
export function basicLogin(request: Request): BasicLogin | "undecodable" | undefined {
  const header = request.headers.get("authorization");
  if (header === null) return undefined;
  const [scheme, token = ""] = header.split(" ", 2);
  if (scheme?.toLowerCase() !== "basic") return undefined;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return "undecodable";
  const text = Buffer.from(token, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? "undecodable" : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
