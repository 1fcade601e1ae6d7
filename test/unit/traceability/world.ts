import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import type { Ports } from "../../../src/runtime/ports.ts";
import { checkpointStore } from "../../../src/store/checkpoints.ts";
import { consumptionStore } from "../../../src/store/consumption.ts";
import { grantedStore } from "../../../src/store/granted.ts";
import { groupStore } from "../../../src/store/groups.ts";
import { journal } from "../../../src/store/journal.ts";
import { knownStore } from "../../../src/store/known.ts";
import { metricsPageStore } from "../../../src/store/metrics-pages.ts";
import { outboxStore } from "../../../src/store/outbox.ts";
import { productionStore } from "../../../src/store/production.ts";
import { samplingStore } from "../../../src/store/sampling.ts";
import { migrate } from "../../../src/store/schema.ts";
import { tileStore } from "../../../src/store/tiles.ts";
import type { MetricsDependencies } from "../../../src/traceability/metrics-round.ts";
import type { ReportDependencies } from "../../../src/traceability/report.ts";
import { type SampleDependencies, sampleGroups } from "../../../src/traceability/sample.ts";
import { Broker } from "./broker.ts";
import { Ingestion } from "./ingestion.ts";
import { INTERVAL, MINUTE, START } from "./samples.ts";

export const PREFIX = "amp.0123456789ab.";
const OTHER = "amp.ba9876543210.";

export function storesOf(ports: Pick<Ports, "sql">) {
  const { sql } = ports;
  return {
    groups: groupStore(sql),
    checkpoints: checkpointStore(sql),
    consumption: consumptionStore(sql),
    granted: grantedStore(sql),
    outbox: outboxStore(sql),
    sampling: samplingStore(sql),
    tiles: tileStore(sql),
    production: productionStore(sql),
    known: knownStore(sql),
    journal: journal(sql),
  };
}
type AllStores = ReturnType<typeof storesOf>;

/** A broker, a database, and a clock that only moves when told. */
export class World {
  readonly broker = new Broker();
  readonly ingestion = new Ingestion();
  readonly runtime: NodeRuntime;
  readonly stores: AllStores;
  now = START;
  #events = 0;

  constructor() {
    this.runtime = openNodeRuntime(":memory:", {
      log: { write: () => undefined },
      clock: { now: () => this.now },
      http: () => Promise.reject(new Error("nothing is asked over HTTP here")),
    });
    migrate(this.runtime.ports.sql);
    this.stores = storesOf(this.runtime.ports);
  }

  readonly #audit = (action: string, subject: string, detail: string) =>
    this.stores.journal.audit(this.now, "worker", action, subject, detail);

  close(): void {
    this.runtime.close();
  }

  grant(request: string, application: string, topic: string, grantedAt = START - 1): void {
    const prefix = application === "app" ? PREFIX : OTHER;
    this.stores.granted.put({ request, application, prefix, topic, ids: "{}", grantedAt, removedAt: undefined });
  }

  sampling(more: Partial<SampleDependencies> = {}, ports: Ports = this.runtime.ports): SampleDependencies {
    const stores = ports === this.runtime.ports ? this.stores : storesOf(ports);
    return {
      ...stores,
      listGroups: this.broker.listGroups,
      commitsOf: this.broker.commitsOf,
      aboutTopic: () => ({ compact: false, retentionMs: undefined, partitions: undefined }),
      intervalMs: INTERVAL,
      countReread: true,
      now: () => this.now,
      together: (work) => ports.sql.transaction(work),
      ...more,
    };
  }

  metrics(more: Partial<MetricsDependencies> = {}, ports: Ports = this.runtime.ports): MetricsDependencies {
    return {
      ...this.sampling({}, ports),
      audit: this.#audit,
      page: async () => ({ points: [], next: undefined }),
      pages: metricsPageStore(ports.sql),
      closedUntil: (now) => Math.floor(now / MINUTE) * MINUTE - 5 * MINUTE,
      isCompact: () => false,
      ...more,
    };
  }

  reporting(more: Partial<ReportDependencies> = {}, ports: Ports = this.runtime.ports): ReportDependencies {
    return {
      ...this.sampling({}, ports),
      outbox: outboxStore(ports.sql),
      eventOf: ({ id, startedAt, endedAt, topic, messages }) =>
        JSON.stringify({ id, timestamp: startedAt, topic, messages: String(messages), endedAt }),
      audit: this.#audit,
      post: this.ingestion.post,
      batch: 100,
      uuid: () => `event-${++this.#events}`,
      ...more,
    };
  }

  /** A whole round, an interval after the one before. */
  async round(more: Partial<SampleDependencies> = {}): Promise<void> {
    this.now += INTERVAL;
    while ((await sampleGroups(this.sampling(more))) === "more");
  }

  /** All that was ever counted. */
  counted(): bigint {
    return this.stores.consumption.list({ limit: 100_000 }).reduce((sum, { messages }) => sum + messages, 0n);
  }
}
