import type { Cluster, ConfluentReader, RegisteredSchema, Topic } from "../../../src/confluent/model.ts";

/** A cluster in memory that counts what it is asked. */
export class MemoryReader implements ConfluentReader {
  readonly asked: string[] = [];
  readonly topicList: Topic[] = [];
  readonly configOf = new Map<string, Record<string, string>>();
  readonly schemas = new Map<string, RegisteredSchema[]>();
  /** Subjects that the listing leaves out although they are there. */
  readonly unlisted = new Set<string>();
  failAt: string | undefined;
  /** What is thrown there. */
  failure: Error = new Error("the upstream failed");
  readonly where: Cluster = {
    clusterId: "lkc-1",
    type: "Basic",
    restUrl: "https://pkc-1.example/kafka/v3",
    bootstrapServers: ["pkc-1.example:9092"],
    registryUrl: "https://psrc-1.example",
    registryId: "lsrc-1",
  };

  add(name: string, more: Partial<Topic> = {}): void {
    this.topicList.push({ name, partitions: 6, replicationFactor: 3, internal: false, ...more });
  }

  register(subject: string, schema: unknown, more: Partial<RegisteredSchema> = {}): RegisteredSchema {
    const versions = this.schemas.get(subject) ?? [];
    const registered: RegisteredSchema = {
      subject,
      version: versions.length + 1,
      id: 100_000 + this.schemas.size * 10 + versions.length,
      schemaType: "AVRO",
      schema: typeof schema === "string" ? schema : JSON.stringify(schema),
      references: [],
      ...more,
    };
    this.schemas.set(subject, [...versions, registered]);
    return registered;
  }

  private ask(what: string): void {
    this.asked.push(what);
    if (this.failAt === what) throw this.failure;
  }

  async cluster(): Promise<Cluster> {
    this.ask("cluster");
    return this.where;
  }

  async topics(): Promise<Topic[]> {
    this.ask("topics");
    return [...this.topicList];
  }

  async configs(_cluster: Cluster, each: Parameters<ConfluentReader["configs"]>[1]): Promise<void> {
    this.ask("configs");
    for (const [topic, configs] of this.configOf) {
      for (const [name, value] of Object.entries(configs)) each(topic, { name, value, isDefault: false });
    }
  }

  async topicConfigs(_cluster: Cluster, topic: string) {
    this.ask(`configs of ${topic}`);
    return Object.entries(this.configOf.get(topic) ?? {}).map(([name, value]) => ({ name, value, isDefault: false }));
  }

  async *latestSchemas(): AsyncGenerator<RegisteredSchema> {
    this.ask("schemas");
    for (const [subject, versions] of this.schemas) {
      const latest = versions.at(-1);
      if (latest && !this.unlisted.has(subject)) yield latest;
    }
  }

  async schema(_cluster: Cluster, subject: string, version: number | "latest"): Promise<RegisteredSchema | undefined> {
    this.ask(`${subject}/${version}`);
    const versions = this.schemas.get(subject) ?? [];
    return version === "latest" ? versions.at(-1) : versions.find((each) => each.version === version);
  }
}

/** A small Avro record. */
export function record(name: string, fields: readonly unknown[] = [{ name: "id", type: "string" }]) {
  return { type: "record", namespace: "com.shop", name, fields };
}
