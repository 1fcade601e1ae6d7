import { ignored, table } from "./model.ts";

/** What the official agents have beside CENTRAL_* and KAFKA_* (agent-sdk, docs connected_agent_common_reference). */
export const AGENTS = [
  ...table("connection", [
    ["TRACEABILITY_HOST", "public", "by region", "host, and port if need be, of the ingestion service"],
    ["TRACEABILITY_PROTOCOL", "public", "https", "https; tcp and port 5044 are read as https on port 443"],
    ["TRACEABILITY_CLIENTTIMEOUT", "public", "60s", "for a request to the ingestion service; at least 30s"],
    [
      "TRACEABILITY_BULKMAXSIZE",
      "public",
      "100",
      "most events in a request; 1 to 2048, of which more than 100 count as 100",
    ],
    ["AGENTFEATURES_AGENTSTATUSUPDATES", "public", "true", "whether the agents' status is written"],
    ["LOG_LEVEL", "public", "info", "trace, debug, info, warn or error"],
    ["LOG_MASKEDVALUES", "internal", "", "words after which values are masked in logs, separated by commas"],
  ]),
  ...ignored("TRACEABILITY_", "COMPRESSIONLEVEL WORKER PIPELINING SLOWSTART", "belongs to the tcp transport"),
  ...ignored("TRACEABILITY_", "PROXYURL", "requests of a Worker pass no proxy"),
  ...ignored(
    "TRACEABILITY_",
    "EXCEPTION_LIST REDACTION_PATH_SHOW REDACTION_QUERYARGUMENT_SHOW REDACTION_QUERYARGUMENT_SANITIZE REDACTION_REQUESTHEADER_SHOW REDACTION_REQUESTHEADER_SANITIZE REDACTION_RESPONSEHEADER_SHOW REDACTION_RESPONSEHEADER_SANITIZE REDACTION_MASKING_CHARACTERS REDACTION_JMSPROPERTIES_SHOW REDACTION_JMSPROPERTIES_SANITIZE SAMPLING_PERCENTAGE SAMPLING_PER_API SAMPLING_PER_SUBSCRIPTION SAMPLING_ONLYERRORS SAMPLING_REPORTALLERRORS REPORTALLERRORS",
    "single transactions are not reported",
  ),
  ...ignored("QUEUE_MEM_", "EVENTS FLUSH_MINEVENTS FLUSH_TIMEOUT", "events wait in the database"),
  ...ignored("AGENTFEATURES_", "CONNECTTOCENTRAL", "without Amplify there is nothing to do"),
  ...ignored("AGENTFEATURES_", "PROCESSSYSTEMSIGNALS VERSIONCHECKER PERSISTCACHE", "has no meaning for a Worker"),
  ...ignored(
    "AGENTFEATURES_",
    "MANAGEIDPRESOURCES MARKETPLACEPROVISIONING",
    "the official agents' own; provisioning is always on",
  ),
  ...ignored(
    "AGENTFEATURES_METRICSERVICES_",
    "ENABLE_{n} URL_{n} REJECTONFAIL_{n}",
    "events go to Amplify's ingestion service only",
  ),
  ...ignored(
    "AGENTFEATURES_IDP_",
    "NAME_{n} TITLE_{n} TYPE_{n} METADATAURL_{n} EXTRAPROPERTIES_{n} REQUESTHEADERS_{n} QUERYPARAMS_{n} SCOPE_{n} GRANTTYPE_{n} AUTHMETHOD_{n} AUTHRESPONSETYPE_{n} OKTA_GROUP_{n} OKTA_APPNAME_TEMPLATE_{n} OKTA_POLICYNAME_TEMPLATE_{n} OKTA_SCOPE_SOURCES_{n} OKTA_SCOPE_EXCLUDE_{n} AUTH_TYPE_{n} AUTH_REQUESTHEADERS_{n} AUTH_QUERYPARAMS_{n} AUTH_ACCESSTOKEN_{n} AUTH_CLIENTID_{n} AUTH_CLIENTSECRET_{n} AUTH_CLIENTSCOPE_{n} AUTH_PRIVATEKEY_{n} AUTH_PUBLICKEY_{n} AUTH_KEYPASSWORD_{n} AUTH_TOKENSIGNINGMETHOD_{n} AUTH_USECACHEDTOKEN_{n} AUTH_USEREGISTRATIONTOKEN_{n} SSL_INSECURESKIPVERIFY_{n} SSL_ROOTCACERTPATH_{n} SSL_CLIENTCERTPATH_{n} SSL_CLIENTKEYPATH_{n} SSL_NEXTPROTOS_{n} SSL_CIPHERSUITES_{n} SSL_MINVERSION_{n} SSL_MAXVERSION_{n}",
    "no OAuth credentials are provisioned",
  ),
  ...ignored("STATUS_", "PORT HEALTHCHECKINTERVAL HEALTHCHECKPERIOD", "health is told at /health of this worker"),
  ...ignored("LOG_", "FORMAT OUTPUT", "logs are lines of JSON, where the platform puts them"),
  ...ignored(
    "LOG_",
    "FILE_NAME FILE_PATH FILE_ROTATEEVERYBYTES FILE_KEEPFILES FILE_CLEANBACKUPS METRICFILE_ENABLED METRICFILE_NAME METRICFILE_ROTATEEVERYBYTES METRICFILE_KEEPFILES METRICFILE_CLEANBACKUPS USAGEFILE_ENABLED USAGEFILE_NAME USAGEFILE_ROTATEEVERYBYTES USAGEFILE_KEEPFILES USAGEFILE_CLEANBACKUPS USAGEFILE_CLEANBACKUPSEVERY PATH",
    "a Worker has no files",
  ),
  ...ignored("HTTP_CLIENT_", "TIMEOUT", "each upstream has its own timeout"),
  ...table("worker", [
    ["ADMIN_TOKEN", "secret", "", "for the API and the pages, which answer 503 without it"],
    ["METRICS_TOKEN", "secret", "ADMIN_TOKEN", "for /metrics"],
    ["WEBHOOK_TOKEN", "secret", "", "for /amplify/webhook, which answers 503 without it"],
    [
      "PUBLIC_URL",
      "public",
      "",
      "https address of this worker; without it no webhook is installed and events are polled",
    ],
  ]),
];
