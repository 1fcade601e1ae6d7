import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { ConnectionApi } from "../../src/connection/api.ts";
import { Channels } from "../support/secret-channels.ts";
import { Secrets } from "../support/secret-search.ts";
import { Surface } from "../support/surface.ts";
import { isRead, LOGIN, Watched } from "../support/watched.ts";

interface Column extends Record<string, string> {
  readonly name: string;
  readonly type: string;
}

/** What a column can hold of a text; documents are compressed. */
function filled({ type }: Column, text: string): string | number | Uint8Array {
  if (type === "INTEGER") return 1;
  return type === "BLOB" ? gzipSync(text) : text;
}

describe("the search for secrets", () => {
  const CANARY = "canary-Zm9vL2Jhc+0123456789";

  test.each([
    ["as it is", CANARY],
    ["in JSON of JSON", JSON.stringify(JSON.stringify({ a: `"\n${CANARY}` }))],
    ["percent-encoded", `?key=${encodeURIComponent(CANARY)}&x`],
    ["as the password of a Basic login", btoa(`u:${CANARY}`)],
    ["as that of another length", btoa(`us:${CANARY}`)],
    ["as that of a third", btoa(`user:${CANARY}`)],
    ["in base64url", Buffer.from(`x${CANARY}y`).toString("base64url")],
    ["in hex", Buffer.from(CANARY).toString("hex")],
    ["cut off", `${CANARY.slice(0, 20)}…`],
    ["cut off before", `…${CANARY.slice(2)}`],
  ])("finds a secret %s", (_form, text) => {
    const secrets = new Secrets();
    secrets.add("canary", CANARY);
    expect(secrets.in(`before ${text} after`).map(({ secret }) => secret)).toContain("canary");
    expect(secrets.in("before canary-of-another-kind after")).toEqual([]);
  });

  let watched: Watched | undefined;
  afterEach(() => watched?.world.close());

  /** A connection that has served somebody, at rest; `found` puts a secret somewhere and gives the channels that then tell it. */
  async function served() {
    const begun = await Watched.start("platform");
    watched = begun;
    const { rig, consumer } = begun.world;
    const credential = await consumer.credential("orders");
    await begun.until("what was asked for", () => consumer.market.level(credential) === "Success");
    begun.channels.look();
    let planted = 0;
    const found = async (plant: (secret: string) => unknown): Promise<readonly string[]> => {
      const secret = createHash("sha256").update(`canary ${planted++}`).digest("hex");
      const search = new Secrets();
      search.add("canary", secret);
      await plant(secret);
      return Object.keys(begun.channels.leaks(search));
    };
    return { ...begun, rig, credential, found };
  }

  test("looks into every column of every table that can hold one", async () => {
    const { rig, channels, found } = await served();
    const { sql } = rig.runtime.ports;
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    const looked: string[] = [];
    for (const { name } of tables) {
      const columns = sql.exec<Column>(`SELECT name, type FROM pragma_table_info('${name}')`);
      for (const { name: column } of columns.filter(({ type }) => type !== "INTEGER")) {
        const told = await found((secret) => {
          const row = columns.map((each) => filled(each, each.name === column ? secret : ""));
          const undone = () => {
            sql.exec(`DELETE FROM ${name}`);
            sql.exec(`INSERT INTO ${name} VALUES (${columns.map(() => "?").join(", ")})`, ...row);
            channels.look();
            throw new Error("undone");
          };
          expect(() => sql.transaction(undone)).toThrow("undone");
        });
        expect(told, column).toEqual([`table ${name}`]);
        looked.push(`${name}.${column}`);
      }
    }
    expect(looked).toEqual(expect.arrayContaining(["sealed.bytes", "work.error", "audit.detail", "document.bytes"]));
  });

  test("reads log lines of every level, answers of every route, what is sent, and what is written in Amplify and Confluent", async () => {
    const { rig, wire, channels, world, credential, found } = await served();
    const { sql, log } = rig.runtime.ports;
    const { amplify, organization } = rig.sandbox.parts;
    const tell = (plant: (secret: string) => unknown) =>
      found(async (secret) => {
        await plant(secret);
        await channels.ask(isRead);
      });
    expect(await tell((secret) => log.write("trace", "a line", { of: { what: secret } }))).toEqual(["log"]);
    const overview = ["/v1/connections", "/v1/connections/:connection", "/", "/connections/:connection"];
    // What is sampled later, so that what tells of it has something to tell.
    sql.exec("INSERT INTO consumer_group VALUES ('group-1', 'app', 'STABLE', 'CLASSIC', 1, 1, 0, 1, NULL, 'none')");
    sql.exec(
      `INSERT INTO consumption (application, topic, request, started_at, ended_at, messages, reread, skipped, quality, reasons_json)
       VALUES ('app', 'orders', '', 1, 2, '1', '0', '0', 'exact', '[]')`,
    );
    const shownBy: readonly (readonly [(secret: string) => unknown, readonly string[]])[] = [
      [
        (secret) => sql.exec("UPDATE topic SET rule = ?", secret),
        [
          "/v1/connections/:connection/topics",
          "/v1/connections/:connection/topics/:topic",
          "/v1/connections/:connection/plan",
          "/connections/:connection",
          "/connections/:connection/topics/:topic",
        ],
      ],
      [
        (secret) => sql.exec("UPDATE work SET error = ? WHERE key = 'setup'", secret),
        ["/v1/connections/:connection/work", ...overview],
      ],
      [
        (secret) => sql.exec("UPDATE run SET result_json = json_object('a', ?)", secret),
        ["/v1/connections/:connection/runs", "/v1/connections", "/v1/connections/:connection"],
      ],
      [(secret) => sql.exec("UPDATE audit SET detail = ?", secret), ["/v1/connections/:connection/audit"]],
      [
        (secret) => sql.exec("UPDATE grants SET record_json = json_set(record_json, '$.error', ?)", secret),
        [
          "/v1/connections/:connection/access",
          "/v1/connections/:connection/access/:name",
          "/connections/:connection/access",
        ],
      ],
      [
        (secret) => sql.exec("UPDATE consumer_group SET problem = ?", secret),
        ["/v1/connections/:connection/groups", "/v1/connections/:connection/groups/:group"],
      ],
      [
        (secret) => sql.exec("UPDATE consumption SET application = ?", secret),
        ["/v1/connections/:connection/consumption"],
      ],
      [
        (secret) => {
          const body = JSON.stringify({ errors: [{ status: 403, title: "Forbidden", detail: secret }] });
          const fault = { do: "answer", status: 403, body, headers: { "content-type": "application/json" } } as const;
          rig.sandbox.faults.add({ name: "told", when: { service: "amplify", path: "/apis/**" }, fault });
        },
        ["/v1/connections/:connection/doctor", "/v1/connections/:connection/install"],
      ],
    ];
    for (const [plant, paths] of shownBy) {
      expect(await tell(plant)).toEqual(expect.arrayContaining(paths.map((path) => `GET ${path}`)));
    }

    rig.sandbox.faults.clear();
    const asks = wire.adapt({ ...rig.runtime.ports, http: async () => new Response() }).http;
    const sent = (path: string, init?: RequestInit) => asks(new Request(`https://amplify.example${path}`, init));
    expect(await found((secret) => sent(`/a?${secret}`))).toEqual(["sent addresses"]);
    expect(await found((secret) => sent("/a", { headers: { "x-a": secret } }))).toEqual(["sent headers"]);
    expect(await found((secret) => sent("/a", { method: "POST", body: secret }))).toEqual(["sent bodies"]);
    const look = (plant: (secret: string) => unknown) =>
      found((secret) => {
        plant(secret);
        channels.look();
      });
    const { selfLink } = credential;
    for (const plant of [
      (secret: string) => amplify.editSub(selfLink, "x-agent-details", { note: secret }),
      (secret: string) => amplify.edit(selfLink, { finalizers: [{ name: "a", description: secret }] }),
      (secret: string) => amplify.edit(selfLink, { title: secret }),
    ]) {
      expect(await look(plant)).toEqual(["Amplify Credential"]);
    }
    expect(await look((secret) => organization.addServiceAccount("amp-x", secret))).toEqual(["Confluent labels"]);
    expect(await look((secret) => world.rig.sandbox.parts.users.put(secret, "SCRAM-SHA-512", "x", true))).toEqual([
      "Confluent labels",
    ]);
  });

  test("reads the answer of every route that there is, whatever it is added for", async () => {
    const { rig, wire } = await served();
    const secret = createHash("sha256").update("said by a connection").digest("hex");
    const search = new Secrets();
    search.add("canary", secret);
    const refusing = new Proxy({} as ConnectionApi, {
      get: () => async () => ({ ok: false, reason: "unavailable", message: secret }),
    });
    const surface = new Surface(rig, LOGIN, refusing);
    const channels = new Channels(rig, surface, wire);
    const statuses = await channels.ask(() => true);
    const told = Object.keys(channels.leaks(search));
    // These tell no reason: they are open, or take no more than hints and figures.
    const silent = ["GET /health", "GET /metrics", "GET /style.css", "POST /amplify/webhook"];
    expect([...statuses.keys()].filter((route) => !told.includes(route)).sort()).toEqual(silent);
  });
});
