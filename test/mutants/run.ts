import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

/**
 * Holds the story's checker to its word: each patch beside this file breaks the product in one way, and the story must
 * say so by the name of the check on the patch's first line. The unpatched tree goes first and must be green.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const project = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = ["src", "routes", "test", "package.json", "tsconfig.json"];
const LONGEST_MS = 180_000;

const Result = v.looseObject({
  ok: v.boolean(),
  failed: v.optional(v.array(v.looseObject({ check: v.string(), detail: v.string() })), []),
});
type Result = v.InferOutput<typeof Result>;

/** The tree with one patch on it, or as it is; gone afterwards. */
async function withTree<T>(patch: string | undefined, use: (tree: string) => T): Promise<T> {
  const tree = await mkdtemp(join(tmpdir(), "mutant-"));
  try {
    for (const name of COPIED) await cp(join(project, name), join(tree, name), { recursive: true });
    await symlink(join(project, "node_modules"), join(tree, "node_modules"));
    if (patch !== undefined) apply(patch, tree);
    return use(tree);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function apply(patch: string, tree: string): void {
  // Wherever the temporary folder is, the tree is no part of a repository around it.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
  const { status, stderr, error } = spawnSync("git", ["apply", "--whitespace=nowarn", patch], { cwd: tree, env });
  if (error) throw new Error(`git is needed to apply a patch: ${error.message}`);
  if (status !== 0) throw new Error(`the patch no longer applies: ${stderr.toString().trim()}`);
}

function story(tree: string): Result {
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    ["test/story/main.ts", "--once", "--json", "--host=node"],
    { cwd: tree, timeout: LONGEST_MS, maxBuffer: 64 * 2 ** 20 },
  );
  if (signal !== null) throw new Error(`the story did not end within ${LONGEST_MS / 1000} s`);
  const text = stdout.toString().trim();
  if (text === "") throw new Error(`the story printed nothing: ${stderr.toString().trim().slice(-500)}`);
  return v.parse(Result, JSON.parse(text));
}

/** What is wrong; undefined when the unpatched tree is green. */
function unpatched({ ok, failed }: Result): string | undefined {
  return ok ? undefined : `the unpatched tree is not green: ${failed.map(({ check }) => check).join("; ")}`;
}

/** What is wrong; undefined when the story noticed the patch by the check that it names. */
async function noticed(patch: string): Promise<string | undefined> {
  const [first = ""] = (await readFile(patch, "utf8")).split("\n");
  const expected = /^Expect: (.+)$/.exec(first)?.[1];
  if (expected === undefined) return "its first line is not `Expect: <check>`";
  const { ok, failed } = await withTree(patch, story);
  if (ok) return "the story did not notice";
  const names = [...new Set(failed.map(({ check }) => check))];
  return names.includes(expected) ? undefined : `expected "${expected}", but the story named: ${names.join("; ")}`;
}

async function main(): Promise<number> {
  const patches = (await readdir(here)).filter((name) => name.endsWith(".patch")).sort();
  let failures = 0;
  const step = async (name: string, run: () => Promise<string | undefined>): Promise<boolean> => {
    const began = Date.now();
    const problem = await run().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (problem !== undefined) failures++;
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    console.log(
      `${problem === undefined ? "ok" : "FAILED"}  ${name}, ${seconds} s${problem === undefined ? "" : `: ${problem}`}`,
    );
    return problem === undefined;
  };
  // A patch on a tree that is not green would prove nothing.
  const isGreen = await step("unpatched", async () => unpatched(await withTree(undefined, story)));
  if (isGreen)
    for (const patch of patches) await step(patch.replace(/[.]patch$/, ""), () => noticed(join(here, patch)));
  console.log(`${isGreen ? 1 + patches.length - failures : 0} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
