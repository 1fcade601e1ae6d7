import { open, readFile, rename, rm } from "node:fs/promises";
import * as v from "valibot";

/** Counts up when a saved state of before can no longer be read. */
export const stateVersion = 1;

const stateSchema = v.looseObject({
  version: v.number(),
  savedAt: v.string(),
  clockOffset: v.number(),
  random: v.number(),
  secrets: v.unknown(),
  services: v.record(v.string(), v.unknown()),
});
export type SandboxState = v.InferOutput<typeof stateSchema>;

/** Writes beside the file and renames, so that a kill leaves the old state or the new one, never half. Owner-readable only: keys are in it. */
export async function writeState(file: string, state: SandboxState): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(beside, "w", 0o600);
    try {
      await handle.writeFile(JSON.stringify(state));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Undefined when there is no such file. Throws an Error when it is no state, or of another version. */
export async function readState(file: string): Promise<SandboxState | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const state = v.safeParse(stateSchema, parsed(text, file));
  if (!state.success) throw new Error(`${file} is no saved state of the sandbox.`);
  if (state.output.version !== stateVersion) {
    throw new Error(`${file} was saved by version ${state.output.version} of the sandbox; this is ${stateVersion}.`);
  }
  return state.output;
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is no saved state of the sandbox.`);
  }
}
