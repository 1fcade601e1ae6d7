import { createPrivateKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CLOUD, KEY, problems, sound, warnings } from "./environments.ts";

describe("the Amplify side of a connection", () => {
  it("needs four variables and takes the United States for its region", () => {
    const { central, auth, agents, name, index } = sound(CLOUD);
    expect({ name, index }).toEqual({ name: "kafka-cloud", index: 1 });
    expect(central).toEqual({
      region: "US",
      organizationId: "315480851843079",
      environment: "kafka-cloud",
      team: undefined,
      url: "https://apicentral.axway.com",
      platformUrl: "https://platform.axway.com",
      apiServerVersion: "v1",
      deployment: "prod",
      pageSize: 100,
      timeoutMs: 60_000,
      pollIntervalMs: 60_000,
      requestsPerMinute: 25,
    });
    expect(auth).toEqual({
      kind: "key-pair",
      clientId: "sa_6d66dc36-0000-4000-8000-000000000001",
      audience: "https://login.axway.com/auth/realms/Broker",
      tokenUrl: "https://login.axway.com/auth/realms/Broker/protocol/openid-connect/token",
      timeoutMs: 10_000,
      privateKeyPem: KEY.pkcs8,
    });
    expect(agents).toEqual({ discovery: "kafka-cloud-da", traceability: "kafka-cloud-ta", statusUpdates: true });
    expect(warnings(CLOUD)).toEqual([]);
  });

  it.each([
    [
      "EU",
      "https://central.eu-fr.axway.com",
      "https://login.axway.com/auth/realms/Broker",
      "prod-eu",
      "https://ingestion.visibility.eu-fr.axway.com",
    ],
    [
      "AP",
      "https://central.ap-sg.axway.com",
      "https://login.axway.com/auth/realms/Broker",
      "prod-ap",
      "https://ingestion.visibility.ap-sg.axway.com",
    ],
    [
      "EU2",
      "https://engage.eu-fr.axway.com",
      "https://login.eu-fr.axway.com/auth/realms/Broker",
      "prod-eu-regional",
      "https://phoenix.eu-fr.axway.com",
    ],
  ])("takes the addresses of its region: %s", (region, url, audience, deployment, ingestion) => {
    const connection = sound({ ...CLOUD, CENTRAL_REGION: region });
    expect(connection.central).toMatchObject({ region, url, deployment });
    expect(connection.auth.audience).toBe(audience);
    expect(connection.traceability.url).toBe(ingestion);
  });

  it("lets an explicit address win over the region's and trims it", () => {
    const connection = sound({
      ...CLOUD,
      CENTRAL_REGION: "EU",
      CENTRAL_URL: " https://central.example/x// ",
      CENTRAL_AUTH_URL: "https://login.example/auth/",
      CENTRAL_PLATFORMURL: "http://127.0.0.1:8800",
      CENTRAL_AUTH_REALM: "Other",
    });
    expect(connection.central).toMatchObject({
      url: "https://central.example/x",
      platformUrl: "http://127.0.0.1:8800",
    });
    expect(connection.auth.tokenUrl).toBe("https://login.example/auth/realms/Other/protocol/openid-connect/token");
  });

  it("makes a number whole that YAML has written as a float", () => {
    expect(sound({ ...CLOUD, CENTRAL_ORGANIZATIONID: "3.15480851843079e+14" }).central.organizationId).toBe(
      "315480851843079",
    );
    expect(sound({ ...CLOUD, CENTRAL_ORGANIZATIONID: "00123" }).central.organizationId).toBe("00123");
  });

  it("names everything that is missing at once", () => {
    expect(problems({ LOG_LEVEL: "debug" }).map((problem) => problem.split(": ")[0])).toEqual([
      "CENTRAL_ORGANIZATIONID",
      "CENTRAL_ENVIRONMENT",
      "CENTRAL_AUTH_CLIENTID",
      "CENTRAL_AUTH_PRIVATEKEY_DATA",
      "KAFKA_CLUSTER_SERVERS",
      "KAFKA_CLUSTER_REST_URL",
    ]);
    expect(problems({})).toHaveLength(6);
    expect(problems({ CENTRAL_ORGANIZATIONID: " ", CENTRAL_ENVIRONMENT: "" })).toHaveLength(6);
  });

  it("names everything that is wrong at once, with what was expected", () => {
    expect(
      problems({
        ...CLOUD,
        CENTRAL_ORGANIZATIONID: "acme",
        CENTRAL_ENVIRONMENT: "My Environment",
        CENTRAL_REGION: "eu",
        CENTRAL_URL: "apicentral.axway.com",
        CENTRAL_AUTH_CLIENTID: "DOSA_1234",
        CENTRAL_APPENDENVIRONMENTTOTITLE: "yes",
        KAFKA_ASYNCAPI_VERSION: "2.4.0",
        LOG_LEVEL: "verbose",
      }),
    ).toEqual([
      "CENTRAL_REGION: expected US, EU, AP or EU2, in capitals, found eu",
      "CENTRAL_ORGANIZATIONID: expected the organisation's number, as the platform shows it in the organisation's details, found acme",
      "CENTRAL_ENVIRONMENT: expected a logical name: lower-case letters, digits, dashes and dots, found My Environment",
      "CENTRAL_URL: expected an address such as https://host/path",
      "CENTRAL_AUTH_CLIENTID: expected a platform service account; DOSA_… accounts are not accepted (error 1406)",
      "LOG_LEVEL: expected trace, debug, info, warn, error, found verbose",
      "CENTRAL_APPENDENVIRONMENTTOTITLE: expected true or false, found yes",
      "KAFKA_ASYNCAPI_VERSION: expected 3.0.0, 2.6.0, found 2.4.0",
    ]);
  });
});

