import * as v from "valibot";
import type { AgentsConfig, AuthConfig, CentralConfig, LogConfig } from "./model.ts";
import { looksLikePem, readPrivateKey } from "./private-key.ts";
import type { Reader } from "./reader.ts";
import { REGIONS } from "./regions.ts";
import { BooleanValue, ListValue, OrganizationValue, oneOf, ResourceNameValue, WordValue } from "./values.ts";

/**
 * Where Amplify is. Unlike the Go SDK, an explicit address wins over the region's, as Axway's documentation promises
 * (network_traffic.md), and an unknown region is a problem and not the United States.
 */
export function readCentral(reader: Reader): CentralConfig {
  const regionName = v.pipe(
    v.string(),
    v.picklist(["US", "EU", "AP", "EU2"], "expected US, EU, AP or EU2, in capitals"),
  );
  const region = reader.value("CENTRAL_REGION", regionName, "US");
  const regional = REGIONS[region];
  const central: CentralConfig = {
    region,
    organizationId: reader.requiredValue("CENTRAL_ORGANIZATIONID", OrganizationValue, "the organisation's number", ""),
    environment: reader.requiredValue(
      "CENTRAL_ENVIRONMENT",
      ResourceNameValue,
      "the logical name of an existing environment in Amplify",
      "",
    ),
    team: reader.text("CENTRAL_TEAM"),
    url: reader.address("CENTRAL_URL", regional.url) ?? regional.url,
    platformUrl: reader.address("CENTRAL_PLATFORMURL", regional.platformUrl) ?? regional.platformUrl,
    apiServerVersion: reader.value("CENTRAL_APISERVERVERSION", oneOf(["v1", "v1alpha1"]), "v1"),
    deployment: reader.value("CENTRAL_DEPLOYMENT", WordValue, regional.deployment),
    pageSize: reader.integer("CENTRAL_PAGESIZE", 10, 100),
    timeoutMs: reader.duration("CENTRAL_CLIENTTIMEOUT", { least: "15s", most: "2m" }),
    pollIntervalMs: reader.duration("CENTRAL_POLLINTERVAL"),
    requestsPerMinute: reader.integer("CENTRAL_REQUESTSPERMINUTE", 3, 6_000),
  };
  reader.took("CENTRAL_ORGANIZATIONID", central.organizationId);
  reader.took("CENTRAL_URL", central.url);
  reader.took("CENTRAL_PLATFORMURL", central.platformUrl);
  reader.took("CENTRAL_DEPLOYMENT", central.deployment);
  return central;
}

/** How to log in to Amplify; undefined, with problems, when no login can be made of what is set. */
export function readAuth(reader: Reader, central: CentralConfig): AuthConfig | undefined {
  const fallback = REGIONS[central.region].authUrl;
  const authUrl = reader.address("CENTRAL_AUTH_URL", fallback) ?? fallback;
  reader.took("CENTRAL_AUTH_URL", authUrl);
  const realm = reader.value(
    "CENTRAL_AUTH_REALM",
    v.pipe(v.string(), v.regex(/^[\w.-]+$/, "expected a realm's name")),
    "Broker",
  );
  const clientId = reader.requiredValue(
    "CENTRAL_AUTH_CLIENTID",
    v.pipe(
      WordValue,
      v.check(
        (id) => !id.startsWith("DOSA_"),
        "expected a platform service account; DOSA_… accounts are not accepted (error 1406)",
      ),
    ),
    "the client id of a platform service account, such as name_6d66dc36-…",
    "",
  );
  const audience = `${authUrl}/realms/${realm}`;
  const base = {
    clientId,
    audience,
    tokenUrl: `${audience}/protocol/openid-connect/token`,
    timeoutMs: reader.duration("CENTRAL_AUTH_TIMEOUT", { least: "10s" }),
  };
  chooseLogin(reader);
  if (reader.isSet("CENTRAL_AUTH_CLIENTSECRET")) {
    return { ...base, kind: "client-secret", clientSecret: reader.text("CENTRAL_AUTH_CLIENTSECRET") ?? "" };
  }
  const privateKeyPem = readKey(reader);
  return privateKeyPem === undefined ? undefined : { ...base, kind: "key-pair", privateKeyPem };
}

const KEYS = ["CENTRAL_AUTH_PRIVATEKEY_DATA", "CENTRAL_AUTH_PRIVATEKEY"];

/** A login of its own keeps a connection from inheriting the other kind; both kinds at once are a problem. */
function chooseLogin(reader: Reader): void {
  const secret = "CENTRAL_AUTH_CLIENTSECRET";
  if (reader.isOwn(secret)) reader.disinherit(KEYS);
  else if (KEYS.some((name) => reader.isOwn(name))) reader.disinherit([secret]);
  if (!reader.isSet(secret)) return;
  const key = KEYS.find((name) => reader.isSet(name) && looksLikePem(reader.text(name) ?? ""));
  if (key) reader.problem(secret, `expected either this or ${reader.nameOf(key)}, found both`);
}

function readKey(reader: Reader): string | undefined {
  const [data = "", path = ""] = KEYS;
  const name = reader.isSet(data) || !reader.isSet(path) ? data : path;
  const text = reader.text(name);
  if (text === undefined) {
    reader.problem(name, "missing: the PEM text of the service account's private key, or CENTRAL_AUTH_CLIENTSECRET");
    return undefined;
  }
  if (name === path && !looksLikePem(text)) {
    reader.problem(
      name,
      "is a path, and a Worker has no files: put the file's text into CENTRAL_AUTH_PRIVATEKEY_DATA (wrangler secret put CENTRAL_AUTH_PRIVATEKEY_DATA < private_key.pem)",
    );
    return undefined;
  }
  const key = readPrivateKey(text);
  if (key.ok) return key.pem;
  reader.problem(name, key.message);
  return undefined;
}

/** Names of the two agents: `{environment}-da` and `-ta` when CENTRAL_AGENTNAME does not give one for both. */
export function readAgents(reader: Reader, environment: string): AgentsConfig {
  const name = reader.value("CENTRAL_AGENTNAME", ResourceNameValue, "");
  if (name.includes("."))
    reader.warn("CENTRAL_AGENTNAME", "a dot in the name has broken the display of the status in Amplify");
  if (name === "") reader.took("CENTRAL_AGENTNAME", `${environment}-da, ${environment}-ta`);
  return {
    discovery: name || `${environment}-da`,
    traceability: name || `${environment}-ta`,
    statusUpdates: reader.value("AGENTFEATURES_AGENTSTATUSUPDATES", BooleanValue, true),
  };
}

export function readLog(reader: Reader): LogConfig {
  return {
    level: reader.value("LOG_LEVEL", oneOf(["trace", "debug", "info", "warn", "error"]), "info"),
    maskedValues: reader.value("LOG_MASKEDVALUES", ListValue, []),
  };
}
