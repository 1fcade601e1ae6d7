import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/confluent/model.ts";
import { probeKafka, probeRegistry, probeSubject, type Readiness } from "../../../src/confluent/probe.ts";
import { NotYet } from "../../../src/http/errors.ts";
import { bodyOf, bytes, repeat } from "../http/support.ts";
import { cluster, EVIL, json, kafkaError, list, type Server, worldOf } from "./support.ts";

const key = { id: "7FJIYKQ4SGQDQ72H", secret: "gtH2gI50-a-secret-that-nobody-may-see" };
const SUBJECT = ":.eu:orders-value";

function probesOver(server: Server) {
  const world = worldOf(server);
  const options = { ...world, headers: { "x-tunnel": "1" }, timeoutMs: 50 };
  return Object.assign(world, {
    kafka: (of: Cluster = cluster) => probeKafka(options, of, key),
    registry: () => probeRegistry(options, cluster, key),
    subject: (subject = SUBJECT, of: Cluster = cluster) => probeSubject(options, of, key, subject),
  });
}

describe("a new key", () => {
  it("is tried by one call at the cluster, with nothing but itself", async () => {
    const world = probesOver(() => list([]));
    expect(await world.kafka()).toEqual({ kind: "ready" });
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/topics"]);
    const headers = world.requests[0]?.headers;
    expect([headers?.get("authorization"), headers?.get("x-tunnel")]).toEqual([
      `Basic ${btoa(`${key.id}:${key.secret}`)}`,
      "1",
    ]);
  });

  it("is tried by one call at the registry, for a subject by its full name", async () => {
    const world = probesOver(() => json({ subject: SUBJECT, version: 1, id: 1, schema: "{}" }));
    expect(await world.subject()).toEqual({ kind: "ready" });
    expect(await world.subject(":.:orders/value")).toEqual({ kind: "ready" });
    expect(world.asked).toEqual([
      "GET /subjects/%3A.eu%3Aorders-value/versions/latest",
      "GET /subjects/orders%2Fvalue/versions/latest",
    ]);
  });

  it.each<[string, Server, Readiness["kind"]]>([
    ["a list that shows it nothing", () => json([]), "ready"],
    [
      "a right that is denied, which the registry tells only to a key that it knows",
      () => kafkaError(403, 40301),
      "ready",
    ],
    ["401", () => kafkaError(401, 40101), "not-yet"],
    ["403 of something in between", () => new Response("<html>", { status: 403 }), "not-yet"],
    ["403 without a word", () => json({}, 403), "not-yet"],
    ["a page of somebody else", () => new Response("<html>"), "refused"],
    ["404", () => kafkaError(404, 404), "refused"],
    ["500", () => kafkaError(500, 50001), "unreachable"],
  ])("that was given no subject yet is judged by whether the registry knows it: %s", async (_case, server, kind) => {
    const world = probesOver(server);
    expect((await world.registry()).kind).toBe(kind);
    expect(world.asked).toEqual(["GET /subjects?limit=1"]);
  });

  it.each<[string, Server, Readiness["kind"]]>([
    ["401 as a page", () => new Response("<html><title>401</title></html>", { status: 401 }), "not-yet"],
    ["401 as JSON", () => kafkaError(401, 40101), "not-yet"],
    ["403", () => kafkaError(403, 40301), "not-yet"],
    ["403 without a word", () => json({}, 403), "not-yet"],
    ["404", () => kafkaError(404, 40401), "refused"],
    ["400", () => kafkaError(400, 400), "refused"],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://login.example/" } }),
      "refused",
    ],
    ["a page of somebody else", () => new Response("<html>"), "refused"],
    ["nothing", () => new Response(null, { status: 204 }), "refused"],
    ["408", () => new Response(null, { status: 408 }), "unreachable"],
    ["429", () => new Response(null, { status: 429 }), "unreachable"],
    ["500", () => kafkaError(500, 50003), "unreachable"],
    ["502", () => new Response("<html>", { status: 502 }), "unreachable"],
    ["no connection", () => Promise.reject(new Error("Network connection lost.")), "unreachable"],
    ["no answer in time", () => Promise.withResolvers<Response>().promise, "unreachable"],
    [
      "an answer that never ends",
      () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(bytes("{")) })),
      "unreachable",
    ],
  ])("is judged by the answer: %s", async (_case, server, kind) => {
    const { kafka, subject } = probesOver(server);
    for (const result of [await kafka(), await subject()]) {
      expect(result.kind).toBe(kind);
      const error = result.kind === "ready" ? undefined : result.error;
      const said = JSON.stringify([error?.message, error?.detail, error?.stack, error]);
      expect(said).not.toContain(key.secret);
      expect(said).not.toContain(btoa(`${key.id}:${key.secret}`));
    }
  });

  it.each<[string, object, string | undefined]>([
    ["in its words", { error_code: 401, message: `wrong: ${key.secret}` }, "401"],
    ["as its code", { error_code: key.secret, message: "wrong" }, undefined],
  ])("is not shown though a server repeats it %s", async (_case, body, code) => {
    const result = await probesOver(() => json(body, 401)).kafka();
    const error = result.kind === "ready" ? undefined : result.error;
    expect(JSON.stringify([error?.message, error?.detail, error?.code])).not.toContain(key.secret);
    expect(error?.code).toBe(code);
  });

  it("is ready though the list is long, which is not read to its end", async () => {
    let cancelled = false;
    const world = probesOver(
      () => new Response(bodyOf(repeat(bytes(`{"data":[${"1,".repeat(1000)}`), 1e9), () => (cancelled = true))),
    );
    expect(await world.kafka()).toEqual({ kind: "ready" });
    expect(cancelled).toBe(true);
  });

  it("goes from not yet to ready and back, each time as it is answered", async () => {
    const answers = [401, 401, 200, 401, 200, 200];
    const world = probesOver(() => {
      const status = answers.shift() ?? 500;
      return status === 200 ? list([]) : new Response("<html>", { status });
    });
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) seen.push((await world.kafka()).kind);
    expect(seen).toEqual(["not-yet", "not-yet", "ready", "not-yet", "ready", "ready"]);
  });

  it("has no registry to be tried at", async () => {
    const world = probesOver(() => list([]));
    expect((await world.subject(SUBJECT, { ...cluster, registryUrl: undefined })).kind).toBe("refused");
    for (const name of ["", ".", ".."]) expect((await world.subject(name)).kind).toBe("refused");
    expect(world.asked).toEqual([]);
  });

  it.each(EVIL)("is tried at the one subject that is named: %j", async (name) => {
    const world = probesOver(() => json({}));
    await world.subject(name);
    expect(new URL(world.requests[0]?.url ?? "").pathname.split("/")).toEqual([
      "",
      "subjects",
      expect.any(String),
      "versions",
      "latest",
    ]);
  });

  it("waits while a pause is asked for", async () => {
    const world = probesOver(() => new Response(null, { status: 503, headers: { "retry-after": "30" } }));
    expect((await world.kafka()).kind).toBe("unreachable");
    await expect(world.kafka()).rejects.toBeInstanceOf(NotYet);
    expect(world.asked).toHaveLength(1);
  });
});
