import { createApp } from "../../routes/app.ts";
import { startLocal } from "./local.ts";

/**
 * The story's connections under Deno: over node:sqlite in a folder, driven over HTTP. Started by the story with the
 * connections' variables and its own two, STORY_CONTROL (the sandbox's control service) and STORY_FOLDER.
 */
const variables = Deno.env.toObject();
const control = variables.STORY_CONTROL ?? "";
const folder = variables.STORY_FOLDER ?? "";

let offset = 0;
const local = startLocal({
  variables,
  fileOf: (connection) => `${folder}/${connection}.sqlite`,
  clock: { now: () => Date.now() + offset },
  surface: createApp,
});

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    // The one line of standard output tells where it listens.
    onListen: ({ port }) => console.log(JSON.stringify({ port })),
  },
  async (request) => {
    const answer = await fetch(`${control}/clock`);
    ({ offset } = (await answer.json()) as { offset: number });
    return await local.fetch(request);
  },
);
