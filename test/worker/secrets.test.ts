import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Ports } from "../../src/runtime/ports.ts";
import { Connection, type Env } from "../../src/worker.ts";

/** The object of this name that the platform knows must not be rung: it has other variables. */
const silent = (ports: Ports): Ports => ({
  ...ports,
  alarm: { set: () => Promise.resolve(), get: () => Promise.resolve(undefined) },
});

test("an object whose variables refer to Secrets reads them in workerd, and a new one goes on with what is sealed", async () => {
  const variables = {
    ...env,
    KAFKA_CLUSTER_REST_AUTH_PASSWORD_2: "@Secret.kafka.rest.password",
    KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD_2: "@Secret.kafka.registry.password",
    KAFKA_DISCOVERY_MODE_2: "plan",
  } as unknown as Env;
  await runInDurableObject(env.CONNECTION.getByName("meridian-platform"), async (_instance, state) => {
    const connection = new Connection(state, variables, silent);
    expect(await connection.overview()).toMatchObject({ ok: false, reason: "unavailable" });
    expect(await connection.tick()).toMatchObject({ ok: true });
    await connection.alarm();
    expect(await connection.overview()).toMatchObject({ ok: true, value: { cluster: { type: "Platform" } } });
    const next = new Connection(state, variables, silent);
    expect(await next.health()).toMatchObject({ ok: true, value: { healthy: true, problems: [] } });
  });
});
