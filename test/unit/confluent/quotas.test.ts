import { describe, expect, it } from "vitest";
import { readQuotas } from "../../../src/confluent/quotas.ts";
import { failureFrom } from "../http/support.ts";
import { CLOUD, controlPlane, refusal, variable } from "./control-plane.ts";
import { json } from "./support.ts";

describe("the quotas", () => {
  const found = {
    id: "kafka.max_acls.per_cluster",
    display_name: "ACLs",
    default_limit: 1000,
    applied_limit: 4000,
    usage: 3,
    environment: null,
  };

  it("of a cluster are read with limit and use", async () => {
    const world = controlPlane(() =>
      json({ metadata: {}, data: [found, { id: "b", default_limit: 5, usage: null }, { id: "c" }] }),
    );
    expect(
      await readQuotas(world.rest, CLOUD, { scope: "KAFKA_CLUSTER", environmentId: "env-1", clusterId: "lkc-1" }),
    ).toEqual([
      { id: "kafka.max_acls.per_cluster", displayName: "ACLs", limit: 4000, usage: 3 },
      { id: "b", displayName: "", limit: 5, usage: undefined },
      { id: "c", displayName: "", limit: undefined, usage: undefined },
    ]);
    expect(world.asked).toEqual([
      "GET /service-quota/v1/applied-quotas?scope=KAFKA_CLUSTER&environment=env-1&kafka_cluster=lkc-1&page_size=100",
    ]);
  });

  it("of other scopes name what they need", async () => {
    const world = controlPlane(() => json({ metadata: {}, data: [] }));
    await readQuotas(world.rest, CLOUD, { scope: "ORGANIZATION" });
    await readQuotas(world.rest, CLOUD, { scope: "ENVIRONMENT", environmentId: "env-1" });
    expect(world.asked).toEqual([
      "GET /service-quota/v1/applied-quotas?scope=ORGANIZATION&page_size=100",
      "GET /service-quota/v1/applied-quotas?scope=ENVIRONMENT&environment=env-1&page_size=100",
    ]);
  });

  it("may not be readable", async () => {
    const world = controlPlane(() => refusal(403, "forbidden_access"));
    const failure = await failureFrom(readQuotas(world.rest, CLOUD, { scope: "ORGANIZATION" }));
    expect(failure.message).toContain(`the credential of ${variable} read the quotas`);
  });
});
