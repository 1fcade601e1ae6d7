import type { SandboxOptions } from "../sandbox/sandbox.ts";
import { avro, jsonSchema } from "../sandbox/world/catalogue/types.ts";

/** The topic that an earlier database has published already. */
export const ALREADY_THERE = "payments";

/** Three topics: one whose schema refers to another, one without a schema, and one that is there already. */
export const smallWorld = {
  topics: [
    { name: "orders", expected: "published", partitions: 3 },
    { name: "heartbeats", expected: "published" },
    { name: ALREADY_THERE, expected: "published", configs: { "cleanup.policy": "compact" } },
  ],
  subjects: [
    {
      subject: "address",
      versions: [
        avro({
          type: "record",
          name: "Address",
          namespace: "com.meridian",
          fields: [{ name: "street", type: "string" }],
        }),
        // The newest is another than the one referred to, which has to be asked for by name.
        avro({
          type: "record",
          name: "Address",
          namespace: "com.meridian",
          fields: [
            { name: "street", type: "string" },
            { name: "city", type: "string", default: "" },
          ],
        }),
      ],
    },
    {
      subject: "orders-value",
      versions: [
        avro(
          {
            type: "record",
            name: "Order",
            namespace: "com.meridian",
            fields: [
              { name: "id", type: "string" },
              { name: "to", type: "com.meridian.Address" },
            ],
          },
          [{ name: "com.meridian.Address", subject: "address", version: 1 }],
        ),
      ],
    },
    {
      subject: `${ALREADY_THERE}-value`,
      versions: [jsonSchema({ type: "object", properties: { cents: { type: "integer" } } })],
    },
  ],
} as const satisfies SandboxOptions["world"];
