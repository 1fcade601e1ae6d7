import { base64, utf8 } from "../encoding.ts";
import type { TopicNames } from "../names.ts";
import { revisionName } from "../names.ts";
import type { Draft, Owner } from "../resource.ts";
import { draftOf } from "./draft.ts";
import { definitionVersion } from "./version.ts";

export interface RevisionInput {
  readonly names: TopicNames;
  /** See `revisionTitle`. */
  readonly title: string;
  /** The AsyncAPI document, JSON. */
  readonly document: { readonly text: string; readonly sha256: string };
  /** `info.version` of the document. */
  readonly version: string;
  readonly tags: readonly string[];
  readonly owner: Owner | undefined;
}

/** One version of a topic's document (agent-sdk pkg/apic/apiservicerevision.go). Its name holds the document's hash, so the same document is never a second revision. */
export function revisionDraft(input: RevisionInput): Draft {
  return draftOf("APIServiceRevision", {
    name: revisionName(input.names, input.document.sha256),
    title: input.title,
    tags: input.tags,
    owner: input.owner,
    spec: {
      apiService: input.names.service,
      definition: {
        type: "asyncapi",
        value: base64(utf8(input.document.text)),
        contentType: "application/json",
        version: definitionVersion(input.version),
      },
    },
  });
}
