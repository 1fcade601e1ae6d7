import { normalizeSubject } from "../subject-name.ts";
import { readAssociation } from "./bodies.ts";
import { type Exchange, type Route, requireRight, subjectOf } from "./exchange.ts";

/** `/associations…`, Schema Registry 8 on Platform (schema-registry `rest/resources/AssociationsResource`). */
export const associationRoutes: readonly Route[] = [
  { path: "/associations", methods: { POST: create }, only: "platform" },
  { path: "/associations/subjects/:subject", methods: { GET: listOfSubject }, only: "platform" },
  { path: "/associations/resources/:resource", methods: { DELETE: remove }, only: "platform" },
  { path: "/associations/resources/:namespace/:name", methods: { GET: listOfResource }, only: "platform" },
];

async function create(exchange: Exchange) {
  const body = await readAssociation(exchange.request);
  const request = {
    ...body,
    associations: body.associations.map((each) => ({ ...each, subject: normalizeSubject(each.subject) })),
  };
  for (const { subject } of request.associations) requireRight(exchange, "Write", subject);
  const { associations, ...resource } = request;
  const added = exchange.registry.associations.create(request, (subject) =>
    exchange.registry.store.has(subject, false),
  );
  return { ...resource, ...(added.length === 0 ? {} : { associations: added }) };
}

function listOfResource({ registry, path, query }: Exchange) {
  return registry.associations.ofResource(
    path.namespace ?? "",
    path.name ?? "",
    query.get("resourceType") ?? undefined,
  );
}

function listOfSubject(exchange: Exchange) {
  const subject = subjectOf(exchange);
  requireRight(exchange, "Read", subject);
  return exchange.registry.associations.ofSubject(subject);
}

function remove({ registry, path }: Exchange) {
  registry.associations.delete(path.resource ?? "");
  return new Response(null, { status: 204 });
}
