import { beforeEach, describe, expect, it } from "vitest";
import { type Acl, EVERY_ACL } from "./acl.ts";
import { connect, KafkaClient, type Login } from "./client.ts";
import { KafkaCluster } from "./cluster.ts";
import { stillContext } from "./fixtures.ts";

const PRINCIPAL = "User:amp-1";
const PREFIX = "amp.3f9c1a2b4d5e.";

const grant = (
  resourceType: Acl["resourceType"],
  resourceName: string,
  operation: Acl["operation"],
  patternType: Acl["patternType"] = "LITERAL",
): Acl => ({
  resourceType,
  resourceName,
  patternType,
  principal: PRINCIPAL,
  host: "*",
  operation,
  permission: "ALLOW",
});

/** What a credential that may read and write one topic is given, and not one entry more. */
const GRANTS = {
  read: grant("TOPIC", "orders", "READ"),
  write: grant("TOPIC", "orders", "WRITE"),
  group: grant("GROUP", PREFIX, "READ", "PREFIXED"),
  transactionalId: grant("TRANSACTIONAL_ID", PREFIX, "WRITE", "PREFIXED"),
};

let cluster: KafkaCluster;
let app: KafkaClient;

beforeEach(() => {
  cluster = new KafkaCluster(stillContext(), { clusterId: "c1" });
  cluster.createTopic({ name: "orders", partitions: 2 });
  cluster.createTopic({ name: "secret" });
  app = new KafkaClient(cluster, PRINCIPAL);
});

const give = (...acls: readonly Acl[]): void => cluster.acls.create(acls);
const ends = (): bigint[] => cluster.topic("orders")?.partitions.map(({ latest }) => latest) ?? [];
const committed = (group: string): (bigint | undefined)[] =>
  [0, 1].map((partition) => cluster.groups.committed(group, { topic: "orders", partition }));
const refusedWith = (code: string) => expect.objectContaining({ name: "KafkaClientError", code });

describe("a client with exactly the grants of a subscription", () => {
  beforeEach(() => give(...Object.values(GRANTS)));

  it("produces, in transactions too, and consumes: four records, one of them in a transaction, move the offsets by five", () => {
    app.produce("orders", 3);
    app.produceTransactionally("orders", `${PREFIX}tx`, 1);
    expect(ends()).toEqual([2n, 3n]);
    expect(app.consume(`${PREFIX}app`, "orders", 100)).toBe(4);
    expect(committed(`${PREFIX}app`)).toEqual([2n, 3n]);
  });

  it.each<readonly [string, string, () => unknown]>([
    ["another topic, to write", "TOPIC_AUTHORIZATION_FAILED", () => app.produce("secret")],
    ["another topic, to read", "TOPIC_AUTHORIZATION_FAILED", () => app.consume(`${PREFIX}app`, "secret", 1)],
    ["a topic that there is not", "TOPIC_AUTHORIZATION_FAILED", () => app.produce("no-such")],
    [
      "another topic in a transaction",
      "TOPIC_AUTHORIZATION_FAILED",
      () => app.produceTransactionally("secret", `${PREFIX}tx`),
    ],
    [
      "a group of another application",
      "GROUP_AUTHORIZATION_FAILED",
      () => app.consume("amp.000000000000.app", "orders", 1),
    ],
    [
      "the prefix without its dot as group",
      "GROUP_AUTHORIZATION_FAILED",
      () => app.consume(PREFIX.slice(0, -1), "orders", 1),
    ],
    [
      "another transactional id",
      "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
      () => app.produceTransactionally("orders", "amp.000000000000.tx"),
    ],
    [
      "an offset in another group",
      "GROUP_AUTHORIZATION_FAILED",
      () => app.commitOffset("other", { topic: "orders", partition: 0 }, 1n),
    ],
  ])("is refused %s with %s, and nothing has changed", (_, code, attempt) => {
    const before = cluster.snapshot();
    expect(attempt).toThrow(refusedWith(code));
    expect(cluster.snapshot()).toEqual(before);
  });

  it("sees its own groups alone in the list", () => {
    cluster.addGroup("foreign");
    app.consume(`${PREFIX}app`, "orders", 1);
    expect(app.listGroups()).toEqual([`${PREFIX}app`]);
    give(grant("CLUSTER", "kafka-cluster", "DESCRIBE"));
    expect(app.listGroups()).toEqual(["foreign", `${PREFIX}app`]);
  });
});

