import { Hono } from "hono";
import { accessApi } from "./access-api.ts";
import { api } from "./api.ts";
import type { Connections } from "./connections.ts";
import { consumptionApi } from "./consumption-api.ts";

/** Everything under `/v1`. The token was checked before. */
export function v1(connections: Connections): Hono {
  return new Hono()
    .route("/", api(connections))
    .route("/", accessApi(connections))
    .route("/", consumptionApi(connections));
}
