/**
 * What only a real broker can show, on an Apache Kafka that is fetched from Maven Central once: `npm run test:kafka`. Needs Linux, Java 17 and Maven.
 */
import { startKafka } from "./broker.ts";
import { createChecks } from "./checks.ts";
import { checkConsumption } from "./consumption.ts";
import { checkUsers } from "./users.ts";

// What was started ends with this process; the exit is what lets go of it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const checks = createChecks((line) => console.log(line));

await checks.check("Kafka starts, and all checks run to their end", async () => {
  const kafka = await startKafka();
  try {
    // Most of the time is spent in starting Kafka's tools, and neither disturbs the other.
    await Promise.all([checkUsers(kafka, checks), checkConsumption(kafka, checks)]);
  } finally {
    if (checks.failed > 0) checks.print(`the end of the broker's log:\n${kafka.log().slice(-8000)}`);
    await kafka.stop();
  }
});
console.log(`${checks.passed} passed, ${checks.failed} failed`);
process.exitCode = checks.failed === 0 ? 0 : 1;