describe("a client that lacks one grant", () => {
  it.each<readonly [keyof typeof GRANTS, string, () => unknown]>([
    ["read", "TOPIC_AUTHORIZATION_FAILED", () => app.consume(`${PREFIX}app`, "orders", 1)],
    ["write", "TOPIC_AUTHORIZATION_FAILED", () => app.produce("orders")],
    ["group", "GROUP_AUTHORIZATION_FAILED", () => app.consume(`${PREFIX}app`, "orders", 1)],
    [
      "transactionalId",
      "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
      () => app.produceTransactionally("orders", `${PREFIX}tx`),
    ],
  ])("misses %s with %s", (missing, code, attempt) => {
    give(...Object.values(GRANTS).filter((each) => each !== GRANTS[missing]));
    expect(attempt).toThrow(refusedWith(code));
    give(GRANTS[missing]);
    expect(attempt).not.toThrow();
  });

  it("is told of a topic that there is not only when it could describe it", () => {
    give(grant("TOPIC", "no-such", "WRITE"));
    expect(() => app.produce("no-such")).toThrow(refusedWith("UNKNOWN_TOPIC_OR_PARTITION"));
  });

  it("may do what it likes on a cluster without an authorizer", () => {
    const open = new KafkaCluster(stillContext(), { clusterId: "c2", authorizer: false });
    open.createTopic({ name: "t" });
    const client = new KafkaClient(open, "User:ANONYMOUS");
    client.produceTransactionally("t", "any", 2);
    expect(client.consume("any", "t", 10)).toBe(2);
  });

  it("is let in from the host that an entry names, and from no other", () => {
    give({ ...GRANTS.write, host: "10.1.2.3" });
    expect(() => app.produce("orders")).toThrow(refusedWith("TOPIC_AUTHORIZATION_FAILED"));
    expect(() => new KafkaClient(cluster, PRINCIPAL, { host: "10.1.2.3" }).produce("orders")).not.toThrow();
  });
});

describe("an open connection", () => {
  const users = new Map([["amp-1", "right"]]);
  const login: Login = (user, secret) => (users.get(user) === secret ? `User:${user}` : undefined);
  const good = { user: "amp-1", secret: "right" };

  beforeEach(() => {
    users.set("amp-1", "right");
    give(...Object.values(GRANTS));
  });

  it("is made with a good login only", () => {
    expect(connect(cluster, login, good).principal).toBe(PRINCIPAL);
    for (const bad of [
      { ...good, secret: "wrong" },
      { ...good, user: "amp-2" },
    ]) {
      expect(() => connect(cluster, login, bad)).toThrow(refusedWith("SASL_AUTHENTICATION_FAILED"));
    }
  });

  it("outlives its user, but not its ACLs", () => {
    const client = connect(cluster, login, good);
    const consumer = client.joinGroup(`${PREFIX}app`, "orders");
    users.delete("amp-1");
    expect(() => connect(cluster, login, good)).toThrow(refusedWith("SASL_AUTHENTICATION_FAILED"));
    client.produce("orders", 2);
    expect(consumer.poll(10)).toBe(2);
    cluster.acls.remove({ ...EVERY_ACL, principal: PRINCIPAL });
    expect(() => client.produce("orders")).toThrow(refusedWith("TOPIC_AUTHORIZATION_FAILED"));
    expect(() => consumer.poll(10)).toThrow(refusedWith("GROUP_AUTHORIZATION_FAILED"));
    expect(() => consumer.commit()).toThrow(refusedWith("GROUP_AUTHORIZATION_FAILED"));
    expect(committed(`${PREFIX}app`)).toEqual([undefined, undefined]);
  });

  it("loses only what it lost: a reader whose topic was taken away keeps its group", () => {
    const consumer = app.joinGroup(`${PREFIX}app`, "orders");
    cluster.acls.remove({ ...EVERY_ACL, principal: PRINCIPAL, operation: "READ", resourceType: "TOPIC" });
    expect(() => consumer.poll(1)).toThrow(refusedWith("TOPIC_AUTHORIZATION_FAILED"));
    expect(() => consumer.commit()).toThrow(refusedWith("TOPIC_AUTHORIZATION_FAILED"));
    expect(() => app.produce("orders")).not.toThrow();
  });
});

