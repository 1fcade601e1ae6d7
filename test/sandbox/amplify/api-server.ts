import { type Address, addressOf, linkOf } from "./address.ts";
import type { Client } from "./clients.ts";
import type { Json } from "./json.ts";
import { list, shown } from "./listing.ts";
import { Problem } from "./problem.ts";
import type { Resource } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { view } from "./view.ts";

async function jsonOf(request: Request, mediaType: string): Promise<Json> {
  if (!request.headers.get("content-type")?.startsWith(mediaType)) {
    throw new Problem(415, `the body must be ${mediaType}`);
  }
  try {
    return (await request.json()) as Json;
  } catch {
    throw new Problem(400, "the body is not JSON");
  }
}

function requireRight(client: Client, address: Address, action: "read" | "write"): void {
  if (client.rights.has(`${address.kind.plural}:${action}`)) return;
  const what = action === "read" ? "view" : "change";
  throw new Problem(403, `the account may not ${what} resources of kind ${address.kind.kind}`);
}

/** `/apis`: one request of an authenticated client. Problems are thrown. */
export class ApiServer {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  async answer(request: Request, client: Client): Promise<Response> {
    const url = new URL(request.url);
    const address = addressOf(url.pathname.slice("/apis".length));
    const isRead = request.method === "GET" || request.method === "HEAD";
    requireRight(client, address, isRead ? "read" : "write");
    const scope = this.#scope(address);
    if (isRead) return this.#read(address, url.searchParams);
    if (address.name === undefined) return this.#create(request, address, scope, client);
    const resource = this.#found(address, address.name);
    if (address.sub !== undefined) return this.#writeSub(request, resource, address.sub, address, client);
    return this.#write(request, resource, address, client);
  }

  #read(address: Address, query: URLSearchParams): Response {
    const { store } = this.#resources;
    const { kind, scopeLink, name, sub, version } = address;
    if (name === undefined) {
      const page = list(kind, store.list(kind.kind, scopeLink), query, version, store);
      return Response.json(page.items, { headers: { "X-Axway-Total-Count": String(page.total) } });
    }
    const resource = this.#found(address, name);
    if (sub === undefined) return Response.json(shown(resource, query, version, store));
    const value = resource.subs[sub];
    if (value === undefined) throw new Problem(404, `${kind.kind} ${name} has no ${sub}`);
    return Response.json({ [sub]: value });
  }

  async #create(request: Request, address: Address, scope: Resource | undefined, client: Client): Promise<Response> {
    const { kind, version } = address;
    if (request.method !== "POST") throw new Problem(405, `${request.method} is not possible on a collection`);
    if (kind.scopes.length > 0 && scope === undefined) throw new Problem(405, `${kind.kind} is made within a scope`);
    const body = await jsonOf(request, "application/json");
    const created = this.#resources.create(kind, scope, body, client.userId);
    return Response.json(view(created, version), { status: 201 });
  }

  async #write(request: Request, resource: Resource, address: Address, client: Client): Promise<Response> {
    if (request.method === "DELETE") {
      this.#resources.remove(resource, client.userId);
      return new Response(null, { status: 204 });
    }
    if (request.method !== "PUT") throw new Problem(405, `${request.method} is not possible on a resource`);
    const body = await jsonOf(request, "application/json");
    const current = this.#found(address, resource.name);
    return Response.json(view(this.#resources.replace(current, body, client.userId), address.version));
  }

  async #writeSub(
    request: Request,
    resource: Resource,
    sub: string,
    address: Address,
    client: Client,
  ): Promise<Response> {
    const isPatch = request.method === "PATCH";
    if (!isPatch && request.method !== "PUT") throw new Problem(405, `${request.method} is not possible on ${sub}`);
    const body = await jsonOf(request, isPatch ? "application/json-patch+json" : "application/json");
    const current = this.#found(address, resource.name);
    const written = isPatch
      ? this.#resources.patchSub(current, sub, body, client.userId)
      : this.#resources.putSub(current, sub, body, client.userId);
    return Response.json(view(written, address.version));
  }

  #scope(address: Address): Resource | undefined {
    if (address.scopeLink === undefined) return undefined;
    const scope = this.#resources.store.get(address.scopeLink);
    if (scope === undefined) throw new Problem(404, `there is no scope ${address.scopeLink}`);
    return scope;
  }

  #found(address: Address, name: string): Resource {
    const resource = this.#resources.store.get(linkOf(address, name));
    if (resource === undefined) throw new Problem(404, `${address.kind.kind} ${name} not found`);
    return resource;
  }
}
