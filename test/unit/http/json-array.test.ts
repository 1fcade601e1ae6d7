import { describe, expect, it } from "vitest";
import { bigintJson, parseJson } from "../../../src/http/json.ts";
import { splitArray } from "../../../src/http/json-array.ts";
import { bodyOf, bytes, failureFrom } from "./support.ts";

const OPTIONS = { upstream: "kafka", what: "the list" } as const;

async function elements(text: string, size = 1e9, more: object = {}): Promise<unknown[]> {
  const all = bytes(text);
  const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
  return collect(bodyOf(pieces), more);
}

async function collect(body: ReadableStream<Uint8Array>, more: object = {}): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const element of splitArray(body, { ...OPTIONS, ...more })) found.push(JSON.parse(element));
  return found;
}

const TRICKY = [
  { name: 'quo"te', path: "a\\", brackets: "]}[{,", nested: { data: [1, [2, { data: [] }]] } },
  { name: "Ärger 😀 \u0000", empty: {}, list: [] },
  "text, with ] and \\",
  "",
  -1.5e10,
  0,
  true,
  false,
  null,
  [],
  [[[]]],
];

describe("the elements of an array", () => {
  const bare = JSON.stringify(TRICKY);
  const wrapped = JSON.stringify({
    kind: "List",
    metadata: { data: [9], next: null },
    data: TRICKY,
    after: ["data"],
    n: 1,
  });

  it.each([1, 2, 3, 5, 7, 64, 1e9])("come out whole however the body is cut (%i bytes a piece)", async (size) => {
    expect(await elements(bare, size)).toEqual(TRICKY);
    expect(await elements(wrapped, size)).toEqual(TRICKY);
    expect(await elements(JSON.stringify(TRICKY, null, 2), size)).toEqual(TRICKY);
    expect(await elements(JSON.stringify({ data: TRICKY }, null, "\t"), size)).toEqual(TRICKY);
  });

  it("may be none", async () => {
    for (const text of ["[]", " [ ] ", '{"data":[]}', '{"a":1,"data":[ ],"b":{}}', "\uFEFF[]"])
      expect(await elements(text, 1)).toEqual([]);
  });

  it("come with the other members of the object around them", async () => {
    const members: [string, string][] = [];
    await elements(wrapped, 3, { onMember: (name: string, text: string) => members.push([name, text]) });
    expect(members).toEqual([
      ["kind", '"List"'],
      ["metadata", '{"data":[9],"next":null}'],
      ["after", '["data"]'],
      ["n", "1"],
    ]);
  });

  it("may be nested deeper than a stack would bear", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const found: string[] = [];
    for await (const element of splitArray(bodyOf([bytes(`[${deep},1]`)]), OPTIONS)) found.push(element);
    expect(found).toEqual([deep, "1"]);
  });
});

describe("a body that was cut off", () => {
  it("is malformed at every single byte, never a short list", async () => {
    const text = JSON.stringify({ metadata: { next: null }, data: [{ a: "x" }, 2] });
    for (let length = 0; length < text.length; length++) {
      expect((await failureFrom(elements(text.slice(0, length)))).failure.kind, text.slice(0, length)).toBe(
        "malformed",
      );
    }
    for (let length = 0; length < 6; length++) {
      expect((await failureFrom(elements("[1,22]".slice(0, length)))).failure.kind).toBe("malformed");
    }
  });
});

describe("a body of another form", () => {
  it.each([
    ["nothing", ""],
    ["HTML", "<html>[]</html>"],
    ["a number", "5"],
    ["text", '"[]"'],
    ["no list", '{"metadata":{}}'],
    ["an empty object", "{}"],
    ["a list elsewhere only", '{"items":[1]}'],
    ["a nested list only", '{"metadata":{"data":[1]}}'],
    ["data that is null", '{"data":null}'],
    ["data that is an object", '{"data":{}}'],
    ["two lists", '{"data":[1],"data":[2]}'],
    ["something behind it", "[1] [2]"],
    ["something behind the object", '{"data":[1]},'],
    ["no comma", "[1 2]"],
    ["two commas", "[1,,2]"],
    ["a comma at the end", "[1,]"],
    ["a comma at the front", "[,1]"],
    ["a wrong bracket", "[1}"],
    ["no colon", '{"data"[1]}'],
    ["a key without quotes", "{data:[1]}"],
    ["a word behind it", "[1]x"],
  ])("is malformed: %s", async (_case, text) => {
    const failure = await failureFrom(elements(text));
    expect(failure.failure.kind).toBe("malformed");
    expect(failure.message).toMatch(/^Kafka REST: the list is not usable: /);
  });

  it("is malformed when an element is not UTF-8", async () => {
    const failure = await failureFrom(collect(bodyOf([new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d])])));
    expect(failure.failure.kind).toBe("malformed");
  });
});

describe("bounds", () => {
  it("end an element that is too large, and the body is cancelled", async () => {
    let cancelled = false;
    const piece = new Uint8Array(1000).fill(0x78);
    function* pieces() {
      yield bytes('[{"a":"');
      for (;;) yield piece;
    }
    const failure = await failureFrom(
      collect(
        bodyOf(pieces(), () => (cancelled = true)),
        { maxElementBytes: 10_000 },
      ),
    );
    expect(failure.failure).toEqual({ kind: "too-large", limitBytes: 10_000 });
    expect(cancelled).toBe(true);
  });

  it("end a member that is too large", async () => {
    expect((await failureFrom(elements(`{"metadata":"${"x".repeat(1.1e6)}","data":[]}`))).failure.kind).toBe(
      "too-large",
    );
  });

  it("let a reader leave early, which cancels the body", async () => {
    let cancelled = false;
    for await (const _ of splitArray(
      bodyOf([bytes("[1,"), bytes("2,")], () => (cancelled = true)),
      OPTIONS,
    ))
      break;
    expect(cancelled).toBe(true);
  });

  it("hold for 20 MB: what is kept stays small", async () => {
    const element = bytes(`${JSON.stringify({ name: "retention.ms", value: "604800000", pad: "x".repeat(500) })},`);
    const block = new Uint8Array(element.length * 2000);
    for (let i = 0; i < 2000; i++) block.set(element, i * element.length);
    const blocks = Math.ceil(20e6 / block.length);
    function* pieces() {
      yield bytes('{"data":[');
      for (let i = 0; i < blocks; i++) yield block;
      yield bytes("1]}");
    }
    const before = process.memoryUsage().rss;
    let count = 0;
    let most = 0;
    for await (const text of splitArray(bodyOf(pieces()), OPTIONS)) {
      if (text.length !== element.length - 1 && text !== "1") throw new Error(`an element of ${text.length}`);
      if (++count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(count).toBe(blocks * 2000 + 1);
    expect(most).toBeLessThan(120e6);
  });
});

describe("large numbers", () => {
  it("keep every digit", () => {
    const text =
      '{"a":9223372036854775807,"b":-9007199254740993,"c":9007199254740991,"d":1.5,"e":1e30,"f":"9223372036854775807","g":[18446744073709551615]}';
    expect(bigintJson(text)).toEqual({
      a: 9223372036854775807n,
      b: -9007199254740993n,
      c: 9007199254740991,
      d: 1.5,
      e: 1e30,
      f: "9223372036854775807",
      g: [18446744073709551615n],
    });
  });

  it("in a text that is not JSON are an error that does not quote it", () => {
    for (const read of [parseJson, bigintJson]) {
      expect(() => read("secret {")).toThrow("it is not JSON");
    }
  });
});
