import { describe, expect, it } from "vitest";
import { readRegistryName } from "../../../src/confluent/registries.ts";
import { failureFrom } from "../http/support.ts";
import { CLOUD, controlPlane, refusal } from "./control-plane.ts";
import { json, type Server } from "./support.ts";

const ENVIRONMENT = "crn://confluent.cloud/organization=o-1/environment=env-1";

function registry(id: string, more: object = {}) {
  return {
    id,
    metadata: { resource_name: `${ENVIRONMENT}/schema-registry=${id}` },
    spec: { http_endpoint: `https://p${id}.confluent.cloud` },
    ...more,
  };
}

const list =
  (...data: object[]) =>
  () =>
    json({ metadata: {}, data });
const nameOver = (server: Server, wanted: { id?: string; url?: string } = {}) => {
  const world = controlPlane(server);
  return Object.assign(world, { name: readRegistryName(world.rest, CLOUD, "env-1", wanted) });
};
const name = (id: string) => ({ id, crn: `${ENVIRONMENT}/schema-registry=${id}` });

describe("the name of a registry", () => {
  it("is that of the only one", async () => {
    const world = nameOver(list(registry("lsrc-1")), { url: "https://tunnel.acme.example" });
    expect(await world.name).toEqual(name("lsrc-1"));
    expect(world.asked).toEqual(["GET /srcm/v3/clusters?environment=env-1&page_size=100"]);
  });

  it("is that of the one with the id or the address that is meant", async () => {
    const two = list(registry("lsrc-1"), registry("lsrc-2"));
    expect(await nameOver(two, { id: "lsrc-2" }).name).toEqual(name("lsrc-2"));
    expect(await nameOver(two, { url: "https://plsrc-2.confluent.cloud:443/" }).name).toEqual(name("lsrc-2"));
  });

  it("has one form, whichever was answered", async () => {
    const other = { metadata: { resource_name: `${ENVIRONMENT}/cloud-cluster=lsrc-1` } };
    expect(await nameOver(list(registry("lsrc-1", other))).name).toEqual(name("lsrc-1"));
  });

  it.each<[string, Server, object]>([
    ["there is none", list(), {}],
    ["there are several", list(registry("lsrc-1"), registry("lsrc-2")), {}],
    ["the one that is meant is not there", list(registry("lsrc-1")), { id: "lsrc-2" }],
    ["it bears no name", list(registry("lsrc-1", { metadata: undefined })), {}],
    ["it bears another's name", list(registry("lsrc-1", { metadata: { resource_name: "crn:///kafka=x" } })), {}],
  ])("is not guessed when %s", async (_case, server, wanted) => {
    expect(await nameOver(server, wanted).name).toBeUndefined();
  });

  it("may not be readable", async () => {
    const failure = await failureFrom(nameOver(() => refusal(403, "forbidden_access")).name);
    expect(failure.failure.kind).toBe("forbidden");
  });
});
