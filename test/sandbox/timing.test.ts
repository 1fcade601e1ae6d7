import { expect, it } from "vitest";
import { createSandbox } from "./sandbox.ts";

/** A story waits for the sandbox some thousand times: its own share must not be felt. */
it("answers in under 20 ms at the 95th percentile on the demo world, bulk reads included", async () => {
  const sandbox = createSandbox({ inProcess: true, amplifyRequestsPerMinute: "unlimited" });
  const { confluentCloud, confluentPlatform, amplify } = sandbox.endpoints();
  const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
  const login = ({ id, secret }: { id: string; secret: string }) => basic(id, secret);
  const get = async (address: string, headers: Record<string, string>) =>
    await (await sandbox.fetch(new Request(address, { headers }))).text();

  const token = await sandbox.fetch(
    new Request(amplify.tokenUrl, {
      method: "POST",
      headers: login(amplify.clients.withSecret),
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    }),
  );
  const { access_token } = (await token.json()) as { access_token: string };
  const bearer = { authorization: `Bearer ${access_token}`, "x-axway-tenant-id": amplify.organizationId };
  const { apiKeys, clusterId, environment } = confluentCloud;
  const rest = basic(confluentPlatform.kafkaRest.username, confluentPlatform.kafkaRest.password);
  const registry = basic(confluentPlatform.schemaRegistry.username, confluentPlatform.schemaRegistry.password);
  const platform = `${confluentPlatform.kafkaRestUrl}/v3/clusters/${confluentPlatform.clusterId}`;
  const schemas = "/schemas?subjectPrefix=%3A*%3A&latestOnly=true&offset=0&limit=1000";
  for (let round = 0; round < 20; round++) {
    await get(
      `${confluentCloud.controlPlaneUrl}/cmk/v2/clusters/${clusterId}?environment=${environment}`,
      login(apiKeys.cloud),
    );
    await get(`${confluentCloud.kafkaRestUrl}/clusters/${clusterId}/topics`, login(apiKeys.kafka));
    await get(`${confluentCloud.kafkaRestUrl}/clusters/${clusterId}/topics/-/configs`, login(apiKeys.kafka));
    await get(`${confluentCloud.schemaRegistryUrl}${schemas}`, login(apiKeys.schemaRegistry));
    await get(`${platform}/topics`, rest);
    await get(`${platform}/topics/-/configs`, rest);
    await get(`${confluentPlatform.schemaRegistryUrl}${schemas}`, registry);
    await get(`${confluentPlatform.schemaRegistryUrl}/subjects/orders-value/versions/1`, registry);
    await get(`${amplify.apiServer}/management/v1/environments/${amplify.environments.cloud}`, bearer);
    await get(`${amplify.apiServer}/management/v1/environments/${amplify.environments.cloud}/apiservices`, bearer);
  }
  const own = sandbox.log.all();
  expect(own.every(({ status }) => status === 200)).toBe(true);
  const sorted = own.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(20);
});
