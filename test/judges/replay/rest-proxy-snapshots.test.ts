import { describe, expect, it } from "vitest";
import { anyone } from "../../sandbox/kafka/authenticators.ts";
import { serveOnLoopback } from "../../sandbox/kafka/node-server.ts";
import { kafkaRest } from "../../sandbox/kafka/rest.ts";
import { stateFor } from "./rest-proxy-states.ts";
import { comparable, type Exchange, readSnapshots, send } from "./snapshots.ts";

const FILES = [
  "errors.json",
  "clusters.json",
  "topics.json",
  "partitions.json",
  "topic-configs.json",
  "consumer-groups.json",
  "lags.json",
];

describe.each(FILES)("the recorded answers of %s", (file) => {
  it.each(readSnapshots(file))("$name is answered as the real REST Proxy answered it", async (exchange) => {
    expect(await answerTo(exchange)).toEqual(
      comparable(exchange.response.status, exchange.response.headers, exchange.response.body),
    );
  });
});

async function answerTo({ name, request }: Exchange): Promise<unknown> {
  const state = stateFor(name);
  const rest = kafkaRest(state.cluster, { flavour: "rest-proxy", authenticate: anyone(), ...state.options });
  const server = await serveOnLoopback(rest.fetch);
  try {
    const asSent = state.body === undefined ? request : { ...request, body: state.body };
    for (let sent = 0; sent < (state.before ?? 0); sent++) await send(server.port, asSent, state.headers ?? {});
    return await send(server.port, asSent, state.headers ?? {});
  } finally {
    await server.close();
  }
}
