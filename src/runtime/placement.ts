/** Regions of Amplify (CENTRAL_REGION). */
type Region = "US" | "EU" | "AP" | "EU2";

/** Part of a Durable Object namespace that placing needs, whatever the objects are. */
interface Placeable<Namespace> {
  jurisdiction(jurisdiction: "eu"): Namespace;
}

/** Local workerd has no jurisdictions and says so in these words. */
const NOT_IMPLEMENTED = /jurisdiction restrictions are not implemented/i;

/**
 * Where objects of a connection live: in the EU by jurisdiction when Amplify's region is one of the EU's. It is part of
 * an object's identity: a connection whose region changes starts with an empty database.
 */
export function placed<Namespace extends Placeable<Namespace>>(namespace: Namespace, region: Region): Namespace {
  if (region !== "EU" && region !== "EU2") return namespace;
  try {
    return namespace.jurisdiction("eu");
  } catch (error) {
    if (error instanceof Error && NOT_IMPLEMENTED.test(error.message)) return namespace;
    throw error;
  }
}

/** A hint only: where the object is made first. */
export function locationHint(region: Region): { locationHint: "apac" } | undefined {
  return region === "AP" ? { locationHint: "apac" } : undefined;
}
