import * as v from "valibot";
import type { ApplicationSecurity } from "../encrypt.ts";
import type { Resource } from "../resource.ts";
import type { RequestView } from "./request.ts";
import { requestView } from "./request.ts";

/** A consumer's application in one environment: what its access requests and credentials belong to. */
export interface ManagedApplication extends RequestView {
  readonly title: string;
  /** How its secrets are to be encrypted; members that are missing are empty. */
  readonly security: ApplicationSecurity;
}

const text = v.fallback(v.string(), "");
const Security = v.looseObject({ encryptionKey: text, encryptionAlgorithm: text, encryptionHash: text });

/** A managed application as far as we need it (agent-sdk models/management/v1 ManagedApplication). */
export function managedApplication(resource: Resource): ManagedApplication {
  const parsed = v.safeParse(Security, resource.spec.security ?? {});
  const { encryptionKey, encryptionAlgorithm, encryptionHash } = parsed.success
    ? parsed.output
    : { encryptionKey: "", encryptionAlgorithm: "", encryptionHash: "" };
  return {
    ...requestView("ManagedApplication", resource),
    title: resource.title ?? "",
    security: { encryptionKey, encryptionAlgorithm, encryptionHash },
  };
}
