import { workStore } from "../../src/store/work.ts";
import type { JsonObject } from "../sandbox/amplify/json.ts";
import type { SandboxOptions } from "../sandbox/sandbox.ts";
import { avro, type DemoSubject, type DemoTopic } from "../sandbox/world/catalogue/types.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { linkOf } from "./amplify-view.ts";
import { Rig, type RigOptions } from "./rig.ts";

type World = Exclude<SandboxOptions["world"], string | undefined>;

/** Topics with a value schema each. */
export function worldOf(...names: readonly string[]): World {
  const topics = names.map((name): DemoTopic => ({ name, expected: "published" }));
  const subjects = names.map((name): DemoSubject => ({ subject: `${name}-value`, versions: [recordOf(name, "id")] }));
  return { topics, subjects };
}

/** A record with text fields, named after the topic. */
export function recordOf(topic: string, ...fields: readonly string[]) {
  const name = topic.replace(/\W/g, "_");
  return avro({ type: "record", name, fields: fields.map((field) => ({ name: field, type: "string", default: "" })) });
}

/** A newer version of a topic's value schema, compatible or not. */
export function changeSchema(rig: Rig, side: Side, topic: string): void {
  rig.sandbox.parts.registries[side].plant(`${topic}-value`, recordOf(topic, "id", `added${rig.now}`));
}

/** A connection that has published its world and is at rest. */
export async function imported(options: Partial<RigOptions> & { readonly side: Side }): Promise<Rig> {
  const rig = new Rig({ world: worldOf("orders", "payments"), ...options });
  await rig.settle();
  return rig;
}

/** The service or instance of a topic as Amplify shows it; throws when it is not there. */
export function resourceOf(rig: Rig, kind: "APIService" | "APIServiceInstance", topic: string): JsonObject {
  const isIts = (resource: JsonObject) => (resource["x-agent-details"] as JsonObject | undefined)?.kafkaTopic === topic;
  const found = rig.sandbox.parts.amplify.resources(kind).find(isIts);
  if (!found) throw new Error(`there is no ${kind} of ${topic}`);
  return found;
}

/** Its self link. */
export function linkOfTopic(rig: Rig, kind: "APIService" | "APIServiceInstance", topic: string): string {
  return linkOf(resourceOf(rig, kind, topic));
}

/** The document that the topic's instance shows. */
export function documentOf(rig: Rig, topic: string): string {
  const { spec } = resourceOf(rig, "APIServiceInstance", topic) as { spec: { apiServiceRevision: string } };
  const revisions = rig.sandbox.parts.amplify.resources("APIServiceRevision");
  const revision = revisions.find(({ name }) => name === spec.apiServiceRevision);
  if (!revision) throw new Error(`the instance of ${topic} shows no revision`);
  return textOfRevision(revision);
}

function textOfRevision(revision: JsonObject): string {
  const { spec } = revision as unknown as { spec: { definition: { value: string } } };
  return Buffer.from(spec.definition.value, "base64").toString("utf8");
}

/** As the daily verification, now. */
export async function verifyNow(rig: Rig): Promise<void> {
  workStore(rig.runtime.ports.sql).hint("verify", "discovery", rig.now, "of a test");
  await rig.settle();
}

/** How many services, revisions and instances there are. */
export function counted(rig: Rig): readonly [services: number, revisions: number, instances: number] {
  const { amplify } = rig.sandbox.parts;
  const count = (kind: string) => amplify.resources(kind).length;
  return [count("APIService"), count("APIServiceRevision"), count("APIServiceInstance")];
}