describe("the private key", () => {
  const withKey = (text: string, name = "CENTRAL_AUTH_PRIVATEKEY_DATA") => ({
    ...CLOUD,
    CENTRAL_AUTH_PRIVATEKEY_DATA: undefined,
    [name]: text,
  });

  it.each([
    ["PKCS#8", KEY.pkcs8],
    ["PKCS#1", KEY.pkcs1],
    ["with written line ends", KEY.pkcs8.replaceAll("\n", "\\n")],
    ["with Windows line ends", KEY.pkcs8.replaceAll("\n", "\r\n")],
    ["in one line", KEY.pkcs1.replaceAll("\n", " ")],
    ["in quotes", `"${KEY.pkcs8.replaceAll("\n", "\\n")}"`],
    ["with text before it", `Bag Attributes\n${KEY.pkcs8}`],
  ])("is taken %s", (_form, text) => {
    const { auth } = sound(withKey(text));
    if (auth.kind !== "key-pair") throw new Error("no key");
    const own = createPrivateKey(auth.privateKeyPem).export({ type: "pkcs8", format: "pem" });
    expect(own).toBe(KEY.pkcs8);
  });

  it("may stand where the official agents have a path", () => {
    expect(sound(withKey(KEY.pkcs1, "CENTRAL_AUTH_PRIVATEKEY")).auth).toMatchObject({
      kind: "key-pair",
      privateKeyPem: KEY.pkcs1,
    });
  });

  it("is not read from a path, and what to do is said", () => {
    expect(problems(withKey("/etc/private_key.pem", "CENTRAL_AUTH_PRIVATEKEY"))).toEqual([
      "CENTRAL_AUTH_PRIVATEKEY: is a path, and a Worker has no files: put the file's text into CENTRAL_AUTH_PRIVATEKEY_DATA (wrangler secret put CENTRAL_AUTH_PRIVATEKEY_DATA < private_key.pem)",
    ]);
  });

  it.each([
    ["PKCS#8", KEY.encryptedPkcs8],
    ["PKCS#1", KEY.encryptedPkcs1],
  ])("is refused encrypted, with the line that converts it: %s", (_form, text) => {
    expect(problems(withKey(text))).toEqual([
      "CENTRAL_AUTH_PRIVATEKEY_DATA: expected a key that is not encrypted; convert it with: openssl pkcs8 -topk8 -nocrypt -in private_key.pem -out private_key_plain.pem",
    ]);
  });

  it.each([
    ["a public key", KEY.public, "expected the private key, found PUBLIC KEY"],
    [
      "cut off inside",
      KEY.pkcs8.replace(/\n.{64}\n/, "\n"),
      "expected a whole private key; its base64 text is damaged or cut off",
    ],
    [
      "with a line lost",
      KEY.pkcs8.replace(/\n.{64}\n(.*\n-----END)/, "\n$1"),
      "expected a whole private key; its base64 text is damaged or cut off",
    ],
    [
      "cut off at the end",
      KEY.pkcs8.slice(0, 500),
      "expected a whole PEM text, from -----BEGIN … to the same -----END …",
    ],
    ["no PEM at all", "hunter2", "expected the PEM text of the private key itself"],
    [
      "of an elliptic curve",
      KEY.pkcs1.replaceAll("RSA", "EC"),
      "expected an RSA key, as Amplify accepts RS256 only, found EC PRIVATE KEY",
    ],
  ])("is refused %s, without a word of it", (_form, text, message) => {
    const found = problems(withKey(text));
    expect(found).toEqual([`CENTRAL_AUTH_PRIVATEKEY_DATA: ${message}`]);
  });

  it("may be a client secret instead", () => {
    const secret = { ...CLOUD, CENTRAL_AUTH_PRIVATEKEY_DATA: undefined, CENTRAL_AUTH_CLIENTSECRET: "s3cret" };
    expect(sound(secret).auth).toMatchObject({ kind: "client-secret", clientSecret: "s3cret" });
    expect(sound({ ...secret, CENTRAL_AUTH_PRIVATEKEY: "/etc/private_key.pem" }).auth.kind).toBe("client-secret");
  });

  it("is not chosen from two", () => {
    expect(problems({ ...CLOUD, CENTRAL_AUTH_CLIENTSECRET: "s3cret" })).toEqual([
      "CENTRAL_AUTH_CLIENTSECRET: expected either this or CENTRAL_AUTH_PRIVATEKEY_DATA, found both",
    ]);
  });
});

