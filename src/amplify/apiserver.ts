import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { Reply } from "../http/outlet.ts";
import { malformed } from "./api-errors.ts";
import type { CentralOptions, CentralRequest } from "./central.ts";
import { askCentral } from "./central.ts";
import { checkedLink, requestInWords } from "./links.ts";
import type { Draft } from "./resource.ts";
import { Resource } from "./resource.ts";

export interface ListOptions {
  /** RSQL, e.g. `name=="orders"`; `==` ignores case and knows `*` and `_` as wildcards, `===` does not. */
  readonly query?: string;
  /** Comma list, e.g. `name,metadata,x-agent-details`. `name` must be among them. */
  readonly fields?: string;
  readonly embed?: string;
  /** e.g. `metadata.audit.createTimestamp,DESC` */
  readonly sort?: string;
  readonly pageSize?: number;
  /** First page to read, 1 when not given: a listing that had to stop goes on there. */
  readonly fromPage?: number;
}

export interface GetOptions {
  readonly embed?: string;
  readonly fields?: string;
  /** The answer to a request just before, 409 or 428, asks for it; see `Call`. */
  readonly isFollowUp?: boolean;
}

/**
 * Amplify's API server. Every method makes exactly one request (`list`: one a page) and throws `UpstreamError` for what
 * its result does not name, `NotYet` when the request has to wait. Links are self links, without `/apis`.
 */
export interface ApiServer {
  /** Undefined when there is none (404). */
  get(selfLink: string, options?: GetOptions): Promise<Resource | undefined>;
  /** All pages, or it throws: a list that got shorter while it was read may have skipped one (failure `stale`: read it again). */
  list(kindLink: string, options?: ListOptions): AsyncGenerator<Resource[], void, undefined>;
  /** `exists`: the name is taken (409), perhaps by an earlier request of ours whose answer was lost. */
  create(kindLink: string, body: Draft<string>): Promise<{ kind: "created"; resource: Resource } | { kind: "exists" }>;
  /** Full PUT with the `resourceVersion` that `resource` was read with. `stale`: changed since (428). Sub-resources are not sent. */
  replace(
    resource: Resource,
    options?: Pick<GetOptions, "isFollowUp">,
  ): Promise<{ kind: "saved"; resource: Resource } | { kind: "stale" } | { kind: "missing" }>;
  /** Replaces one whole sub-resource. */
  putSub(
    selfLink: string,
    name: string,
    value: unknown,
  ): Promise<{ kind: "saved"; resource: Resource } | { kind: "missing" }>;
  /** `removed` also while finalizers still hold it. */
  remove(selfLink: string): Promise<{ kind: "removed" } | { kind: "missing" }>;
}

export interface ApiServerOptions extends CentralOptions {
  /** Resources a page, 10 to 100. */
  readonly pageSize: number;
}

/** What the server takes of a body; members besides are sub-resources, which it ignores. */
const MAIN = [
  "group",
  "apiVersion",
  "kind",
  "name",
  "title",
  "metadata",
  "attributes",
  "finalizers",
  "tags",
  "owner",
  "spec",
] as const;

export function createApiServer(options: ApiServerOptions): ApiServer {
  function ask(method: CentralRequest["method"], link: string, more: Partial<CentralRequest> = {}): Promise<Reply> {
    const checked = checkedLink(link);
    return askCentral(options, { method, path: `/apis${checked}`, doing: requestInWords(method, checked), ...more });
  }

  return {
    async get(selfLink, { embed, fields, isFollowUp } = {}) {
      const reply = await ask("GET", selfLink, { query: { embed, fields }, accept: [404], isFollowUp });
      return reply.status === 404 ? undefined : resourceOf(reply, requestInWords("GET", selfLink));
    },

    async *list(kindLink, { query, fields, embed, sort, pageSize = options.pageSize, fromPage = 1 } = {}) {
      const doing = requestInWords("GET", kindLink);
      let read = (fromPage - 1) * pageSize;
      let before: number | undefined;
      for (let page = fromPage; ; page++) {
        const parameters = { query, fields, embed, sort, page: String(page), pageSize: String(pageSize) };
        const reply = await ask("GET", kindLink, { query: parameters });
        const resources = parsed(v.array(Resource), reply, doing);
        read += resources.length;
        // With a query the count may be that of the whole collection, so it proves nothing then.
        const total = query === undefined ? totalOf(reply) : undefined;
        const next = afterPage({ got: resources.length, full: resources.length >= pageSize, read, total, before });
        if (next === "incomplete") throw incomplete(doing);
        yield resources;
        if (next === "done") return;
        before = total;
      }
    },

    async create(kindLink, body) {
      const reply = await ask("POST", kindLink, { body, accept: [409] });
      if (reply.status === 409) return { kind: "exists" };
      return { kind: "created", resource: resourceOf(reply, requestInWords("POST", kindLink)) };
    },

    async replace(resource, { isFollowUp } = {}) {
      const { selfLink, resourceVersion } = resource.metadata;
      if (selfLink === undefined || resourceVersion === undefined) {
        // Without it the PUT would overwrite whatever others did in the meantime.
        throw new TypeError(
          "A resource can only be replaced from a whole read: its self link or its version is missing",
        );
      }
      const body = Object.fromEntries(MAIN.map((member) => [member, resource[member]]));
      const reply = await ask("PUT", selfLink, { body, accept: [404, 428], isFollowUp });
      if (reply.status === 404) return { kind: "missing" };
      if (reply.status === 428) return { kind: "stale" };
      return { kind: "saved", resource: resourceOf(reply, requestInWords("PUT", selfLink)) };
    },

    async putSub(selfLink, name, value) {
      const link = `${selfLink}/${name}`;
      const reply = await ask("PUT", link, { body: { [name]: value }, accept: [404] });
      if (reply.status === 404) return { kind: "missing" };
      return { kind: "saved", resource: resourceOf(reply, requestInWords("PUT", link)) };
    },

    async remove(selfLink) {
      const reply = await ask("DELETE", selfLink, { accept: [202, 204, 404] });
      return { kind: reply.status === 404 ? "missing" : "removed" };
    },
  };
}

/** Whether another page follows. The count of the answer decides where there is a sensible one, else whether the page was full. */
function afterPage(seen: {
  readonly got: number;
  readonly full: boolean;
  readonly read: number;
  readonly total: number | undefined;
  /** The count that the page before told. */
  readonly before: number | undefined;
}): "more" | "done" | "incomplete" {
  const { got, full, read, total, before } = seen;
  // Something was deleted meanwhile: what followed it moved up, perhaps from this page to the one before.
  if (total !== undefined && before !== undefined && total < before) return "incomplete";
  if (total === undefined || total < read) return full ? "more" : "done";
  if (total === read) return "done";
  return got > 0 ? "more" : "incomplete";
}

function resourceOf(reply: Reply, doing: string): Resource {
  return parsed(Resource, reply, doing);
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, reply: Reply, doing: string): T {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), reply.text);
  if (!result.success) throw malformed(reply, doing);
  return result.output;
}

function totalOf(reply: Reply): number | undefined {
  const told = reply.headers.get("x-axway-total-count") ?? "";
  return /^\d{1,9}$/.test(told) ? Number(told) : undefined;
}

function incomplete(doing: string): UpstreamError {
  return new UpstreamError(
    "amplify",
    { kind: "stale" },
    `The list changed while Amplify was asked to ${doing}; it has to be read again.`,
  );
}
