/**
 * A request whose `url` is exactly what stood on the wire. `Request` resolves `..` and `%2e%2e`, which the simulated
 * servers must see (RFC 3986 section 6.2.2.3 leaves it to the client); routing reads `url` alone, so it is put over the parsed one.
 */
export function rawRequest(origin: string, target: string, init: RequestInit): Request {
  const path = target.startsWith("/") ? target : `/${target}`;
  const address = `${origin}${path}`;
  const request = new Request(URL.canParse(address) ? address : origin, init);
  Object.defineProperty(request, "url", { value: address, configurable: true });
  return request;
}

/** Path and query as sent, percent-encoding untouched; without a fragment, which never travels. */
export function targetOf(request: Request): string {
  const start = request.url.indexOf("/", request.url.indexOf("://") + 3);
  if (start < 0) return "/";
  const fragment = request.url.indexOf("#", start);
  return fragment < 0 ? request.url.slice(start) : request.url.slice(start, fragment);
}
