import { describe, expect, test } from "vitest";
import { canonicalProtobuf, resolveProtobuf } from "../../../src/asyncapi/protobuf.ts";
import type { RegisteredSchema, SchemaReference } from "../../../src/confluent/model.ts";
import { assertPayloadEquals } from "../../support/payload.ts";
import { failureOf } from "./failures.ts";
import { bound, reference, registered } from "./inputs.ts";

function proto(subject: string, schema: string, references: SchemaReference[] = []): RegisteredSchema {
  return registered(subject, "PROTOBUF", schema, { references });
}

function resolved(root: RegisteredSchema, others: RegisteredSchema[] = []) {
  return resolveProtobuf(bound("value", root, others));
}

/** Everything the grammar has that a formatter could spoil. */
const RICH = `// Copyright
syntax = "proto2"; // old
package a.b;
import public "google/protobuf/any.proto";
import weak 'google/protobuf/duration.proto';
option java_package = "x.y"; option (mine) = { name: "n" list: [1, 2] nested { a: -1.5e+10 } };
;
/* alone */
// of Rich
message Rich { // behind the brace
  // of a
  required int32 a = 1 [default = -7, (opt).deep = "x;}{", packed = true]; // behind a
  /* block
     of two lines */
  optional group Part = 2 { optional string s = 1 [default = 'it\\'s // no comment']; }
  map<string, .google.protobuf.Any> any = 3;
  extensions 100 to max; reserved "old", "older"; reserved 4, 6 to 9;
  oneof choice { bool yes = 10; double no = 11; }
  enum E { option allow_alias = true; ZERO = 0; NOUGHT = 0; MINUS = -1; }
  extend Rich { optional E e = 100; }
  // last words
}
service S { rpc Get(Rich) returns (stream Rich) { option deprecated = true; } rpc Put (stream Rich) returns (Rich); }
extend Rich { optional int32 more = 101; }
`;

describe("the canonical text of a Protobuf schema", () => {
  test("is printed in one way", () => {
    expect(canonicalProtobuf(RICH, "s")).toBe(`// Copyright
syntax = "proto2"; // old

package a.b;

import public "google/protobuf/any.proto";
import weak 'google/protobuf/duration.proto';

option java_package = "x.y";
option (mine) = { name: "n" list: [1, 2] nested { a: -1.5e+10 } };

/* alone */
// of Rich
message Rich { // behind the brace
  // of a
  required int32 a = 1 [default = -7, (opt).deep = "x;}{", packed = true]; // behind a
  /* block
  of two lines */
  optional group Part = 2 {
    optional string s = 1 [default = 'it\\'s // no comment'];
  }
  map<string, .google.protobuf.Any> any = 3;
  extensions 100 to max;
  reserved "old", "older";
  reserved 4, 6 to 9;
  oneof choice {
    bool yes = 10;
    double no = 11;
  }
  enum E {
    option allow_alias = true;
    ZERO = 0;
    NOUGHT = 0;
    MINUS = -1;
  }
  extend Rich {
    optional E e = 100;
  }
  // last words
}

service S {
  rpc Get(Rich) returns (stream Rich) {
    option deprecated = true;
  }
  rpc Put(stream Rich) returns (Rich);
}

extend Rich {
  optional int32 more = 101;
}
`);
  });

  test("printed again is the same", () => {
    const once = canonicalProtobuf(RICH, "s");
    expect(canonicalProtobuf(once, "s")).toBe(once);
  });

  test("does not change with whitespace", () => {
    const spaced = 'syntax  =  "proto3" ;\r\n\r\nmessage A\n{\n\tint32   x=1 ;\n\n}\n';
    expect(canonicalProtobuf(spaced, "s")).toBe(canonicalProtobuf('syntax="proto3";message A{int32 x=1;}', "s"));
  });

  test.each([
    ["a comment", "message A { int32 x = 1; /* the x */ }"],
    ["a field's number", "message A { int32 x = 2; }"],
    ["an option", "message A { int32 x = 1 [deprecated = true]; }"],
    ["the space in a string", 'message A { int32 x = 1 [default = " "]; }'],
  ])("changes with %s", (_what, other) => {
    expect(canonicalProtobuf(other, "s")).not.toBe(canonicalProtobuf("message A { int32 x = 1; }", "s"));
  });
});

