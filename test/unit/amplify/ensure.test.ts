import { describe, expect, it } from "vitest";
import { createApiServer } from "../../../src/amplify/apiserver.ts";
import { ensureResource } from "../../../src/amplify/ensure.ts";
import { accessRequestDefinition } from "../../../src/amplify/resources/definitions.ts";
import type { Reply } from "../../../src/http/outlet.ts";
import { reply, StubOutlet } from "./support.ts";

const LIST = "https://apicentral.axway.com/apis/management/v1/environments/kafka-env/accessrequestdefinitions";
const ITEM = `${LIST}/kafka-worker-access`;
const draft = accessRequestDefinition({ owner: undefined });
const selfLink = "/management/v1/environments/kafka-env/accessrequestdefinitions/kafka-worker-access";
const stored = { ...draft, tags: ["theirs"], metadata: { id: "1", selfLink, resourceVersion: "4" } };

async function ensure(...answers: Reply[]) {
  const outlet = new StubOutlet(...answers);
  const api = createApiServer({
    outlet,
    tokens: {
      token: async () => ({ value: "t", orgGuid: undefined, expiresAt: 0 }),
      invalidate: async () => undefined,
    },
    baseUrl: "https://apicentral.axway.com",
    tenantId: "1",
    userAgent: "A/1.0.0",
    timeoutMs: 1000,
    pageSize: 100,
  });
  const failure: { kind?: string } = {};
  const resource = await ensureResource(api, "kafka-env", draft).catch((error) => {
    failure.kind = error.failure.kind;
  });
  return { outlet, resource, failure: failure.kind };
}

describe("a definition", () => {
  it("that is missing is one request", async () => {
    const { outlet, resource } = await ensure(reply(201, stored));
    expect(outlet.lines).toEqual([`POST ${LIST}`]);
    expect(resource?.metadata.resourceVersion).toBe("4");
  });

  it("that is there and says the same is not written", async () => {
    const { outlet, resource } = await ensure(reply(409, "{}"), reply(200, stored));
    expect(outlet.lines).toEqual([`POST ${LIST}`, `GET ${ITEM}`]);
    expect(resource?.tags).toEqual(["theirs"]);
  });

  it("that is there and says something else is replaced with the version that was read", async () => {
    const old = {
      ...stored,
      spec: { ...stored.spec, webhooks: ["theirs"], schema: { type: "object", properties: {} } },
    };
    const { outlet } = await ensure(reply(409, "{}"), reply(200, old), reply(200, stored));
    expect(outlet.lines).toEqual([`POST ${LIST}`, `GET ${ITEM}`, `PUT ${ITEM}`]);
    expect(outlet.bodyOf(2)).toEqual({ ...stored, spec: { ...draft.spec, webhooks: ["theirs"] } });
  });

  it("that others change or delete at the same time is to be tried again", async () => {
    const old = { ...stored, title: "Old" };
    expect((await ensure(reply(409, "{}"), reply(200, old), reply(428, "{}"))).failure).toBe("stale");
    expect((await ensure(reply(409, "{}"), reply(200, old), reply(404, "{}"))).failure).toBe("stale");
    expect((await ensure(reply(409, "{}"), reply(404, "{}"))).failure).toBe("stale");
  });
});
