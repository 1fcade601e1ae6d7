import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finished } from "../../tools/user-admin/program.ts";
import { type RunTool, succeeded } from "./tools.ts";

export interface Login {
  readonly name: string;
  readonly password: string;
  /** SCRAM-SHA-512 when left out. */
  readonly mechanism?: "SCRAM-SHA-256" | "SCRAM-SHA-512";
}

export interface Client {
  /** Makes a user or replaces its password as an administrator does, by kafka-configs. */
  setPassword(login: Login): Promise<void>;
  createTopic(name: string): Promise<void>;
  /** Adds ACLs for `User:<name>`; `acl` as kafka-acls takes it: `["--topic", "orders", "--operation", "Read"]`. */
  allow(name: string, acl: readonly string[]): Promise<void>;
  /** Removes such ACLs. */
  disallow(name: string, acl: readonly string[]): Promise<void>;
  /** Whether a new connection with this login is let in. Throws when it fails for another reason. */
  logsIn(login: Login): Promise<boolean>;
  /** Sends one message a line; as nobody, who may do everything, without a login. Throws what Kafka says when it refuses. */
  produce(topic: string, lines: readonly string[], login?: Login): Promise<void>;
  /** The first `count` messages of the topic, read as that user in that group. Throws what Kafka says when it refuses. */
  consume(topic: string, group: string, count: number, login: Login): Promise<readonly string[]>;
  /** A file with the client's properties of that login (mode 0600), as the tools take it. */
  clientProperties(login: Login): string;
}

interface Parts {
  readonly adminAddress: string;
  readonly clientAddress: string;
  readonly folder: string;
  readonly tool: RunTool;
}

export function createClient({ adminAddress, clientAddress, folder, tool }: Parts): Client {
  const asAdmin = ["--bootstrap-server", adminAddress];

  function clientProperties({ name, password, mechanism = "SCRAM-SHA-512" }: Login): string {
    const file = join(folder, `${randomUUID()}.properties`);
    const module = "org.apache.kafka.common.security.scram.ScramLoginModule";
    const lines = [
      "security.protocol=SASL_PLAINTEXT",
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=${module} required username="${name}" password="${password}";`,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
    return file;
  }

  /** Runs `work` with a file of that login's properties. */
  async function withLogin<T>(login: Login, work: (file: string) => Promise<T>): Promise<T> {
    const file = clientProperties(login);
    try {
      return await work(file);
    } finally {
      rmSync(file, { force: true });
    }
  }

  async function changeAcl(change: "--add" | "--remove", name: string, acl: readonly string[]): Promise<void> {
    const principal = ["--allow-principal", `User:${name}`];
    const force = change === "--remove" ? ["--force"] : [];
    succeeded(await tool("kafka-acls", [...asAdmin, change, ...principal, ...acl, ...force]));
  }

  return {
    clientProperties,
    async setPassword({ name, password, mechanism = "SCRAM-SHA-512" }) {
      const file = ["--alter", "--add-config-file", "/dev/stdin"];
      const input = `${mechanism}=iterations=4096,password=${password}\n`;
      const entity = ["--entity-type", "users", "--entity-name", name];
      succeeded(await tool("kafka-configs", [...asAdmin, ...file, ...entity], { input }));
    },
    async createTopic(name) {
      succeeded(await tool("kafka-topics", [...asAdmin, "--create", "--topic", name, "--partitions", "1"]));
    },
    allow: (name, acl) => changeAcl("--add", name, acl),
    disallow: (name, acl) => changeAcl("--remove", name, acl),
    logsIn: (login) =>
      withLogin(login, async (file) => {
        // Lists no topic to a user without ACLs, but needs a login.
        const list = ["--bootstrap-server", clientAddress, "--command-config", file, "--list"];
        const finished = await tool("kafka-topics", list);
        if (finished.code !== 0 && /\bSaslAuthenticationException\b/.test(finished.stderr + finished.stdout))
          return false;
        succeeded(finished);
        return true;
      }),
    async produce(topic, lines, login) {
      const input = lines.map((line) => `${line}\n`).join("");
      const send = async (where: readonly string[]) => {
        const finished = await tool("kafka-console-producer", [...where, "--topic", topic, "--sync"], { input });
        refusedInWords(finished);
      };
      if (login === undefined) return send(asAdmin);
      return withLogin(login, (file) => send(["--bootstrap-server", clientAddress, "--command-config", file]));
    },
    consume: (topic, group, count, login) =>
      withLogin(login, async (file) => {
        const where = ["--bootstrap-server", clientAddress, "--command-config", file];
        const what = ["--topic", topic, "--group", group, "--from-beginning", "--max-messages", String(count)];
        const finished = await tool("kafka-console-consumer", [...where, ...what, "--timeout-ms", "20000"]);
        refusedInWords(finished);
        return finished.stdout.split("\n").filter((line) => line !== "");
      }),
  };
}

/** A producer or consumer ends with 0 although it was refused: its words tell. */
function refusedInWords(finished: Finished): void {
  const refusal = /\b\w*(Authorization|Authentication)Exception: .*/.exec(finished.stderr + finished.stdout);
  if (refusal !== null) throw new Error(refusal[0]);
  succeeded(finished);
}