describe("imports of Protobuf", () => {
  const leaf = proto("leaf", 'syntax = "proto3"; package a; message Leaf { int32 x = 1; }');

  test("a file of the same package, imported by two, is taken in once", () => {
    const middle = proto(
      "middle",
      'syntax = "proto3"; package a; import "leaf.proto"; message Middle { Leaf leaf = 1; }',
      [reference("leaf.proto", "leaf")],
    );
    const root = proto(
      "r",
      'syntax = "proto3"; package a; import "middle.proto"; import "leaf.proto"; message Root { Middle m = 1; Leaf l = 2; }',
      [reference("middle.proto", "middle"), reference("leaf.proto", "leaf")],
    );
    const { text, fullName, version } = resolved(root, [middle, leaf]);
    expect(text).toBe(`syntax = "proto3";

package a;

message Root {
  Middle m = 1;
  Leaf l = 2;
}

// From middle.proto

message Middle {
  Leaf leaf = 1;
}

// From leaf.proto

message Leaf {
  int32 x = 1;
}
`);
    expect([fullName, version]).toEqual(["a.Root", "3"]);
  });

  test("a file of the same package but another syntax stays apart", () => {
    const root = proto("r", 'package a; import "leaf.proto"; message Root { optional Leaf l = 1; }', [
      reference("leaf.proto", "leaf"),
    ]);
    const { text, version } = resolved(root, [leaf]);
    expect(text).toContain('import "leaf.proto";\n');
    expect(text).toContain('// ==== leaf.proto ====\n// syntax = "proto3";\n');
    expect(version).toBe("2");
    assertPayloadEquals("PROTOBUF", text, root, new Map([["leaf/1", leaf]]));
  });

  test("what every compiler brings along needs no reference", () => {
    const root = proto(
      "r",
      'syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "confluent/type/decimal.proto"; import "confluent/meta.proto"; message R { google.protobuf.Timestamp t = 1; confluent.type.Decimal d = 2; }',
    );
    const { text, fullName } = resolved(root);
    expect(text).toContain(
      'import "google/protobuf/timestamp.proto";\nimport "confluent/type/decimal.proto";\nimport "confluent/meta.proto";',
    );
    expect(fullName).toBe("R");
    assertPayloadEquals("PROTOBUF", text, root, new Map());
  });

  test("an edition is named by its year", () => {
    expect(resolved(proto("r", 'edition = "2023"; message R { int32 x = 1; }')).version).toBe("2023");
  });

  test("an import that is no reference is reported by its path", async () => {
    const root = proto("r-value", 'syntax = "proto3"; import "gone.proto"; message R {}');
    expect(await failureOf(() => resolved(root))).toEqual({
      kind: "missing-reference",
      subject: "r-value",
      name: "gone.proto",
    });
  });

  test("a circle of imports is reported with the subjects in it", async () => {
    const a = proto("a", 'import "b.proto"; message A {}', [reference("b.proto", "b")]);
    const b = proto("b", 'import "c.proto"; message B {}', [reference("c.proto", "c")]);
    const c = proto("c", 'import "b.proto"; message C {}', [reference("b.proto", "b")]);
    expect(await failureOf(() => resolved(a, [b, c]))).toEqual({ kind: "cyclic-reference", cycle: ["b", "c", "b"] });
  });

  test("the comment before the first message is its documentation, whatever its marks", () => {
    const doc = (comment: string) => resolved(proto("r", `${comment}\nmessage R {}`)).doc;
    expect(doc("// One.\n// Two.")).toBe("One.\nTwo.");
    expect(doc("/**\n * One.\n *\n * Two.\n */")).toBe("One.\n\nTwo.");
    expect(doc("")).toBeUndefined();
  });

  test.each([
    ["an open string", 'message R { string s = 1 [default = "x]; }'],
    ["an open comment", "message R { /* }"],
    ["an open brace", "message R { string s = 1;"],
    ["a brace too many", "message R { } }"],
    ["nothing", ""],
    ["no type", 'syntax = "proto3"; package a;'],
  ])("%s is an unreadable schema, not a crash", async (_what, text) => {
    expect(await failureOf(() => resolved(proto("bad-value", text)))).toMatchObject({
      kind: "unparsable-schema",
      subject: "bad-value",
    });
  });
});
