import { describe, expect, it } from "vitest";
import { createConsumerGroups } from "../../../src/confluent/consumer-groups.ts";
import { createLags } from "../../../src/confluent/lags.ts";
import type { Cluster } from "../../../src/confluent/model.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { UpstreamError } from "../../../src/http/errors.ts";
import { access, cluster, worldOf } from "../../unit/confluent/support.ts";
import { type Exchange, readSnapshots } from "./snapshots.ts";

/** What REST Proxy was recorded answering about groups, as our clients read it. */

const clusterOf = (clusterId: string): Cluster => ({ ...cluster, clusterId });

function clientsOver({ response }: Exchange) {
  const world = worldOf(() => new Response(JSON.stringify(response.body), { status: response.status }));
  const rest = createRest({ ...world, upstream: "kafka", access, headers: {} });
  return Object.assign(world, { groups: createConsumerGroups(rest), lags: createLags(rest) });
}

const PATH = /^\/v3\/clusters\/([^/]+)\/consumer-groups(?:\/([^/]+))?(?:\/([^/]+))?$/;

function recorded(file: string, wanted: string | undefined) {
  return readSnapshots(file).flatMap((exchange) => {
    const [match, id = "", group = "", tail] = PATH.exec(exchange.request.path) ?? [];
    const isWanted = match !== undefined && exchange.request.method === "GET" && tail === wanted;
    return isWanted ? [{ name: exchange.name, exchange, id, group: decodeURIComponent(group) }] : [];
  });
}

const lags = recorded("lags.json", "lags");
const shareLags = recorded("consumer-groups.json", "lags");

describe("recorded lags", () => {
  it.each([...lags, ...shareLags])("are understood: $name", async ({ exchange, id, group }) => {
    const { response, request } = exchange;
    const world = clientsOver(exchange);
    const outcome = await world.lags.of(clusterOf(id), group).catch((thrown: unknown) => thrown);
    expect(world.asked).toEqual([`GET ${request.path}`]);
    const { data, message = "" } = response.body as { data?: Record<string, unknown>[]; message?: string };
    if (message.startsWith("Cluster ")) return expect(outcome).toBeInstanceOf(UpstreamError);
    if (message.startsWith("Consumer Group ")) return expect(outcome).toEqual({ kind: "no-group" });
    if (data === undefined) return expect(outcome).toEqual({ kind: "none", reason: "uncommitted" });
    expect(outcome).toEqual({
      kind: "lags",
      lags: data.map((lag) => ({
        topic: lag.topic_name,
        partition: lag.partition_id,
        currentOffset: BigInt(String(lag.current_offset)),
        logEndOffset: BigInt(String(lag.log_end_offset)),
        lag: BigInt(String(lag.lag)),
        consumerId: lag.consumer_id || undefined,
        clientId: lag.client_id || undefined,
        instanceId: lag.instance_id ?? undefined,
      })),
    });
  });

  it("show every outcome that the others are told from", () => {
    const messages = lags.map(({ exchange }) => (exchange.response.body as { message?: string }).message ?? "lags");
    expect(new Set(messages)).toEqual(
      new Set([
        "lags",
        "Consumer group offsets could not be found.",
        "Consumer Group no-such-group could not be found.",
        "Cluster nope could not be found.",
      ]),
    );
  });
});

describe("recorded groups", () => {
  const lists = recorded("consumer-groups.json", undefined).filter(({ group }) => group === "");
  const ones = recorded("consumer-groups.json", undefined).filter(
    ({ group, exchange }) => group !== "" && exchange.request.path.includes("/nope/") === false,
  );
  const members = recorded("consumer-groups.json", "consumers");

  it.each(lists)("are listed: $name", async ({ exchange, id }) => {
    const { data } = exchange.response.body as { data: Record<string, unknown>[] };
    const found = await clientsOver(exchange).groups.list(clusterOf(id));
    expect(found.map(({ id, state, type }) => [id, state, type])).toEqual(
      data.map((group) => [group.consumer_group_id, group.state, group.type]),
    );
    expect(found.every(({ coordinator }) => coordinator === 1)).toBe(true);
  });

  it.each(ones)("are read one by one: $name", async ({ exchange, id, group }) => {
    const found = await clientsOver(exchange).groups.get(clusterOf(id), group);
    expect(found?.id).toBe(exchange.response.status === 404 ? undefined : group);
  });

  it.each(members)("have their members told: $name", async ({ exchange, id, group }) => {
    const { data, message = "" } = exchange.response.body as { data?: Record<string, unknown>[]; message?: string };
    const found = await clientsOver(exchange)
      .groups.members(clusterOf(id), group)
      .catch((thrown: unknown) => thrown);
    if (message.startsWith("Cluster ")) return expect(found).toBeInstanceOf(UpstreamError);
    expect(found).toEqual(
      data?.map((member) => ({
        consumerId: member.consumer_id,
        clientId: member.client_id,
        instanceId: member.instance_id ?? undefined,
      })),
    );
  });
});
