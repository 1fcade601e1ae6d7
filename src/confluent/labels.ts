import { sha256Hex } from "../runtime/digest.ts";

/** Whom something that we make in Confluent is for: one credential of one Amplify environment. */
export interface Owner {
  /** Id of the Amplify organization. */
  readonly organization: string;
  /** Id of the Amplify environment. */
  readonly environment: string;
  /** Id of the credential in Amplify, which survives a change of its name. */
  readonly credential: string;
}

/** What the description of an account or key says of its owner. */
export interface Label extends Owner {
  /** Of keys: which attempt to make one it comes from, so that an attempt whose answer was lost is found. */
  readonly operation?: string | undefined;
}

const VERSION = "amplify:v1";
/** Confluent Cloud allows 64 (terraform-provider-confluent, confluent_service_account); this leaves room to spare. */
const MOST_OF_SLUG = 40;

/**
 * Display name of the service account of a credential, the same after any loss of the database, at most 57 characters.
 * `application` is the resource name of the managed application, there for people only.
 */
export async function serviceAccountName(owner: Owner, application: string): Promise<string> {
  const hash = await shortHash(12, owner.organization, owner.environment, owner.credential);
  const slug = application
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, MOST_OF_SLUG)
    .replace(/-$/, "");
  return slug === "" ? `amp-${hash}` : `amp-${hash}-${slug}`;
}

/** What every SASL user of an environment begins with, for a list of all that are ours. */
export async function saslUserPrefix({ organization, environment }: Omit<Owner, "credential">): Promise<string> {
  return `amp-${await shortHash(8, organization, environment)}-`;
}

/** The SASL users of one credential: `<this>1`, `<this>2` and so on, one more with each rotation. */
export async function credentialUserPrefix(owner: Owner): Promise<string> {
  return `${await saslUserPrefix(owner)}${await shortHash(12, owner.credential)}-`;
}

/** Name of the `number`th SASL user of a credential, from 1. */
export async function saslUserName(owner: Owner, number: number): Promise<string> {
  return `${await credentialUserPrefix(owner)}${number}`;
}

/** The number in a name that `saslUserName` made; undefined for any other name. */
export function saslUserNumber(name: string): number | undefined {
  const digits = /^amp-[0-9a-f]{8}-[0-9a-f]{12}-([1-9]\d{0,8})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * What the consumer groups and transactional ids of a managed application begin with. Of fixed length, so that no
 * application's prefix is the beginning of another's.
 */
export async function groupPrefix(applicationId: string): Promise<string> {
  return `amp.${await shortHash(12, applicationId)}.`;
}

/** The ownership label, as the description of an account or key: `amplify:v1 org=… env=… cred=…`. */
export function formatLabel({ organization, environment, credential, operation }: Label): string {
  const label = `${VERSION} org=${encoded(organization)} env=${encoded(environment)} cred=${encoded(credential)}`;
  return operation === undefined ? label : `${label} op=${encoded(operation)}`;
}

/**
 * Reads a label back. Undefined for any description that is not whole and unambiguous: what bears it is then not ours.
 * Words that somebody wrote behind it do no harm.
 */
export function parseLabel(description: string): Label | undefined {
  const [version, ...words] = description.trim().split(/\s+/);
  if (version !== VERSION) return undefined;
  const members = new Map<string, string>();
  for (const word of words) {
    const [, name, value] = /^(org|env|cred|op)=(.+)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) continue;
    if (members.has(name)) return undefined;
    members.set(name, value);
  }
  const organization = decoded(members.get("org"));
  const environment = decoded(members.get("env"));
  const credential = decoded(members.get("cred"));
  if (organization === undefined || environment === undefined || credential === undefined) return undefined;
  return { organization, environment, credential, operation: decoded(members.get("op")) };
}

/** Whether a label is of this organization and environment: only such things are adopted or removed. */
export function isOurs(label: Label | undefined, ours: Omit<Owner, "credential">): label is Label {
  return label?.organization === ours.organization && label.environment === ours.environment;
}

async function shortHash(length: number, ...parts: readonly string[]): Promise<string> {
  return (await sha256Hex(parts.join("/"))).slice(0, length);
}

/** The ids in use have nothing to encode; one with a blank in it must not be read as two words. */
function encoded(text: string): string {
  return encodeURIComponent(text);
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
