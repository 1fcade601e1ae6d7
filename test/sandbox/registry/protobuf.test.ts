import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { parseSchema } from "./formats.ts";

const canonical = (text: string, ...references: { name: string; schema: string }[]) =>
  parseSchema("PROTOBUF", text, references).canonical;

const SENT = `
// A licence that nobody keeps.
syntax = "proto3";
package acme.orders; /* and
this */ import "google/protobuf/timestamp.proto";
import public "acme/money.proto";
option java_package = "com.acme";
enum State { option allow_alias = true; reserved 4, 6 to 8; UNKNOWN = 0; OPEN = 1 [deprecated = true]; }
message Order {
  reserved 10 to max, 9; reserved "old", "older";
  message Line { string text = 1; }
  enum Kind { NONE = 0; }
  option deprecated = false;
  string id = 1 [json_name = "ID", (acme.note) = "it\\'s", deprecated = true];
  map < string , Line > lines = 2;
  repeated acme.Money amounts = 3;
  oneof how { State state = 4; .google.protobuf.Timestamp at = 5; }
  optional int32 n = 0x6;
}
service Orders { rpc Get (Order) returns (stream Order); rpc Put (stream Order) returns (Order) { option idempotency_level = IDEMPOTENT; } }
`;
const STORED = `syntax = "proto3";
package acme.orders;

import "google/protobuf/timestamp.proto";
import public "acme/money.proto";

option java_package = "com.acme";

message Order {
  reserved 10 to max, 9;
  reserved "old", "older";

  option deprecated = false;

  string id = 1 [
    (acme.note) = "it\\'s",
    deprecated = true,
    json_name = "ID"
  ];
  map<string, Line> lines = 2;
  repeated acme.Money amounts = 3;
  optional int32 n = 6;

  oneof how {
    State state = 4;
    .google.protobuf.Timestamp at = 5;
  }

  message Line {
    string text = 1;
  }
  enum Kind {
    NONE = 0;
  }
}
enum State {
  reserved 4, 6 to 8;
  option allow_alias = true;
  UNKNOWN = 0;
  OPEN = 1 [deprecated = true];
}

service Orders {
  rpc Get (Order) returns (stream Order);
  rpc Put (stream Order) returns (Order) {
    option idempotency_level = IDEMPOTENT;
  };
}
`;
const MONEY = {
  name: "acme/money.proto",
  schema: 'syntax = "proto3"; package acme; message Money { int64 units = 1; }',
};

describe("Protobuf", () => {
  test("is stored in the registry's own layout, and that stays as it is", () => {
    expect(canonical(SENT, MONEY)).toBe(STORED);
    expect(canonical(STORED, MONEY)).toBe(STORED);
  });

  test("another library reads the same messages from both texts", () => {
    const describeText = (text: string) =>
      protobuf.parse(text, { keepCase: true }).root.lookupType("acme.orders.Order").toJSON().fields;
    expect(describeText(canonical(SENT, MONEY))).toEqual(describeText(SENT));
  });

  test("options keep maps and lists", () => {
    const text = 'message M {\n  option (a.b).c = {\n    x: 1,\n    y: [\n      "z"\n    ]\n  };\n}\n';
    expect(canonical('message M { option (a.b).c = { x: 1 y: ["z"] }; }')).toBe(`\n${text}`);
  });

  test.each([
    ["message {", /Syntax error in :1:9: expected a word/],
    ['syntax = "proto3";\nmessage M { string a; }', /Syntax error in :2:21/],
    ["message M { string a = x; }", /expected an integer/],
    ['import "acme/other.proto";', /Missing reference for import "acme\/other.proto"/],
    ["message M { Nope a = 1; }", /Unresolved type: Nope/],
    ["message M {", /Syntax error/],
  ])("%s is refused", (text, message) => {
    expect(() => canonical(text)).toThrow(message);
  });

  test("a nested type is found from the inside out", () => {
    const text = "message A { message B { message C {} C c = 1; D d = 2; } } message D { A.B b = 1; }";
    expect(() => canonical(text)).not.toThrow();
    expect(() => canonical("message A { message B {} } message D { B b = 1; }")).toThrow("Unresolved type: B");
  });
});

describe("changes of a Protobuf schema", () => {
  const changes = (original: string, update: string) => {
    const [old, next] = [original, update].map((text) => parseSchema("PROTOBUF", text, []));
    if (old === undefined || next === undefined) throw new Error("unreachable");
    return next
      .incompatibilities(old, "new", "old")
      .map((message) => /errorType:"(\w+)".* at (?:path:? )?'([^']+)'/.exec(message)?.slice(1).join(" "));
  };
  const message = (fields: string) => `message M { ${fields} }`;

  test.each([
    ["a field more", message(""), message("string a = 1;")],
    ["a field less", message("string a = 1;"), message("")],
    ["another name", message("string a = 1;"), message("string b = 1;")],
    ["a number of the same kind", message("int32 a = 1;"), message("uint64 a = 1;")],
    ["an enum instead of a number", message("int32 a = 1;"), `${message("E a = 1;")} enum E { X = 0; }`],
    ["a message more", message(""), `${message("")} message N {}`],
    ["one field into a oneof", message("string a = 1;"), message("oneof o { string a = 1; string b = 2; }")],
    ["a whole oneof gone", message("oneof o { string a = 1; }"), message("")],
  ])("%s is compatible", (_, original, update) => {
    expect(changes(original, update)).toEqual([]);
  });

  test.each([
    ["another scalar", message("string a = 1;"), message("int32 a = 1;"), ["FIELD_SCALAR_KIND_CHANGED #/M/1"]],
    [
      "a message instead of a scalar",
      message("string a = 1;"),
      message("N a = 1; message N {}"),
      ["FIELD_KIND_CHANGED #/M/1"],
    ],
    [
      "another message",
      message("N a = 1; message N {} message O {}"),
      message("O a = 1; message N {} message O {}"),
      ["FIELD_NAMED_TYPE_CHANGED #/M/1"],
    ],
    [
      "another map value",
      message("map<string, string> a = 1;"),
      message("map<string, int32> a = 1;"),
      ["FIELD_SCALAR_KIND_CHANGED #/M/1"],
    ],
    ["a message gone", `${message("")} message N {}`, message(""), ["MESSAGE_REMOVED #/N"]],
    [
      "two fields into a oneof",
      message("string a = 1; string b = 2;"),
      message("oneof o { string a = 1; string b = 2; }"),
      ["MULTIPLE_FIELDS_MOVED_TO_ONEOF #/M/o"],
    ],
    [
      "one of a oneof gone",
      message("oneof o { string a = 1; string b = 2; }"),
      message("oneof o { string a = 1; }"),
      ["ONEOF_FIELD_REMOVED #/M/o/2"],
    ],
    ["another package", "package a; message M {}", "package b; message M {}", ["PACKAGE_CHANGED #/"]],
    ["a required field more", message(""), message("required string a = 1;"), ["REQUIRED_FIELD_ADDED #/M/1"]],
  ])("%s is not", (_, original, update, expected) => {
    expect(changes(original, update)).toEqual(expected);
  });
});
