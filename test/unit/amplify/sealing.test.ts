import { describe, expect, it } from "vitest";
import { createSeal } from "../../../src/amplify/sealing.ts";

const material = (text: string) => new TextEncoder().encode(text);
const seal = await createSeal({ secretMaterial: material("key one"), connection: "kafka-env" });

describe("a sealed secret", () => {
  it("opens in its place and is different bytes each time", async () => {
    const first = await seal.seal("sealed", "token", "pässword");
    const second = await seal.seal("sealed", "token", "pässword");
    expect(await seal.open("sealed", "token", first)).toBe("pässword");
    expect(await seal.open("sealed", "token", second)).toBe("pässword");
    expect(first).not.toEqual(second);
    expect(first.length).toBe(1 + 12 + material("pässword").length + 16);
    expect(new TextDecoder().decode(first)).not.toContain("ssword");
  });

  it("opens again after the object was dropped, with a seal of the same material", async () => {
    const later = await createSeal({ secretMaterial: material("key one"), connection: "kafka-env" });
    expect(await later.open("sealed", "token", await seal.seal("sealed", "token", ""))).toBe("");
  });

  it("does not open in another row or table, however the names are joined", async () => {
    const sealed = await seal.seal("grant", "a/b", "x");
    expect(await seal.open("grant", "a", sealed)).toBeUndefined();
    expect(await seal.open("grant/a", "b", sealed)).toBeUndefined();
    expect(await seal.open("sealed", "a/b", sealed)).toBeUndefined();
    expect(await seal.open('grant","a', "b", sealed)).toBeUndefined();
  });

  it("does not open for another connection or after the client's key was replaced", async () => {
    const sealed = await seal.seal("sealed", "token", "x");
    const elsewhere = await createSeal({ secretMaterial: material("key one"), connection: "other-env" });
    const replaced = await createSeal({ secretMaterial: material("key two"), connection: "kafka-env" });
    expect(await elsewhere.open("sealed", "token", sealed)).toBeUndefined();
    expect(await replaced.open("sealed", "token", sealed)).toBeUndefined();
  });

  it("is as if lost when a bit was changed, when it was cut, or when it is of another version", async () => {
    const sealed = await seal.seal("sealed", "token", "secret");
    for (const at of [0, 1, 13, sealed.length - 1]) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await seal.open("sealed", "token", changed)).toBeUndefined();
    }
    expect(await seal.open("sealed", "token", sealed.slice(0, 20))).toBeUndefined();
    expect(await seal.open("sealed", "token", new Uint8Array())).toBeUndefined();
  });
});

describe("a mark", () => {
  it("is the same for the same text and another for any other text, connection or client's key", async () => {
    const elsewhere = await createSeal({ secretMaterial: material("key one"), connection: "other-env" });
    const replaced = await createSeal({ secretMaterial: material("key two"), connection: "kafka-env" });
    const again = await createSeal({ secretMaterial: material("key one"), connection: "kafka-env" });
    const marks = [
      await seal.mark("token"),
      await seal.mark("token "),
      await elsewhere.mark("token"),
      await replaced.mark("token"),
    ];
    expect(new Set(marks).size).toBe(4);
    expect(marks[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(await again.mark("token")).toBe(marks[0]);
  });
});
