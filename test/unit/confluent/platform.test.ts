import { describe, expect, it } from "vitest";
import { failureFrom } from "../http/support.ts";
import { access, json, kafkaError, list, platformOver } from "./support.ts";

const ID = "MkU3OEVBNTcwNTJENDM2Qk";
const clusters = (...ids: string[]) =>
  list(
    ids.map((cluster_id) => ({
      kind: "KafkaCluster",
      metadata: { self: "http://internal-host:8082/v3/x" },
      cluster_id,
      controller: null,
    })),
  );

describe("finding a Platform cluster", () => {
  it("takes one request at REST Proxy, whose links are not followed", async () => {
    const world = platformOver(() => clusters(ID));
    expect(await world.reader.cluster()).toEqual({
      clusterId: ID,
      type: "Platform",
      restUrl: "https://rest.acme.example/v3",
      bootstrapServers: ["kafka.acme.example:9092"],
      registryUrl: "https://sr.acme.example",
      registryId: undefined,
    });
    expect(world.asked).toEqual(["GET /v3/clusters"]);
  });

  it.each([
    ["404", () => kafkaError(404, 404)],
    ["405", () => kafkaError(405, 405)],
    ["a page", () => new Response("<html></html>")],
    ["401, as MDS on the same port guards what it does not know", () => new Response("", { status: 401 })],
  ])("takes two at Confluent Server, where the first answers %s", async (_case, first) => {
    const world = platformOver((_request, url) => (url.pathname === "/kafka/v3/clusters" ? clusters(ID) : first()));
    expect((await world.reader.cluster()).restUrl).toBe("https://rest.acme.example/kafka/v3");
    expect(world.asked).toEqual(["GET /v3/clusters", "GET /kafka/v3/clusters"]);
  });

  it.each([
    ["https://rest.acme.example/v3", "/v3/clusters"],
    ["https://rest.acme.example/kafka/v3/", "/kafka/v3/clusters"],
    ["https://rest.acme.example/kafka", "/kafka/v3/clusters"],
    ["https://rest.acme.example/proxy/", "/proxy/v3/clusters"],
  ])("goes straight to an address that says where: %s", async (restUrl, path) => {
    const world = platformOver(() => clusters(ID), { restUrl });
    await world.reader.cluster();
    expect(world.asked).toEqual([`GET ${path}`]);
  });

  it("says what was tried when there is no API", async () => {
    const failure = await failureFrom(platformOver(() => kafkaError(404, 404)).reader.cluster());
    expect(failure.message).toContain(
      "there is no API v3 at rest.acme.example, neither /v3/clusters nor /kafka/v3/clusters",
    );
    expect(failure.failure.kind).toBe("missing");
  });

  it("tells of a refused login rather than of the path that is not there", async () => {
    const world = platformOver((_request, url) =>
      url.pathname.startsWith("/kafka") ? kafkaError(404, 404) : new Response("", { status: 401 }),
    );
    expect((await failureFrom(world.reader.cluster())).failure.kind).toBe("unauthorised");
  });

  it("does not try elsewhere when the server fails", async () => {
    const world = platformOver(() =>
      kafkaError(500, 50003, "Timed out waiting for a node assignment. Call: listNodes"),
    );
    expect((await failureFrom(world.reader.cluster())).failure.kind).toBe("server");
    expect(world.asked).toHaveLength(1);
  });

  it("holds the configured id against the server's", async () => {
    expect((await platformOver(() => clusters(ID), { clusterId: ID }).reader.cluster()).clusterId).toBe(ID);
    const failure = await failureFrom(platformOver(() => clusters(ID), { clusterId: "other" }).reader.cluster());
    expect([failure.failure.kind, failure.message]).toEqual([
      "invalid",
      `Kafka REST serves the cluster ${ID}, and KAFKA_CLUSTER_ID names other.`,
    ]);
    expect((await failureFrom(platformOver(() => clusters()).reader.cluster())).failure.kind).toBe("malformed");
    expect((await failureFrom(platformOver(() => clusters("a", "b")).reader.cluster())).message).toContain(
      "serves the cluster a, b",
    );
  });

  it("takes bootstrap servers from the configuration, without their scheme", async () => {
    const world = platformOver(() => clusters(ID), { bootstrapServers: ["SASL_SSL://a:9092,b:9093", " c:9094/"] });
    expect((await world.reader.cluster()).bootstrapServers).toEqual(["a:9092", "b:9093", "c:9094"]);
  });

  it("does without a registry", async () => {
    expect(
      (await platformOver(() => clusters(ID), { registry: undefined }).reader.cluster()).registryUrl,
    ).toBeUndefined();
  });
});

