import type { Sql } from "../runtime/ports.ts";
import { type BudgetStore, budgetStore } from "../store/budget.ts";
import { type CheckpointStore, checkpointStore } from "../store/checkpoints.ts";
import { type ConsumptionStore, consumptionStore } from "../store/consumption.ts";
import { type DocumentStore, documentStore, type ReferenceStore, referenceStore } from "../store/documents.ts";
import { type EchoStore, echoStore } from "../store/echoes.ts";
import { type GrantedStore, grantedStore } from "../store/granted.ts";
import { type GrantStore, grantStore } from "../store/grants.ts";
import { type GroupStore, groupStore } from "../store/groups.ts";
import { type IntentStore, intentStore } from "../store/intents.ts";
import { type Journal, journal } from "../store/journal.ts";
import { type KnownStore, knownStore } from "../store/known.ts";
import { type ListingStore, listingStore } from "../store/listing.ts";
import { type MetricsPageStore, metricsPageStore } from "../store/metrics-pages.ts";
import { type OutboxStore, outboxStore } from "../store/outbox.ts";
import { type ProductionStore, productionStore } from "../store/production.ts";
import { type SamplingStore, samplingStore } from "../store/sampling.ts";
import { type SealedStore, sealedStore } from "../store/sealed.ts";
import { type TileStore, tileStore } from "../store/tiles.ts";
import { type TopicStore, topicStore } from "../store/topics.ts";
import { type WorkStore, workStore } from "../store/work.ts";

/** Every table of a connection. */
export interface Stores {
  readonly work: WorkStore;
  readonly known: KnownStore;
  readonly budget: BudgetStore;
  readonly topics: TopicStore;
  readonly documents: DocumentStore;
  readonly references: ReferenceStore;
  readonly listing: ListingStore;
  readonly grants: GrantStore;
  readonly intents: IntentStore;
  readonly echoes: EchoStore;
  readonly sealed: SealedStore;
  readonly groups: GroupStore;
  readonly checkpoints: CheckpointStore;
  readonly tiles: TileStore;
  readonly granted: GrantedStore;
  readonly consumption: ConsumptionStore;
  readonly outbox: OutboxStore;
  readonly journal: Journal;
  readonly pages: MetricsPageStore;
  readonly production: ProductionStore;
  readonly sampling: SamplingStore;
}

export function openStores(sql: Sql): Stores {
  return {
    work: workStore(sql),
    known: knownStore(sql),
    budget: budgetStore(sql),
    topics: topicStore(sql),
    documents: documentStore(sql),
    references: referenceStore(sql),
    listing: listingStore(sql),
    grants: grantStore(sql),
    intents: intentStore(sql),
    echoes: echoStore(sql),
    sealed: sealedStore(sql),
    groups: groupStore(sql),
    checkpoints: checkpointStore(sql),
    tiles: tileStore(sql),
    granted: grantedStore(sql),
    consumption: consumptionStore(sql),
    outbox: outboxStore(sql),
    journal: journal(sql),
    pages: metricsPageStore(sql),
    production: productionStore(sql),
    sampling: samplingStore(sql),
  };
}