describe("limits are the SDK's: what is outside gives the default, never the limit", () => {
  it.each([
    ["CENTRAL_POLLINTERVAL", "10s", "60s is used: expected at least 30s, such as 1m30s, found 10s"],
    ["CENTRAL_POLLINTERVAL", "90", "60s is used: expected at least 30s, such as 1m30s, found 90"],
    ["CENTRAL_CLIENTTIMEOUT", "3m", "60s is used: expected at least 15s and at most 2m, such as 1m30s, found 3m"],
    ["CENTRAL_AUTH_TIMEOUT", "5s", "10s is used: expected at least 10s, such as 1m30s, found 5s"],
    ["CENTRAL_PAGESIZE", "5", "100 is used: expected a whole number from 10 to 100, found 5"],
    ["CENTRAL_PAGESIZE", "many", "100 is used: expected a whole number from 10 to 100, found many"],
    ["CENTRAL_REQUESTSPERMINUTE", "0", "25 is used: expected a whole number from 3 to 6000, found 0"],
    ["KAFKA_CLUSTER_TIMEOUT", "10s", "30s is used: expected at least 30s, such as 1m30s, found 10s"],
    ["KAFKA_DISCOVERY_INTERVAL", "30s", "5m is used: expected at least 1m, such as 1m30s, found 30s"],
    ["KAFKA_METRICS_INTERVAL", "-5m", "5m is used: expected at least 1m, such as 1m30s, found -5m"],
  ])("%s=%s", (name, value, message) => {
    expect(warnings({ ...CLOUD, [name]: value })).toEqual([`${name}: ${message}`]);
    const { settings: _own, ...config } = sound({ ...CLOUD, [name]: value });
    const { settings: _plain, ...plain } = sound(CLOUD);
    expect(config).toEqual(plain);
  });

  it("takes what is inside", () => {
    const connection = sound({
      ...CLOUD,
      CENTRAL_POLLINTERVAL: "1m30s",
      CENTRAL_PAGESIZE: "10",
      CENTRAL_REQUESTSPERMINUTE: "6000",
    });
    expect(connection.central).toMatchObject({ pollIntervalMs: 90_000, pageSize: 10, requestsPerMinute: 6_000 });
  });
});
