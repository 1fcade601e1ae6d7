import { describe, expect, it } from "vitest";
import { subjectPattern } from "../../../src/confluent/crn.ts";
import { failureFrom } from "../http/support.ts";
import { controlPlane, quota, refusal } from "./control-plane.ts";
import { json, kafkaError, type Server } from "./support.ts";

const REGISTRY = "crn://confluent.cloud/organization=o-1/environment=env-1/schema-registry=lsrc-1";
const pattern = subjectPattern(REGISTRY, ":.eu:orders-value") ?? "";
const binding = { principal: "User:sa-1", roleName: "DeveloperRead", crnPattern: pattern };

function bound(more: object = {}) {
  return {
    kind: "RoleBinding",
    id: "rb-OOXL7",
    principal: "User:sa-1",
    role_name: "DeveloperRead",
    crn_pattern: `${REGISTRY}/subject=%3A.eu%3Aorders-value`,
    ...more,
  };
}

describe("a role binding", () => {
  it("is made in one request", async () => {
    const world = controlPlane(() => json(bound(), 201));
    expect(await world.bindings.create(binding)).toEqual({ kind: "created", binding: { ...binding, id: "rb-OOXL7" } });
    expect(world.asked).toEqual(["POST /iam/v2/role-bindings"]);
    expect(JSON.parse((await world.requests[0]?.text()) ?? "")).toEqual({
      principal: "User:sa-1",
      role_name: "DeveloperRead",
      crn_pattern: `${REGISTRY}/subject=%3A.eu%3Aorders-value`,
    });
  });

  it("may be there already, or be one too many", async () => {
    expect(await controlPlane(() => refusal(409)).bindings.create(binding)).toEqual({ kind: "exists" });
    expect(await controlPlane(() => kafkaError(409, 409)).bindings.create(binding)).toEqual({ kind: "exists" });
    expect((await controlPlane(quota).bindings.create(binding)).kind).toBe("quota");
  });

  it.each<[string, Server, string]>([
    ["500", () => refusal(500), "server"],
    ["403", () => kafkaError(403, 40301), "forbidden"],
    ["400", () => kafkaError(400, 40002, "invalid crn"), "invalid"],
    ["an odd answer", () => json({}, 201), "malformed"],
  ])("is not made when refused: %s", async (_case, server, kind) => {
    expect((await failureFrom(controlPlane(server).bindings.create(binding))).failure.kind).toBe(kind);
  });

  it("is listed by principal, role and the registry, but not with those of a registry whose name begins so", async () => {
    const other = bound({ id: "rb-2", crn_pattern: `${REGISTRY}2/subject=orders` });
    const world = controlPlane(() =>
      json({ metadata: {}, data: [bound(), other, bound({ id: "rb-3", crn_pattern: REGISTRY })] }),
    );
    const found = await world.bindings.list({ ...binding, crnPattern: REGISTRY });
    expect(found.map(({ id }) => id)).toEqual(["rb-OOXL7", "rb-3"]);
    expect(new URL(world.requests[0]?.url ?? "").searchParams.get("crn_pattern")).toBe(REGISTRY);
    expect(world.asked[0]).toMatch(
      /^GET \/iam\/v2\/role-bindings\?principal=User%3Asa-1&role_name=DeveloperRead&crn_pattern=crn%3A%2F%2F.*&page_size=100$/,
    );
  });

  it("is found by its own pattern, and not with those of a subject that begins so", async () => {
    const prefix = bound({ id: "rb-2", crn_pattern: `${pattern}2` });
    const plain = bound({ id: "rb-3", crn_pattern: `${REGISTRY}/subject=:.eu:orders-value` });
    const world = controlPlane(() => json({ metadata: {}, data: [prefix, plain] }));
    expect((await world.bindings.list(binding)).map(({ id }) => id)).toEqual(["rb-3"]);
  });

  it.each<[string, object]>([
    ["another principal", { principal: "User:sa-10" }],
    ["another role", { role_name: "ResourceOwner" }],
  ])("is never taken from a list that holds those of %s", async (_case, more) => {
    const world = controlPlane(() => json({ metadata: {}, data: [bound(more)] }));
    expect((await failureFrom(world.bindings.list(binding))).failure.kind).toBe("malformed");
  });
});
