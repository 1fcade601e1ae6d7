import { describe, expect, it } from "vitest";
import { cloudIds } from "../world/organization.ts";
import { CloudWorld } from "./fixture.ts";

const path = "/iam/v2/service-accounts";

describe("a service account", () => {
  it("is made with an address, changed, found by its name, and gone after it was deleted", async () => {
    const world = new CloudWorld();
    const made = await world.call("POST", path, { display_name: "amp-1", description: "amplify:v1" });
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    expect(id).toMatch(/^sa-[a-z0-9]{6}$/);
    expect(made.headers.get("location")).toBe(`https://api.confluent.cloud${path}/${id}`);
    expect(made.body).toMatchObject({
      api_version: "iam/v2",
      kind: "ServiceAccount",
      metadata: {
        resource_name: `crn://confluent.cloud/organization=${cloudIds.organization}/service-account=${id}`,
      },
      display_name: "amp-1",
      description: "amplify:v1",
    });
    world.sandbox.clock.advance(60_000);
    const renamed = await world.call("PATCH", `${path}/${id}`, { display_name: "amp-2" });
    expect(renamed).toMatchObject({ status: 200, body: { display_name: "amp-2", description: "amplify:v1" } });
    const { created_at, updated_at } = (renamed.body as { metadata: { created_at: string; updated_at: string } })
      .metadata;
    expect(Date.parse(updated_at) - Date.parse(created_at)).toBeGreaterThanOrEqual(60_000);
    expect((await world.call("GET", `${path}?display_name=amp-2`)).body).toMatchObject({ data: [{ id }] });
    expect((await world.call("GET", `${path}?display_name=amp-1`)).body).toMatchObject({ data: [] });
    const deleted = await world.call("DELETE", `${path}/${id}`);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    for (const method of ["GET", "DELETE"]) {
      expect(await world.call(method, `${path}/${id}`)).toMatchObject({
        status: 404,
        body: { errors: [{ status: "404", code: "service_account_not_found" }] },
      });
    }
  });

  it("is refused a name that is taken, with the address of the one that has it", async () => {
    const world = new CloudWorld();
    const id = await world.account("amp-1");
    const again = await world.call("POST", path, { display_name: "amp-1", description: "other" });
    expect(again.status).toBe(409);
    expect(again.headers.get("location")).toBe(`https://api.confluent.cloud${path}/${id}`);
    expect(again.body).toMatchObject({ errors: [{ status: "409", code: "resource_already_exists" }] });
    const other = await world.account("amp-2");
    expect((await world.call("PATCH", `${path}/${other}`, { display_name: "amp-1" })).status).toBe(409);
    expect((await world.call("PATCH", `${path}/${id}`, { display_name: "amp-1" })).status).toBe(200);
  });

  it.each([
    ["longer than 64 characters", { display_name: "a".repeat(65) }, 422, "/display_name"],
    ["empty", { display_name: "" }, 422, "/display_name"],
    ["missing", { description: "x" }, 422, "/display_name"],
    ["no text", { display_name: 1 }, 422, "/display_name"],
    ["in a body that is no JSON", "{", 400, undefined],
  ])("is refused a name that is %s", async (_case, body, status, pointer) => {
    const world = new CloudWorld();
    const refused = await world.call("POST", path, body);
    expect(refused.status).toBe(status);
    expect(refused.body).toMatchObject({ errors: [{ source: pointer === undefined ? {} : { pointer } }] });
    expect((await world.call("POST", path, { display_name: "a".repeat(64) })).status).toBe(201);
  });

  it("is refused when the quota is used up, which can be read before", async () => {
    const world = new CloudWorld({ cloud: { limits: { "iam.max_service_accounts.per_org": 17 } } });
    const quota = async () => {
      const { body } = await world.call("GET", "/service-quota/v1/applied-quotas?scope=ORGANIZATION");
      const { data } = body as { data: { id: string; applied_limit: number; usage: number }[] };
      return data.find(({ id }) => id === "iam.max_service_accounts.per_org");
    };
    const before = await quota();
    expect(before).toMatchObject({ applied_limit: 17, default_limit: 1000 });
    for (let used = before?.usage ?? 17; used < 17; used++) await world.account(`amp-${used}`);
    expect(await quota()).toMatchObject({ usage: 17 });
    expect(await world.call("POST", path, { display_name: "one too many" })).toMatchObject({
      status: 402,
      body: { errors: [{ status: "402", code: "quota_exceeded" }] },
    });
  });

  it("takes its keys with it, and leaves the role bindings", async () => {
    const world = new CloudWorld();
    const id = await world.account("amp-1");
    const key = await world.key(id, cloudIds.cluster);
    world.sandbox.clock.advance(200_000);
    for (let login = 0; login < 3; login++) await world.atKafka(key);
    expect(await world.atKafka(key)).toBe(200);
    await world.call("DELETE", `${path}/${id}`);
    expect(await world.atKafka(key)).toBe(401);
    expect((await world.call("GET", `/iam/v2/api-keys?spec.owner=${id}`)).body).toMatchObject({ data: [] });
  });

  it("cannot be made by a method or at a path that is not there", async () => {
    const world = new CloudWorld();
    expect((await world.call("PUT", path, {})).status).toBe(405);
    expect((await world.call("POST", "/iam/v2/unknown", {})).status).toBe(404);
  });
});
