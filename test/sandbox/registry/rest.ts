import type { Authenticate } from "../core/types.ts";
import type { Registry } from "./registry.ts";
import {
  acceptsBody,
  answer,
  answerError,
  MEDIA_TYPES,
  negotiate,
  notAcceptable,
  unsupportedType,
  wrongMethod,
} from "./rest/answers.ts";
import { associationRoutes } from "./rest/associations.ts";
import { compatibilityRoutes } from "./rest/compatibility.ts";
import { configRoutes } from "./rest/config.ts";
import type { Flavour, Handler, Route } from "./rest/exchange.ts";
import { modeRoutes } from "./rest/mode.ts";
import { findRoute, targetOf } from "./rest/routing.ts";
import { schemaRoutes } from "./rest/schemas.ts";
import { serverRoutes } from "./rest/server.ts";
import { subjectRoutes } from "./rest/subjects.ts";
import { versionRoutes } from "./rest/versions.ts";
import { randomUuid } from "./uuid.ts";

const ROUTES: readonly Route[] = [
  ...serverRoutes,
  ...subjectRoutes,
  ...versionRoutes,
  ...schemaRoutes,
  ...configRoutes,
  ...modeRoutes,
  ...compatibilityRoutes,
  ...associationRoutes,
];

export interface RegistryRestOptions {
  /** `platform`: the open-source server 8.5. `cloud`: what Confluent Cloud has and tells. */
  readonly flavour: Flavour;
  readonly authenticate: Authenticate;
}

export interface RegistryRest {
  fetch(request: Request): Promise<Response>;
}

/**
 * The REST API of a registry. Callers need `SUBJECT:READ`, `SUBJECT:WRITE` or `SUBJECT:DELETE` on a subject (qualified
 * outside the default context); what may not be read is absent from lists and 403/40301 by name.
 */
export function registryRest(registry: Registry, options: RegistryRestOptions): RegistryRest {
  return {
    async fetch(request) {
      const response = await respond(registry, options, request);
      const headers = new Headers(response.headers);
      headers.set("x-request-id", randomUuid(registry.context.random));
      if (request.method === "GET" || request.method === "POST") headers.set("vary", "Accept-Encoding");
      const body = request.method === "HEAD" ? null : response.body;
      return new Response(body, { status: response.status, headers });
    },
  };
}

async function respond(
  registry: Registry,
  { flavour, authenticate }: RegistryRestOptions,
  request: Request,
): Promise<Response> {
  const caller = authenticate(request);
  if (caller instanceof Response) return caller;
  const mediaType = negotiate(request.headers.get("accept"));
  try {
    const target = targetOf(new URL(request.url));
    const { route, path } = findRoute(ROUTES, flavour, target);
    const handle = handlerOf(route, request.method);
    if (!acceptsBody(request.headers.get("content-type"))) throw unsupportedType();
    if (mediaType === undefined) throw notAcceptable();
    const asksForAll = request.headers.get("confluent-accept-unknown-properties")?.toLowerCase() === "true";
    const tellsAll = flavour === "platform" || asksForAll;
    const result = await handle({ registry, flavour, caller, request, path, query: target.query, mediaType, tellsAll });
    return result instanceof Response ? result : answer(200, mediaType, result);
  } catch (error) {
    return answerError(error, mediaType ?? MEDIA_TYPES[0]);
  }
}

function handlerOf({ methods }: Route, method: string): Handler {
  const handler = Object.entries(methods).find(([name]) => name === (method === "HEAD" ? "GET" : method))?.[1];
  if (handler === undefined) throw wrongMethod();
  return handler;
}
