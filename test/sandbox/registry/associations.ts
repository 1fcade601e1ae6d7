import { RegistryError } from "./errors.ts";

/** A topic's subject, told explicitly (Schema Registry 8). */
export interface Association {
  readonly subject: string;
  readonly guid: string;
  readonly resourceName: string;
  /** Id of the Kafka cluster. */
  readonly resourceNamespace: string;
  readonly resourceId: string;
  readonly resourceType: string;
  /** `key` or `value`. */
  readonly associationType: string;
  readonly lifecycle: "STRONG" | "WEAK";
  readonly createTs: number;
  readonly updateTs: number;
}

export interface AssociationRequest {
  readonly resourceName: string;
  readonly resourceNamespace: string;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly associations: readonly {
    readonly subject: string;
    readonly associationType: string;
    readonly lifecycle: "STRONG" | "WEAK";
  }[];
}

export class Associations {
  #all: Association[] = [];
  readonly #now: () => number;
  readonly #uuid: () => string;

  constructor(now: () => number, uuid: () => string) {
    this.#now = now;
    this.#uuid = uuid;
  }

  /**
   * Links and returns what is new; what is there already is left out. A subject without a live version is 40907.
   * @param exists whether a subject has a live version
   */
  create(request: AssociationRequest, exists: (subject: string) => boolean): AssociationRequest["associations"] {
    const { associations, ...resource } = request;
    const missing = associations.find(({ subject }) => !exists(subject));
    if (missing !== undefined) {
      throw new RegistryError(409, 40907, `No active (non-deleted) version exists for subject '${missing.subject}'`);
    }
    const added = associations.filter(
      ({ subject, associationType }) =>
        !this.#all.some(
          (other) =>
            other.resourceId === resource.resourceId &&
            other.subject === subject &&
            other.associationType === associationType,
        ),
    );
    const now = this.#now();
    for (const each of added)
      this.#all.push({ ...each, ...resource, guid: this.#uuid(), createTs: now, updateTs: now });
    return added;
  }

  /** By name; the namespace `-` is any. */
  ofResource(namespace: string, name: string, type: string | undefined): Association[] {
    return this.#all.filter(
      (each) =>
        each.resourceName === name &&
        (namespace === "-" || each.resourceNamespace === namespace) &&
        (type === undefined || each.resourceType === type),
    );
  }

  ofSubject(subject: string): Association[] {
    return this.#all.filter((each) => each.subject === subject);
  }

  delete(resourceId: string): void {
    this.#all = this.#all.filter((each) => each.resourceId !== resourceId);
  }

  snapshot(): readonly Association[] {
    return this.#all;
  }

  restore(associations: readonly Association[]): void {
    this.#all = [...associations];
  }
}
