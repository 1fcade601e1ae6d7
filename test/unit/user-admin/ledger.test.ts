import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openLedger } from "../../../tools/user-admin/ledger.ts";

function ledgerFile(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "user-admin-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ledger");
  if (text !== undefined) writeFileSync(file, text, { mode: 0o600 });
  return file;
}

it("knows the names of the file, and writes each change at once", async () => {
  const file = ledgerFile("amp-zzzzzzzz\n\namp-aaaaaaaa\n");
  const ledger = await openLedger(file);
  expect([ledger.has("amp-zzzzzzzz"), ledger.has("amp-bbbbbbbb")]).toEqual([true, false]);
  await ledger.add("amp-bbbbbbbb");
  await ledger.add("amp-bbbbbbbb");
  expect(readFileSync(file, "utf8")).toBe("amp-aaaaaaaa\namp-bbbbbbbb\namp-zzzzzzzz\n");
  await ledger.remove("amp-aaaaaaaa");
  await ledger.remove("amp-aaaaaaaa");
  expect(readFileSync(file, "utf8")).toBe("amp-bbbbbbbb\namp-zzzzzzzz\n");
});

it("does not know a name that it could not write down", async () => {
  const file = ledgerFile();
  const ledger = await openLedger(file);
  rmSync(join(file, ".."), { recursive: true });
  await expect(ledger.add("amp-aaaaaaaa")).rejects.toThrow("ENOENT");
  expect(ledger.has("amp-aaaaaaaa")).toBe(false);
});

it("takes no file with a name that could not be ours, or one that others may write", async () => {
  await expect(openLedger(ledgerFile("amp-aaaaaaaa\nadmin\n"))).rejects.toThrow("line 2 of the ledger");
  const open = ledgerFile("");
  chmodSync(open, 0o620);
  await expect(openLedger(open)).rejects.toThrow("chmod 600");
  await expect(openLedger("/nowhere/ledger")).rejects.toThrow("the folder of the ledger does not exist: /nowhere");
});

it.runIf(process.platform === "linux")("is open once", async () => {
  const file = ledgerFile();
  await openLedger(file);
  await expect(openLedger(join(file, "..", ".", "ledger"))).rejects.toThrow("another process has the ledger open");
});
