import { amplifyEnvironments, clientIds } from "../sandbox/world/amplify.ts";
import type { Side } from "../sandbox/world/demo.ts";

export const sides = ["cloud", "platform"] as const satisfies readonly Side[];

/** A connection's name is its Amplify environment's. */
export const connectionOf = (side: Side): string => amplifyEnvironments[side];

export const clientOf = (side: Side): string => clientIds[side];

/** The sandbox's services that are one side's Confluent. */
export const confluentOf: Readonly<Record<Side, readonly string[]>> = {
  cloud: ["cloud", "metrics", "cloud-kafka", "cloud-registry"],
  platform: ["platform-kafka", "platform-registry", "users"],
};
