import { DurableObject } from "cloudflare:workers";
export class Connection extends DurableObject {
  whoami() { return String(this.ctx.id.name); }
  async later() { await this.ctx.storage.setAlarm(Date.now() + 20); }
  override async alarm() { await this.ctx.storage.put("n", String(this.ctx.id.name)); }
  async seen() { return await this.ctx.storage.get("n"); }
}
export default { fetch: () => new Response("ok") };
