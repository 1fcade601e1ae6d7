import type { HostName } from "./hosts/host.ts";
import { openNode } from "./hosts/node.ts";
import { openWorkerd } from "./hosts/workerd.ts";
import { runStory } from "./story.ts";

const host = (process.argv[2] ?? "node") as HostName;
const result = await runStory({
  host,
  open: host === "node" ? openNode : openWorkerd,
  tell: (l) => process.stderr.write(`${l}\n`),
});
console.log(JSON.stringify(result));
