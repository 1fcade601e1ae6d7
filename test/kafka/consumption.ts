import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { groupPrefix } from "../../src/confluent/labels.ts";
import type { ConsumptionEntry } from "../../src/traceability/consumption-entry.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import { Consumer } from "../support/consumer.ts";
import { imported, worldOf } from "../support/imported.ts";
import { HOUR_MS, type Rig, unwrap } from "../support/rig.ts";
import type { Kafka } from "./broker.ts";
import type { Checks } from "./checks.ts";
import type { Login } from "./client.ts";
import { advanced, alterGroup, describeGroup, growTopic, type PartitionOffsets, produceKeyed } from "./groups.ts";

const TOPIC = "shipments";
const SAMPLE_MS = 5 * 60_000;

/** What an application reads of a real Kafka: its offsets stand behind the sandbox's lag route, and the Worker counts there. */
export async function checkConsumption(kafka: Kafka, { check }: Checks): Promise<void> {
  const reading = await openReading(kafka);
  const { rig, sample, consume, counted } = reading;
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `${index}:message ${index}`);
  try {
    await check("what a group had read before it was seen for the first time is not counted", async () => {
      await produceKeyed(kafka, TOPIC, lines(60));
      await consume(7);
      await sample();
      assert.deepEqual([await counted(), reading.advanced], [0n, 0n]);
    });
    await check("what it reads afterwards is counted as kafka-consumer-groups tells it", async () => {
      await consume(31);
      await sample();
      assert.deepEqual([await counted(), reading.advanced], [31n, 31n]);
    });
    await check("a second partition counts from its first commit on", async () => {
      await growTopic(kafka, TOPIC, 2);
      await produceKeyed(kafka, TOPIC, lines(80));
      await consume(22 + 40);
      await sample();
      await consume(40);
      await sample();
      assert.deepEqual(
        reading.offsets.map(({ committed = 0n }) => committed > 0n),
        [true, true],
      );
      // All of 31 + 62 + 40, but for what of the 62 came of the second partition.
      assert.ok(reading.advanced >= 31n + 40n && reading.advanced <= 31n + 62n + 40n);
      assert.equal(await counted(), reading.advanced);
    });
    await check("a reset counts nothing, and what is read again counts as read again", async () => {
      const before = reading.advanced;
      await alterGroup(kafka, reading.group, ["--reset-offsets", "--topic", `${TOPIC}:0`, "--shift-by", "-12"]);
      await sample();
      assert.deepEqual([await counted(), reading.advanced], [before, before]);
      await consume(12);
      await sample();
      assert.deepEqual([await counted(), reading.advanced], [before + 12n, before + 12n]);
      const rows = await reading.rows();
      assert.equal(sumOf(rows, "reread"), 12n);
      const reasons = rows.flatMap((row) => row.reasons);
      for (const reason of ["first-sight", "new-partition", "rewind", "re-read"]) assert.ok(reasons.includes(reason));
    });
    await check("ingestion accepted all of it", async () => {
      await rig.live(2 * HOUR_MS);
      const accepted = rig.sandbox.parts.ingestion.accepted();
      const sum = accepted.reduce((total, { transactions }) => total + BigInt(transactions), 0n);
      assert.deepEqual([sum, await counted()], [reading.advanced, reading.advanced]);
      assert.deepEqual(rig.sandbox.parts.ingestion.changed(), []);
      assert.deepEqual(rig.sandbox.defects, []);
    });
  } finally {
    rig.close();
  }
}

/** A connection with an application that may read the topic, and a user of the real Kafka that reads in the application's group. */
async function openReading(kafka: Kafka) {
  const { topics, subjects } = worldOf(TOPIC);
  const rig = await imported({
    side: "platform",
    world: { topics: topics.map((topic) => ({ ...topic, partitions: 1 })), subjects },
    amplifyRequestsPerMinute: "unlimited",
    variables: { CENTRAL_REQUESTSPERMINUTE: "6000", KAFKA_DISCOVERY_INTERVAL: "24h" },
  });
  const group = `${await prefixOf(rig)}main`;
  const login: Login = { name: "amp-0a1b2c3d-00112233445566-1", password: randomBytes(24).toString("base64url") };
  const rights = ["--topic", TOPIC, "--group", group, "--operation", "Read"];
  await Promise.all([kafka.setPassword(login), kafka.createTopic(TOPIC), kafka.allow(login.name, rights)]);

  let offsets: readonly PartitionOffsets[] = [];
  let sum = 0n;
  return {
    rig,
    group,
    get offsets() {
      return offsets;
    },
    /** By what kafka-consumer-groups told, each time when the Worker looked. */
    get advanced() {
      return sum;
    },
    async consume(count: number): Promise<void> {
      assert.equal((await kafka.consume(TOPIC, group, count, login)).length, count);
    },
    async sample(): Promise<void> {
      const seen = await describeGroup(kafka, group);
      sum += advanced(offsets, seen);
      offsets = seen;
      putBehindLags(rig, group, seen);
      rig.sandbox.clock.advance(SAMPLE_MS);
      await rig.turn();
    },
    async counted(): Promise<bigint> {
      return sumOf(await rowsOf(rig), "messages");
    },
    rows: () => rowsOf(rig),
  };
}

/** Asks for access as a consumer does, and returns what the groups of the application begin with. */
async function prefixOf(rig: Rig): Promise<string> {
  const consumer = new Consumer(rig, "platform", consumerKeys(2048));
  await rig.turn();
  await consumer.access(TOPIC);
  await consumer.served();
  const metadata = rig.sandbox.parts.amplify.get(consumer.application.selfLink)?.metadata;
  return groupPrefix((metadata as { readonly id: string }).id);
}

function putBehindLags(rig: Rig, group: string, offsets: readonly PartitionOffsets[]): void {
  const cluster = rig.sandbox.parts.clusters.platform;
  const there = cluster.topic(TOPIC)?.partitions.length ?? 0;
  if (offsets.length > there) cluster.growPartitions(TOPIC, offsets.length);
  for (const { partition, committed, end } of offsets) {
    const before = cluster.partition(TOPIC, partition)?.latest ?? 0n;
    if (end > before) cluster.append(TOPIC, partition, end - before);
    if (committed !== undefined) cluster.groups.commit(group, { topic: TOPIC, partition }, committed);
  }
}

async function rowsOf(rig: Rig): Promise<readonly ConsumptionEntry[]> {
  const { items, unattributed } = unwrap(await rig.actor.consumption({ limit: 1_000 }));
  assert.deepEqual(unattributed, []);
  return items;
}

const sumOf = (rows: readonly ConsumptionEntry[], what: "messages" | "reread"): bigint =>
  rows.reduce((sum, row) => sum + BigInt(row[what]), 0n);
