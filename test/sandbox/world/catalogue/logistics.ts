import { type Chapter, protobuf } from "./types.ts";

/** Vans and parcels, in Protobuf: well-known imports, several messages, imports of our own three deep. */

const geo = `syntax = "proto3";
package meridian.common;

// A point on the map, WGS 84.
message GeoPoint {
  double latitude = 1;
  double longitude = 2;
}
`;

const position = `syntax = "proto3";
package meridian.logistics;

import "google/protobuf/timestamp.proto";
import "meridian/common/geo.proto";

// Where a van was, and when.
message Position {
  meridian.common.GeoPoint point = 1;
  google.protobuf.Timestamp measured_at = 2;
  float speed = 3;
}
`;

const telemetry = `syntax = "proto3";
package meridian.logistics;

import "google/protobuf/duration.proto";
import "meridian/logistics/position.proto";

// What a van reports every ten seconds.
message VehicleTelemetry {
  string vehicle_id = 1;
  Position position = 2;
  google.protobuf.Duration engine_time = 3;
  map<string, double> sensors = 4;
  repeated Warning warnings = 5;

  message Warning {
    int32 code = 1;
    string text = 2;
  }
}
`;

const delivery = `syntax = "proto3";
package meridian.logistics;

import "google/protobuf/timestamp.proto";

option java_package = "com.meridian.logistics";

enum DeliveryState {
  DELIVERY_STATE_UNSPECIFIED = 0;
  ON_ITS_WAY = 1;
  HANDED_OVER = 2;
  RETURNED = 3;
}

// A parcel changed hands.
message Delivery {
  reserved 4, 9 to 11;
  reserved "courier_name";

  string parcel_id = 1;
  DeliveryState state = 2;
  google.protobuf.Timestamp at = 3;
  oneof receiver {
    Person person = 5;
    string locker_id = 6;
  }
  optional string note = 7;
}

message Person {
  string name = 1;
  bytes signature = 2;
}
`;

const invoice = `syntax = "proto2";
package meridian.billing;

// An invoice of a carrier; the format is older than we are.
message Invoice {
  required string number = 1;
  optional string currency = 2 [default = "EUR"];
  repeated Line lines = 3;

  message Line {
    required string text = 1;
    required int64 cents = 2;
    optional uint32 quantity = 3 [default = 1];
  }
}
`;

const courierKey = `syntax = "proto3";
package meridian.logistics;

message CourierKey {
  int64 courier_id = 1;
}
`;

const courier = `syntax = "proto3";
package meridian.logistics;

import "google/protobuf/wrappers.proto";

message Courier {
  int64 courier_id = 1;
  string name = 2;
  google.protobuf.StringValue licence = 3;
  fixed64 badge = 4;
}
`;

export const logistics: Chapter = {
  topics: [
    { name: "deliveries", expected: "published", partitions: 6 },
    { name: "telemetry.vehicle", expected: "published", partitions: 24, configs: { "retention.bytes": "1073741824" } },
    { name: "invoices", expected: "published" },
    { name: "couriers", expected: "published", configs: { "cleanup.policy": "compact" } },
  ],
  subjects: [
    // Subjects named like files: their slashes must be encoded in paths.
    { subject: "meridian/common/geo.proto", versions: [protobuf(geo)] },
    {
      subject: "meridian/logistics/position.proto",
      versions: [
        protobuf(position, [{ name: "meridian/common/geo.proto", subject: "meridian/common/geo.proto", version: 1 }]),
      ],
    },
    {
      subject: "telemetry.vehicle-value",
      versions: [
        protobuf(telemetry, [
          { name: "meridian/logistics/position.proto", subject: "meridian/logistics/position.proto", version: 1 },
        ]),
      ],
    },
    { subject: "deliveries-value", versions: [protobuf(delivery)] },
    { subject: "invoices-value", versions: [protobuf(invoice)] },
    { subject: "couriers-key", versions: [protobuf(courierKey)] },
    { subject: "couriers-value", versions: [protobuf(courier)] },
  ],
};
