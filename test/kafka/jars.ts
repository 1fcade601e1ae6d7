import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../tools/user-admin/program.ts";

const KAFKA = "4.3.1";
const LOG4J = "2.25.3";
/** Left out of version control; kept between runs. */
const CACHE = join(import.meta.dirname, "../../.sandbox/kafka-jars");

/** The folder with all jars of Apache Kafka and its tools, from Maven Central the first time. Throws a sentence when Java 17 or Maven is not there. */
export async function kafkaJars(): Promise<string> {
  await requireJava();
  const folder = join(CACHE, KAFKA);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, "fetching-"));
  try {
    await fetchJars(work);
    // Whole or not at all; another run may have been faster.
    if (!existsSync(folder)) renameSync(join(work, "jars"), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

async function requireJava(): Promise<void> {
  const { code, stderr } = await run("java", ["-version"], 30_000);
  const version = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (code !== 0 || !(version >= 17))
    throw new Error(`Kafka ${KAFKA} needs Java 17 or newer; java -version says: ${stderr}`);
}

async function fetchJars(work: string): Promise<void> {
  writeFileSync(join(work, "pom.xml"), pom());
  console.log(`fetching Apache Kafka ${KAFKA} from Maven Central, once`);
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${join(work, "jars")}`];
  const { code, stdout } = await run("mvn", ["-B", "-q", "-C", "-f", join(work, "pom.xml"), ...goal], 170_000);
  if (code !== 0) throw new Error(`Maven could not fetch Apache Kafka ${KAFKA}:\n${stdout.slice(0, 4000)}`);
}

async function run(program: string, args: readonly string[], timeoutMs: number) {
  const options = { timeoutMs, environment: process.env, maxOutputBytes: 1_000_000 };
  return runProgram(program, args, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`test:kafka runs a real Kafka and needs Java 17 and Maven: there is no \`${program}\` in PATH`);
  });
}

function pom(): string {
  const dependencies = [
    ["org.apache.kafka", "kafka_2.13", KAFKA],
    ["org.apache.kafka", "kafka-tools", KAFKA],
    // Without these Kafka runs, but logs nothing.
    ["org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J],
    ["org.apache.logging.log4j", "log4j-core", LOG4J],
  ];
  const elements = dependencies.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${elements.join("\n")}</dependencies>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version></plugin></plugins></build>
</project>
`;
}