describe("logging in", () => {
  it("sends nothing, Basic in UTF-8, or a token, and the extra headers of a tunnel", async () => {
    const headersWith = async (more: object) => {
      const world = platformOver(() => clusters(ID), { kafka: { ...access, ...more } });
      await world.reader.cluster();
      return world.requests[0]?.headers ?? new Headers();
    };
    expect((await headersWith({ credentials: { kind: "none" } })).get("authorization")).toBeNull();
    const basic =
      (await headersWith({ credentials: { kind: "basic", username: "jürgen", password: "p:ß" } })).get(
        "authorization",
      ) ?? "";
    expect(Buffer.from(basic.slice(6), "base64").toString()).toBe("jürgen:p:ß");
    expect((await headersWith({ credentials: { kind: "bearer", token: "t.o.k" } })).get("authorization")).toBe(
      "Bearer t.o.k",
    );
    expect((await headersWith({ headers: { "CF-Access-Client-Id": "x" } })).get("cf-access-client-id")).toBe("x");
  });
});

describe("OAuth client credentials", () => {
  const credentials = {
    kind: "oauth",
    tokenUrl: "https://idp.acme.example/token",
    clientId: "c",
    clientSecret: "top-s3cret",
    scopes: ["a", "b"],
    timeoutMs: 5000,
  } as const;
  const answerTo = (token: () => Response) => (_request: Request, url: URL) =>
    url.pathname === "/token" ? token() : clusters(ID);

  it("fetch one token for all who ask, and a new one after 4/5 of its life", async () => {
    let made = 0;
    const world = platformOver(
      answerTo(() => json({ access_token: `t${++made}`, expires_in: 100, token_type: "Bearer" })),
      { kafka: { ...access, credentials } },
    );
    await Promise.all([world.reader.cluster(), world.reader.cluster(), world.reader.cluster()]);
    world.now += 79_999;
    await world.reader.cluster();
    expect(made).toBe(1);
    world.now += 1;
    await world.reader.cluster();
    expect(made).toBe(2);
    expect(world.requests.at(-1)?.headers.get("authorization")).toBe("Bearer t2");
    const form = new URLSearchParams(await world.requests[0]?.text());
    expect(Object.fromEntries(form)).toEqual({ grant_type: "client_credentials", scope: "a b" });
    expect(world.requests[0]?.headers.get("authorization")).toBe(`Basic ${btoa("c:top-s3cret")}`);
  });

  it("do not use a token again that was refused", async () => {
    let made = 0;
    const world = platformOver(
      (request, url) => {
        if (url.pathname === "/token") return json({ access_token: `t${++made}`, expires_in: "3600" });
        return request.headers.get("authorization") === "Bearer t1" ? new Response("", { status: 401 }) : clusters(ID);
      },
      { kafka: { ...access, credentials }, restUrl: "https://rest.acme.example/v3" },
    );
    expect((await failureFrom(world.reader.cluster())).failure.kind).toBe("unauthorised");
    expect((await world.reader.cluster()).clusterId).toBe(ID);
  });

  it.each([
    [
      "a refusal that echoes the secret",
      () => json({ error: "invalid_client", error_description: "top-s3cret is wrong" }, 401),
      "unauthorised",
    ],
    ["no token", () => json({ token_type: "Bearer" }), "malformed"],
    ["a page", () => new Response("<html>top-s3cret</html>"), "malformed"],
    ["a failure", () => new Response("", { status: 503 }), "server"],
  ])("fail without the secret in what is said: %s", async (_case, token, kind) => {
    const world = platformOver(answerTo(token), { kafka: { ...access, credentials } });
    const failure = await failureFrom(world.reader.cluster());
    expect(failure.failure.kind).toBe(kind);
    expect(failure.message).toContain("idp.acme.example");
    expect(JSON.stringify([failure.message, failure.detail, failure.cause])).not.toContain("top-s3cret");
  });

  it("are fetched again after a failure", async () => {
    let answers = [new Response("", { status: 503 })];
    const world = platformOver(
      answerTo(() => answers.shift() ?? json({ access_token: "t", expires_in: 60 })),
      { kafka: { ...access, credentials } },
    );
    await failureFrom(world.reader.cluster());
    answers = [];
    expect((await world.reader.cluster()).clusterId).toBe(ID);
  });
});