describe("a member of a group", () => {
  const group = `${PREFIX}app`;

  beforeEach(() => give(...Object.values(GRANTS)));

  it("goes on where its group committed, and reads nothing twice", () => {
    app.produce("orders", 5);
    expect(app.consume(group, "orders", 2)).toBe(2);
    expect(app.consume(group, "orders", 100)).toBe(3);
    expect(app.consume(group, "orders", 100)).toBe(0);
    expect(committed(group)).toEqual([3n, 2n]);
  });

  it("reads again what was not committed", () => {
    app.produce("orders", 4);
    const consumer = app.joinGroup(group, "orders");
    expect([consumer.poll(3), consumer.poll(3)]).toEqual([3, 1]);
    consumer.leave();
    expect(committed(group)).toEqual([undefined, undefined]);
    expect(app.consume(group, "orders", 100)).toBe(4);
  });

  it("commits the beginning of partitions in which it found nothing", () => {
    app.consume(group, "orders", 100);
    expect(committed(group)).toEqual([0n, 0n]);
  });

  it("begins at what is left when retention took the rest", () => {
    app.produce("orders", 6);
    app.consume(group, "orders", 2);
    cluster.trim("orders", 0, 3n);
    expect(app.consume(group, "orders", 100)).toBe(3);
    expect(committed(group)).toEqual([3n, 3n]);
  });

  it("begins anew in a topic that was deleted and made again", () => {
    app.produce("orders", 6);
    app.consume(group, "orders", 100);
    cluster.deleteTopic("orders");
    cluster.createTopic({ name: "orders", partitions: 2 });
    app.produce("orders", 1);
    expect(app.consume(group, "orders", 100)).toBe(1);
  });

  it("shares the partitions with others, and starts from the committed ones when they change", () => {
    app.produce("orders", 4);
    const first = app.joinGroup(group, "orders");
    expect(first.poll(100)).toBe(4);
    const second = app.joinGroup(group, "orders");
    expect(() => first.commit()).toThrow(refusedWith("ILLEGAL_GENERATION"));
    expect([first.poll(100), second.poll(100)]).toEqual([2, 2]);
    first.commit();
    second.commit();
    expect(committed(group)).toEqual([2n, 2n]);
    second.leave();
    expect(first.poll(100)).toBe(0);
  });

  it("is nobody once it has left, and may leave twice", () => {
    const consumer = app.joinGroup(group, "orders");
    consumer.leave();
    consumer.leave();
    expect(() => consumer.poll(1)).toThrow(refusedWith("UNKNOWN_MEMBER_ID"));
  });

  it("is not left behind in the group when it is refused", () => {
    app.consume(group, "orders", 1);
    cluster.acls.remove({ ...EVERY_ACL, operation: "READ", resourceType: "TOPIC" });
    expect(() => app.consume(group, "orders", 1)).toThrow(refusedWith("TOPIC_AUTHORIZATION_FAILED"));
    expect(cluster.groups.get(group)?.members.size).toBe(0);
  });

  it("passes over the markers of transactions, also where it stops between two", () => {
    for (let time = 0; time < 3; time++) app.produceTransactionally("orders", `${PREFIX}tx`, 2);
    expect(ends()).toEqual([6n, 6n]);
    expect(app.consume(group, "orders", 2)).toBe(2);
    expect(committed(group)).toEqual([4n, 0n]);
    expect(app.consume(group, "orders", 100)).toBe(4);
    expect(committed(group)).toEqual([6n, 6n]);
  });
});
