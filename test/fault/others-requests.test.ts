import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../sandbox/amplify/json.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
const opened: Subscribing[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const given of opened.splice(0)) given.close();
});

test.each(["platform", "cloud"] as const)(
  "what a consumer asks of another agent in the same environment is left to it, on %s",
  async (side) => {
    const given = await subscribing(side);
    opened.push(given);
    const { rig, consumer } = given;
    const { amplify, marketplace: market } = rig.sandbox.parts;
    const environment = rig.config.central.environment;
    const scope = { kind: "Environment", name: environment };
    const [published] = amplify.resources("APIServiceInstance");
    const [definition] = amplify.resources("CredentialRequestDefinition");
    if (!published || !definition) throw new Error("nothing is published");
    const copy = (kind: string, body: Readonly<Record<string, Json>>, name: string) =>
      amplify.create({ kind, scope, body: { name, title: name, spec: body.spec ?? {} } });
    copy("APIServiceInstance", published, "their-gateway-api");
    copy("CredentialRequestDefinition", definition, "their-oauth");
    await consumer.served();
    const mark = rig.mark();
    const access = market.requestAccess(consumer.application, { instance: "their-gateway-api" });
    const credential = market.requestCredential(consumer.application, { definition: "their-oauth" });
    await consumer.served();
    expect([access, credential].map((item) => market.level(item))).toEqual(["Pending", "Pending"]);
    expect([access, credential].map(({ selfLink }) => amplify.get(selfLink)?.finalizers)).toEqual([[], []]);
    expect(rig.writes(mark).filter(({ path }) => /accessrequests|credentials/.test(path))).toEqual([]);

    // Ours beside them is served as ever.
    const ours = await consumer.credential("orders");
    await consumer.served();
    expect(market.level(ours)).toBe("Success");
  },
);
