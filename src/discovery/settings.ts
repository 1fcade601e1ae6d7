import type { DocumentInput } from "../asyncapi/model.ts";

/** Tells whether a topic is to be published, and which part of the filter said so. */
export interface TopicFilter {
  matches(topic: string): { readonly matched: boolean; readonly rule: string };
}

/** What discovery needs of the configuration of one connection. */
export interface DiscoverySettings {
  /** `plan` decides, builds and counts, and writes nothing. */
  readonly mode: "publish" | "plan";
  readonly intervalMs: number;
  readonly filter: TopicFilter;
  readonly asyncapiVersion: DocumentInput["asyncapiVersion"];
  readonly vendor: DocumentInput["cluster"]["vendor"];
  readonly tls: boolean;
  readonly mechanism: DocumentInput["cluster"]["mechanism"];
  readonly oauth: DocumentInput["cluster"]["oauth"];
  /** Amplify environment by name. */
  readonly environment: string;
  readonly additionalTags: readonly string[];
  readonly appendEnvironmentToTitle: boolean;
  /** CENTRAL_APISERVICEREVISIONPATTERN */
  readonly revisionPattern: string;
}
