import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import type { Ports } from "../../src/runtime/ports.ts";
import { counted, imported, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

/** Notes every host that was asked, and lets a test change what comes back. */
function watched(hosts: Set<string>, change: (request: Request, text: string) => string | undefined) {
  return (ports: Ports): Ports => ({
    ...ports,
    http: async (request) => {
      hosts.add(new URL(request.url).host);
      const response = await ports.http(request);
      const text = await response.clone().text();
      const changed = change(request, text);
      return changed === undefined
        ? response
        : new Response(changed, { status: response.status, headers: response.headers });
    },
  });
}

describe("row 63: no request goes to a host that neither the configuration nor Confluent names", () => {
  test.each([
    "https://169.254.169.254",
    "http://localhost:8082",
    "https://metadata.google.internal",
    "https://evil.example",
    "https://confluent.cloud.evil.example",
    "https://evilconfluent.cloud",
    "https://user:pass@pkc-7mr1dn.eu-central-1.aws.confluent.cloud@evil.example",
  ])("when the control plane returns %s as the cluster's address", async (address) => {
    const hosts = new Set<string>();
    const rig = new Rig({
      side: "cloud",
      world: worldOf("orders"),
      adapt: watched(hosts, (request, text) =>
        request.url.includes("/cmk/v2/") ? text.replaceAll(/https:\/\/pkc-[^"]*/g, address) : undefined,
      ),
    });
    const honest = new Set(["pkc-7mr1dn.eu-central-1.aws.confluent.cloud:443"]);
    await rig.live(HOUR_MS);
    expect(honest.size).toBe(1);
    expect([...hosts].filter((host) => host.includes("evil") || /169|local|internal/.test(host))).toEqual([]);
    expect(counted(rig)).toEqual([0, 0, 0]);
    expect(
      unwrap(await rig.actor.overview())
        .problems.map(({ message }) => message)
        .join(),
    ).toMatch(/not under Confluent's domain|nothing is sent/);
  });

  test.each([
    ["cloud", "/topics", '"next":null', '"next":"https://evil.example/steal"'],
    ["platform", "/topics", '"next":null', '"next":"https://evil.example/steal"'],
  ] as const)("when a page of %s points to another host", async (side, path, from, to) => {
    const hosts = new Set<string>();
    const rig = new Rig({
      side,
      world: worldOf("orders"),
      adapt: watched(hosts, (request, text) =>
        new URL(request.url).pathname.endsWith(path) ? text.replace(from, to) : undefined,
      ),
    });
    await rig.live(20 * MINUTE_MS);
    expect([...hosts].filter((host) => host.includes("evil"))).toEqual([]);
  });

  test.each([301, 302, 307, 308])("when a server answers %i", async (status) => {
    const rig = await imported({ side: "cloud" });
    const hosts = new Set<string>();
    rig.evict(watched(hosts, () => undefined));
    for (const service of ["cloud-kafka", "cloud-registry", "amplify"]) {
      rig.sandbox.faults.add({
        name: service,
        when: { service },
        fault: { do: "redirect", location: "https://evil.example/collect", status },
      });
    }
    const mark = rig.mark();
    await rig.live(30 * MINUTE_MS);
    expect(rig.writes(mark).filter((request) => request.status < 300)).toEqual([]);
    expect([...hosts].filter((host) => host.includes("evil"))).toEqual([]);
    expect(
      unwrap(await rig.actor.overview())
        .problems.map(({ message }) => message)
        .join(),
    ).toContain("redirect");
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(unwrap(await rig.actor.overview()).problems).toEqual([]);
  });

  test.each(["https://10.0.0.7:8082", "https://[fd00::1]", "https://192.168.1.1", "https://169.254.169.254"])(
    "an address like %s is refused by the configuration on Cloudflare, with the reason",
    (address) => {
      const variables = new Rig({ side: "platform" }).sandbox.environmentVariables("platform");
      const read = readConfig({ ...variables, KAFKA_CLUSTER_REST_URL: address }, "cloudflare", { now: Date.now() });
      expect(read.connections).toEqual([]);
      expect(JSON.stringify(read.problems)).toMatch(/KAFKA_CLUSTER_REST_URL/);
      expect(JSON.stringify(read.problems)).toMatch(/IP|address/);
    },
  );
});
