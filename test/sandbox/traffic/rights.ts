import type { Operation, ResourceType } from "../kafka/acl.ts";
import { ofPrincipal } from "../kafka/authorizer.ts";
import type { KafkaCluster } from "../kafka/cluster.ts";

/** Where the brokers see simulated clients come from. */
const HOST = "192.0.2.10";

/** What the brokers let clients do, asked every minute; answers are kept for as long as no ACL changes. */
export class Rights {
  readonly #cluster: KafkaCluster;
  readonly #known = new Map<string, boolean>();
  #revision: number | undefined;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Without a principal everything is allowed. */
  may(principal: string | undefined, operation: Operation, resourceType: ResourceType, resourceName: string): boolean {
    if (principal === undefined) return true;
    const revision = this.#cluster.acls.settledRevision();
    if (revision === undefined || revision !== this.#revision) this.#known.clear();
    this.#revision = revision;
    const key = `${principal}\n${operation}\n${resourceType}\n${resourceName}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const action = { principal, host: HOST, operation, resourceType, resourceName };
    const allowed = this.#cluster.verdict(action, ofPrincipal(this.#cluster.acls.all(), principal)) === "allow";
    this.#known.set(key, allowed);
    return allowed;
  }
}
