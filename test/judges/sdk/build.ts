import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Judged as well: usage reports, which the judge's own flows leave switched off. */
const OWN_FLOW = join(import.meta.dirname, "usage.go");

/**
 * Copies the judge's Go source and the flows of our own into `folder`, builds them there and returns the path of the program. Throws when the source or
 * the Go tools are missing, or the build fails. A cold build loads some 145 MB of modules and takes about three minutes.
 */
export function buildJudge(source: string, folder: string): string {
  if (!existsSync(join(source, "go.mod"))) throw new Error(`the judge's source is missing: ${source}`);
  cpSync(source, folder, { recursive: true });
  cpSync(OWN_FLOW, join(folder, "flow_own_usage.go"));
  chmodSync(folder, 0o755);
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o644);
  const built = spawnSync("go", ["build", "-o", "sdk-judge", "."], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.error !== undefined) throw new Error(`go cannot be run: ${built.error.message}`);
  if (built.status !== 0) throw new Error(`go build ended with ${built.status}`);
  return join(folder, "sdk-judge");
}
