import type { Sql } from "../runtime/ports.ts";
import { type BudgetStore, budgetStore } from "../store/budget.ts";
import { type DocumentStore, documentStore, type ReferenceStore, referenceStore } from "../store/documents.ts";
import { type EchoStore, echoStore } from "../store/echoes.ts";
import { type GrantStore, grantStore } from "../store/grants.ts";
import { type IntentStore, intentStore } from "../store/intents.ts";
import { type Journal, journal } from "../store/journal.ts";
import { type KnownStore, knownStore } from "../store/known.ts";
import { type ListingStore, listingStore } from "../store/listing.ts";
import { type SealedStore, sealedStore } from "../store/sealed.ts";
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
  readonly journal: Journal;
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
    journal: journal(sql),
  };
}
