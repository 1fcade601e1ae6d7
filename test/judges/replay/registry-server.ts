import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What is served: one simulated system. */
interface Service {
  fetch(request: Request): Promise<Response>;
}

/**
 * A plain HTTP server on a free port of loopback. Nothing is added to an answer, since the judge sees a Content-Type that
 * the service did not give.
 */
export async function serveOnLoopback(service: Service): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    relay(service, incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return address.port;
}

async function relay(service: Service, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await service.fetch(await requestOf(incoming));
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk);
  outgoing.end();
}

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  const method = incoming.method ?? "GET";
  const body = parts.length === 0 ? null : new Uint8Array(Buffer.concat(parts));
  return new Request(`http://${headers.get("host")}${incoming.url}`, { method, headers, body });
}
