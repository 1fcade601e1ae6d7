import { describe, expect, test } from "vitest";
import type { JsonObject } from "../sandbox/amplify/json.ts";
import { changeSchema, imported, linkOfTopic, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig } from "../support/rig.ts";

describe("row 65: what others wrote into our resources", () => {
  test("between our read and our PUT survives, and ours is written too", async () => {
    const rig = await imported({ side: "cloud" });
    const { amplify } = rig.sandbox.parts;
    const instance = linkOfTopic(rig, "APIServiceInstance", "orders");
    const tagsBefore = (amplify.get(instance)?.tags ?? []) as string[];
    amplify.edit(instance, { tags: [...tagsBefore, "golden"], attributes: { owner: "bank" } });
    const service = linkOfTopic(rig, "APIService", "orders");
    amplify.edit(service, { tags: ["of a person"], attributes: { cost: "12" } });
    const mark = rig.mark();
    changeSchema(rig, "cloud", "orders");
    await rig.live(10 * MINUTE_MS);
    expect(rig.amplify(mark).map(({ method, status }) => `${method} ${status}`)).toEqual([
      "POST 201",
      "PUT 428",
      "GET 200",
      "PUT 200",
    ]);
    const newest = amplify.resources("APIServiceRevision").at(-1);
    expect(amplify.get(instance)).toMatchObject({
      tags: expect.arrayContaining(["golden"]),
      attributes: { owner: "bank" },
      spec: { apiServiceRevision: newest?.name },
    });
    expect(amplify.get(service)).toMatchObject({ tags: ["of a person"], attributes: { cost: "12" } });

    // A setting that changes both is written into what is there.
    rig.redeploy({ CENTRAL_ADDITIONALTAGS: "kafka" });
    await rig.live(10 * MINUTE_MS);
    for (const link of [instance, service]) {
      const { tags, attributes } = amplify.get(link) ?? {};
      expect(tags).toContain("kafka");
      expect(tags).toContain(link === instance ? "golden" : "of a person");
      expect(attributes).toEqual(link === instance ? { owner: "bank" } : { cost: "12" });
    }
  });

  test("survives a change that comes in every time that we look", async () => {
    let edits = 0;
    const rig: Rig = new Rig({
      side: "cloud",
      world: worldOf("orders"),
      adapt: (ports) => ({
        ...ports,
        http: async (request) => {
          const isReplace = request.method === "PUT" && /apiserviceinstances\/[^/]+$/.test(request.url);
          if (isReplace && edits < 5) {
            edits++;
            rig.sandbox.parts.amplify.edit(linkOfTopic(rig, "APIServiceInstance", "orders"), {
              attributes: { edits: String(edits) },
            });
          }
          return ports.http(request);
        },
      }),
    });
    await rig.settle();
    changeSchema(rig, "cloud", "orders");
    await rig.live(HOUR_MS);
    const instance = rig.sandbox.parts.amplify.get(linkOfTopic(rig, "APIServiceInstance", "orders"));
    const newest = rig.sandbox.parts.amplify.resources("APIServiceRevision").at(-1);
    expect(instance).toMatchObject({ attributes: { edits: "5" }, spec: { apiServiceRevision: newest?.name } });
  });

  test("in x-agent-details survives what we write there later", async () => {
    const rig = await imported({ side: "cloud" });
    const { amplify } = rig.sandbox.parts;
    const service = linkOfTopic(rig, "APIService", "orders");
    const details = amplify.get(service)?.["x-agent-details"] as JsonObject;
    amplify.editSub(service, "x-agent-details", { ...details, billing: "cost centre 4711" });
    rig.sandbox.parts.clusters.cloud.deleteTopic("orders");
    await rig.live(30 * MINUTE_MS);
    expect(amplify.get(service)).toMatchObject({
      "x-agent-details": { billing: "cost centre 4711", externalAPISyncWarning: "warning" },
    });
  });
});
