import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Ports } from "../../src/runtime/ports.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { publishedWorld } from "../support/amplify-view.ts";
import { counted, imported, worldOf } from "../support/imported.ts";
import { MINUTE_MS, Rig, untilMorning, unwrap } from "../support/rig.ts";
import { smallWorld } from "./small-world.ts";

/** Of the writes of an import every third one, by turns through what an import writes again and again. */
const STRIDE = 3;
const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)/i;

/** Writes that fail as on a full disk while `isFull` says so; reads go on. */
function full(isFull: (statement: string) => boolean): (ports: Ports) => Ports {
  return (ports) => ({
    ...ports,
    sql: {
      exec: (statement, ...parameters) => {
        if (WRITES.test(statement) && isFull(statement)) throw new Error("database or disk is full");
        return ports.sql.exec(statement, ...parameters);
      },
      transaction: (work) => ports.sql.transaction(work),
    },
    alarm: {
      get: () => ports.alarm.get(),
      set: async (at) => {
        if (isFull("the alarm")) throw new Error("database or disk is full");
        await ports.alarm.set(at);
      },
    },
  });
}

describe("row 60: storage that is full", () => {
  test("lets no request to Amplify out that could not be noted, and all goes on when there is room", async () => {
    const undisturbed = await imported({ side: "cloud", world: smallWorld });
    let isFull = false;
    const rig = new Rig({ side: "cloud", world: smallWorld, adapt: full(() => isFull) });
    await rig.turn();
    isFull = true;
    const mark = rig.mark();
    for (let minute = 0; minute < 10; minute++) {
      await rig.actor.tick();
      await rig.actor.wake();
      rig.sandbox.clock.advance(MINUTE_MS);
    }
    expect(rig.amplify(mark)).toEqual([]);
    expect(rig.logged.join("\n")).toContain("disk is full");
    isFull = false;
    await rig.live(30 * MINUTE_MS);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });

  describe("for one statement alone", () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["Date"] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test("whichever it is, ends in the same Amplify", async () => {
      const sandbox = createSandbox({ clockOffset: untilMorning(), inProcess: true, world: smallWorld });
      const empty = sandbox.parts.amplify.snapshot();
      const began = sandbox.clock.now();
      const import_ = async (at: number, randomSeed: number) => {
        vi.setSystemTime(began - sandbox.clock.offset());
        sandbox.parts.amplify.restore(empty);
        let count = 0;
        const adapt = full(() => count++ === at);
        const rig = new Rig({ side: "cloud", sandbox, randomSeed, adapt: (ports) => ports });
        // The tables were made before.
        unwrap(await rig.actor.tick());
        rig.evict(adapt);
        // A tick may fail, as any call; the next one comes.
        for (let turn = 0; turn < 40; turn++) {
          await rig.actor.tick();
          await rig.actor.wake();
          if (turn > 0 && rig.open().length === 0) break;
          if (!(await rig.jump())) sandbox.clock.advance(MINUTE_MS);
        }
        const open = rig.open();
        rig.close();
        return { count, open, world: publishedWorld(sandbox.parts.amplify) };
      };
      const { count, world } = await import_(Number.POSITIVE_INFINITY, 1);
      expect(count).toBeGreaterThan(100);
      for (let at = 0; at < count; at += STRIDE) {
        const ended = await import_(at, at + 2);
        expect(ended.open, `write ${at}`).toEqual([]);
        expect(ended.world, `write ${at}`).toEqual(world);
      }
    }, 60_000);
  });
});

test("rows of a newer version are read and reported, and nothing is written or sent", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders") });
  rig.runtime.ports.sql.exec("UPDATE schema_version SET version = 99");
  rig.evict();
  const mark = rig.sandbox.log.all().length;
  expect(await rig.actor.tick()).toMatchObject({ ok: false, message: expect.stringContaining("newer version") });
  expect(await rig.actor.discover({})).toMatchObject({ ok: false });
  await rig.actor.wake();
  expect(rig.sandbox.log.all()).toHaveLength(mark);
  expect(unwrap(await rig.actor.overview()).topics.published).toBe(1);
  expect(counted(rig)).toEqual([1, 1, 1]);
});
