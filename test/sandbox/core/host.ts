import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { MovableClock } from "./clock.ts";
import { rawRequest } from "./target.ts";
import { ConnectionReset } from "./wrap.ts";

/** One service on a port of its own. */
export interface HostedService {
  readonly name: string;
  readonly port: number;
  fetch(request: Request): Promise<Response>;
}

export interface Listening {
  close(): Promise<void>;
}

/** A request body larger than this is refused with 413: the simulated systems stop far below. */
const largestBody = 64 * 2 ** 20;

/** Above what the simulated servers take, so that they refuse too long ones themselves, in their words. */
const largestHeaders = 128 * 1024;

/** Both families of loopback: `localhost` means either, by the resolver's mood. */
const loopback = ["127.0.0.1", "::1"] as const;

/** Serves every service on loopback. Throws an Error that names the port when one is in use; then nothing listens. */
export async function listen(services: readonly HostedService[], clock: MovableClock): Promise<Listening> {
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map(closed));
  };
  try {
    for (const service of services) {
      for (const host of loopback) {
        const server = createServer({ maxHeaderSize: largestHeaders }, (incoming, outgoing) => {
          handle(service, clock, incoming, outgoing).catch(() => outgoing.destroy());
        });
        server.keepAliveTimeout = 65_000;
        if (await bound(server, service, host)) servers.push(server);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function handle(
  service: HostedService,
  clock: MovableClock,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await bodyOf(incoming);
  if (body === "too large") {
    outgoing.writeHead(413).end();
    return;
  }
  let response: Response;
  try {
    response = await service.fetch(requestOf(service, incoming, body));
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    incoming.socket.resetAndDestroy();
    return;
  }
  await send(response, clock, outgoing);
}

function requestOf(service: HostedService, incoming: IncomingMessage, body: Uint8Array<ArrayBuffer>): Request {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? "");
  }
  const method = incoming.method ?? "GET";
  const authority = incoming.headers.host ?? `localhost:${service.port}`;
  const origin = URL.canParse(`http://${authority}`) ? `http://${authority}` : `http://localhost:${service.port}`;
  const bodiless = method === "GET" || method === "HEAD" || body.length === 0;
  return rawRequest(origin, incoming.url ?? "/", { method, headers, ...(bodiless ? {} : { body }) });
}

async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | "too large"> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > largestBody) return "too large";
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

async function send(response: Response, clock: MovableClock, outgoing: ServerResponse): Promise<void> {
  outgoing.sendDate = false;
  outgoing.setHeader("date", new Date(clock.now()).toUTCString());
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.writeHead(response.status);
  if (response.body === null || outgoing.req.method === "HEAD") {
    outgoing.end();
    await response.body?.cancel();
    return;
  }
  await pipe(response.body, outgoing);
}

/** Closes the connection where the body breaks off, and stops reading the body when the client has gone. */
async function pipe(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  outgoing.once("close", () => {
    reader.cancel().catch(() => undefined);
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value)) await drained(outgoing);
    }
    outgoing.end();
  } catch {
    // Closed in order, not reset: a reset would throw away what the client has not read yet.
    setImmediate(() => outgoing.socket?.end());
  }
}

async function drained(outgoing: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle);
      outgoing.off("close", settle);
      resolve();
    };
    outgoing.once("drain", settle);
    outgoing.once("close", settle);
  });
}

/** False when this machine has no such address; rejects when the port is taken. */
async function bound(server: Server, service: HostedService, host: string): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (host === "::1" && (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT")) resolve(false);
      else if (error.code === "EADDRINUSE") {
        reject(new Error(`Port ${service.port}, wanted for the sandbox's ${service.name}, is in use (${host}).`));
      } else reject(error);
    });
    server.listen(service.port, host, () => resolve(true));
  });
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
