import { avro, type Chapter, day } from "./types.ts";

/** The shop's orders, in Avro: references three deep, older and soft-deleted versions, names that are prefixes of each other. */

const shop = "com.meridian.shop";

const geoPoint = {
  type: "record",
  name: "GeoPoint",
  namespace: "com.meridian.common",
  doc: "A point on the map, WGS 84.",
  fields: [
    { name: "latitude", type: "double", doc: "Degrees north." },
    { name: "longitude", type: "double", doc: "Degrees east." },
  ],
};

const addressFields = [
  { name: "street", type: "string" },
  { name: "city", type: "string" },
  { name: "postalCode", type: "string", doc: "As the country writes it." },
  { name: "country", type: "string", default: "DE", doc: "ISO 3166-1, two letters." },
];
const address = {
  type: "record",
  name: "Address",
  namespace: "com.meridian.common",
  doc: "A postal address.",
  fields: addressFields,
};
const locatedAddress = {
  ...address,
  fields: [
    ...addressFields,
    {
      name: "location",
      type: ["null", "com.meridian.common.GeoPoint"],
      default: null,
      doc: "Where the door is, when somebody measured it.",
    },
  ],
};

const customer = {
  type: "record",
  name: "Customer",
  namespace: shop,
  doc: "Somebody who buys, as the shop knows them.",
  fields: [
    { name: "customerId", type: { type: "string", logicalType: "uuid" } },
    { name: "name", type: "string", doc: "First and last name." },
    { name: "birthday", type: ["null", { type: "int", logicalType: "date" }], default: null },
    { name: "billing", type: "com.meridian.common.Address" },
    { name: "delivery", type: { type: "array", items: "com.meridian.common.Address" }, default: [] },
  ],
};

const orderFields = [
  { name: "orderId", type: "string", doc: "Unique, never used again." },
  {
    name: "placedAt",
    type: { type: "long", logicalType: "timestamp-millis" },
    doc: "When the customer pressed the button.",
  },
  { name: "customer", type: `${shop}.Customer` },
  {
    name: "lines",
    doc: "What was ordered; at least one.",
    type: {
      type: "array",
      items: {
        type: "record",
        name: "OrderLine",
        fields: [
          { name: "sku", type: "string", doc: "Article number." },
          { name: "quantity", type: "int", default: 1 },
          { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 } },
        ],
      },
    },
  },
];
const status = {
  name: "status",
  doc: "How far the order has come.",
  type: {
    type: "enum",
    name: "OrderStatus",
    symbols: ["PLACED", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"],
    default: "PLACED",
  },
  default: "PLACED",
};
const attributes = {
  name: "attributes",
  doc: "Whatever the channel adds: campaign, device, voucher.",
  type: { type: "map", values: "string" },
  default: {},
};
const order = (...more: object[]) => ({
  type: "record",
  name: "Order",
  namespace: shop,
  doc: "An order of the web shop, one event for each change.",
  fields: [...orderFields, ...more],
});
const customerReference = { name: `${shop}.Customer`, subject: "customer", version: 1 };

const orderReturn = {
  type: "record",
  name: "OrderReturn",
  namespace: shop,
  doc: "Goods that came back.",
  fields: [
    { name: "orderId", type: "string" },
    { name: "reason", type: { type: "enum", name: "Reason", symbols: ["BROKEN", "WRONG_SIZE", "DISLIKED", "OTHER"] } },
    { name: "comment", type: ["null", "string"], default: null },
    {
      name: "pickUp",
      type: "com.meridian.common.Address",
      doc: "The address as it was known before it had a location.",
    },
  ],
};

const category = {
  type: "record",
  name: "Category",
  namespace: "com.meridian.shop.catalogue",
  doc: "A branch of the catalogue. Contains its own kind: the tree has no fixed depth.",
  fields: [
    { name: "id", type: "string" },
    { name: "title", type: { type: "map", values: "string" }, doc: "By language, e.g. `de`." },
    { name: "children", type: { type: "array", items: "Category" }, default: [] },
    { name: "parent", type: ["null", "Category"], default: null, aliases: ["above"] },
  ],
};

const priceChange = {
  type: "record",
  name: "PriceChange",
  namespace: shop,
  fields: [
    { name: "sku", type: "string" },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "validFrom", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "currency", type: { type: "fixed", name: "CurrencyCode", size: 3 }, doc: "ISO 4217, three bytes." },
  ],
};

const stockLevel = {
  type: "record",
  name: "StockLevel",
  namespace: shop,
  doc: "How many pieces a warehouse holds. The latest one counts.",
  fields: [
    { name: "sku", type: "string" },
    { name: "warehouse", type: "string" },
    { name: "pieces", type: "long", default: 0 },
    { name: "countedAt", type: ["null", { type: "long", logicalType: "local-timestamp-millis" }], default: null },
  ],
};

const key = (name: string, ...fields: object[]) => ({ type: "record", name, namespace: shop, fields });

export const orders: Chapter = {
  topics: [
    { name: "orders", expected: "published", partitions: 12, configs: { "retention.ms": String(7 * day) } },
    { name: "orders-returns", expected: "published", partitions: 3 },
    {
      name: "orders-returns-archive",
      expected: "published",
      configs: { "retention.ms": "-1", "retention.bytes": "-1" },
    },
    { name: "catalogue.categories", expected: "published", configs: { "cleanup.policy": "compact" } },
    { name: "stock-levels", expected: "published", configs: { "cleanup.policy": "compact,delete" } },
    // Three names that become one when they are made into a resource name.
    { name: "price.changes", expected: "published", partitions: 3 },
    { name: "Price.Changes", expected: "published" },
    { name: "price-changes", expected: "published" },
    { name: "checkout", expected: "published" },
    { name: "Checkout", expected: "published" },
    { name: "fulfilment_events", expected: "published" },
  ],
  subjects: [
    { subject: "geo-point", versions: [avro(geoPoint)] },
    {
      subject: "address",
      versions: [
        avro(address),
        avro(locatedAddress, [{ name: "com.meridian.common.GeoPoint", subject: "geo-point", version: 1 }]),
      ],
    },
    {
      subject: "customer",
      versions: [avro(customer, [{ name: "com.meridian.common.Address", subject: "address", version: 2 }])],
    },
    { subject: "orders-key", versions: [avro(key("OrderKey", { name: "orderId", type: "string" }))] },
    {
      subject: "orders-value",
      versions: [
        avro(order(), [customerReference]),
        avro(order(status), [customerReference]),
        avro(order(status, attributes), [customerReference]),
      ],
    },
    // The same name in another context, and another meaning.
    { subject: ":.staging:orders-value", versions: [avro({ ...order(), fields: [orderFields[0]] })] },
    {
      subject: "orders-returns-value",
      versions: [avro(orderReturn, [{ name: "com.meridian.common.Address", subject: "address", version: 1 }])],
    },
    { subject: "catalogue.categories-value", versions: [avro(category)] },
    {
      subject: "stock-levels-key",
      versions: [avro(key("StockKey", { name: "sku", type: "string" }, { name: "warehouse", type: "string" }))],
    },
    { subject: "stock-levels-value", versions: [avro(stockLevel)] },
    { subject: "price.changes-key", versions: [avro({ type: "string" })] },
    { subject: "price.changes-value", versions: [avro(priceChange)] },
    { subject: "Price.Changes-value", versions: [avro({ ...priceChange, doc: "Of the old shop; about to go." })] },
    // The topic was deleted, its subject stayed.
    { subject: "discontinued-value", versions: [avro({ ...priceChange, name: "Discontinued" })] },
  ],
};
