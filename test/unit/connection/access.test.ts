import { expect, test } from "vitest";
import { readConfig } from "../../../src/config/config.ts";
import { controlAccess, kafkaAccess, registryAccess, variableOf } from "../../../src/connection/access.ts";
import { createSandbox } from "../../sandbox/sandbox.ts";

const sandbox = createSandbox({ inProcess: true, world: "empty" });
function configsOf(changes: Readonly<Record<string, string>> = {}) {
  const { connections } = readConfig({ ...sandbox.allEnvironmentVariables(), ...changes }, "deno");
  const [cloud, platform] = connections;
  if (!cloud || !platform) throw new Error("the configuration is wrong");
  return { cloud, platform };
}

test("a credential is named by the variable that this connection sets, with its suffix", () => {
  const { cloud, platform } = configsOf();
  expect(kafkaAccess(cloud).variable).toBe("KAFKA_CLUSTER_AUTH_APIKEY_ID");
  expect(registryAccess(cloud)?.variable).toBe("KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID");
  expect(kafkaAccess(platform).variable).toBe("KAFKA_CLUSTER_REST_AUTH_USERNAME_2");
  expect(registryAccess(platform)?.variable).toBe("KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME_2");
  expect(variableOf(platform, "CENTRAL_AUTH_CLIENTID")).toBe("CENTRAL_AUTH_CLIENTID_2");
  if (cloud.kafka.kind === "cloud")
    expect(controlAccess(cloud, cloud.kafka).variable).toBe("KAFKA_CLOUD_AUTH_APIKEY_ID");
});

test("of a token it is the token's variable, and without a login the one that would hold it", () => {
  const none = { KAFKA_CLUSTER_REST_AUTH_USERNAME_2: "", KAFKA_CLUSTER_REST_AUTH_PASSWORD_2: "" };
  expect(kafkaAccess(configsOf(none).platform).variable).toBe("KAFKA_CLUSTER_REST_AUTH_USERNAME");
  const token = { ...none, KAFKA_CLUSTER_REST_AUTH_TOKEN_2: "text" };
  expect(kafkaAccess(configsOf(token).platform).variable).toBe("KAFKA_CLUSTER_REST_AUTH_TOKEN_2");
});

test("one global key in the place of all is named once", () => {
  const { cloud } = configsOf({
    KAFKA_CLUSTER_AUTH_APIKEY_ID: "",
    KAFKA_CLUSTER_AUTH_APIKEY_SECRET: "",
    KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID: "",
    KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_SECRET: "",
  });
  expect(kafkaAccess(cloud).variable).toBe("KAFKA_CLOUD_AUTH_APIKEY_ID");
  expect(registryAccess(cloud)?.variable).toBe("KAFKA_CLOUD_AUTH_APIKEY_ID");
});
