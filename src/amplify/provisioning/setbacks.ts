import type { Failure } from "../../http/errors.ts";
import { nameOf } from "../../http/names.ts";
import type { Upstream } from "../../http/outlet.ts";
import type { EncryptionFailure } from "../encryption-failures.ts";
import { encryptionWords } from "../encryption-failures.ts";
import type { Outlook } from "./outlook.ts";
import { failureInWords, outlookOf } from "./outlook.ts";

/** Why a request is not answered with Success, with what it takes to tell. No secret is ever part of one. */
export type Setback =
  | { readonly kind: "application-not-ready"; readonly application: string }
  | { readonly kind: "definition-missing"; readonly definition: string }
  /** The instance, or the topic behind it, has gone. */
  | { readonly kind: "topic-missing"; readonly topic: string }
  /** The consumer filled in something that the definition does not allow. */
  | { readonly kind: "invalid-answer"; readonly property: string; readonly allowed: readonly string[] }
  | { readonly kind: "encryption"; readonly failure: EncryptionFailure }
  /** `what`: e.g. `service accounts`. */
  | {
      readonly kind: "quota";
      readonly what: string;
      readonly limit: number | undefined;
      /** Where it is told. */
      readonly used?: number | undefined;
    }
  /** Somebody else has what bears our name. */
  | { readonly kind: "name-taken"; readonly principal: string }
  | { readonly kind: "key-not-ready"; readonly minutes: number }
  | { readonly kind: "acls-not-visible"; readonly principal: string }
  | { readonly kind: "mechanism-refused"; readonly mechanism: string }
  /** An operator took its rights away. */
  | { readonly kind: "revoked" }
  /** The secret was lost on the way and made anew, three times. */
  | { readonly kind: "secret-lost" }
  | { readonly kind: "removal-failed"; readonly upstream: Upstream; readonly failure: Failure }
  | { readonly kind: "upstream"; readonly upstream: Upstream; readonly failure: Failure };

export interface SetbackWords {
  /** `Pending`: the request is still being worked on. `Error`: the consumer is told that it failed. */
  readonly level: "Pending" | "Error";
  readonly outlook: Outlook;
  /** For `status.reasons`: shown in the marketplace, so no host and no secret. */
  readonly detail: string;
  /** For who runs this: what to do. No secret either. */
  readonly operator: string;
}

/** A setback in words, for the consumer and for the operator. */
export function setbackWords(setback: Setback): SetbackWords {
  switch (setback.kind) {
    case "application-not-ready": {
      const waits = `Waits until the application ${named(setback.application)} is provisioned.`;
      return { level: "Pending", outlook: "again", detail: waits, operator: waits };
    }
    case "definition-missing":
      return waiting(
        "Waits for the provider: the definition of this request is missing.",
        `The definition ${named(setback.definition)} is not in Amplify. It is made again by the next discovery; the request waits.`,
      );
    case "topic-missing":
      return failed(
        "person",
        `The topic ${named(setback.topic)} is no longer there.`,
        `The topic ${named(setback.topic)} or its instance in Amplify has gone. The request can be retried when it is back.`,
      );
    case "invalid-answer": {
      const wrong = `${named(setback.property)} has a value that is not possible. Possible: ${setback.allowed.map(named).join(", ")}.`;
      return failed("never", wrong, wrong);
    }
    case "encryption": {
      const { consumer, operator } = encryptionWords(setback.failure);
      return failed("person", consumer, operator);
    }
    case "mechanism-refused":
      return failed(
        "person",
        "The provider's cluster is not set up to give credentials. Ask the provider of the API.",
        `No user can be made for ${named(setback.mechanism)}: brokers keep users of PLAIN in their own configuration. Use SCRAM-SHA-256 or SCRAM-SHA-512.`,
      );
    case "revoked":
      return failed(
        "person",
        "The provider has withdrawn this credential. Ask the provider of the API.",
        "An operator has withdrawn the rights of this credential or its application. They stay away until an operator enables it.",
      );
    case "removal-failed":
      return {
        level: "Error",
        // However it failed, the finalizer holds the request until it is done.
        outlook: outlookOf(setback.failure) === "again" ? "again" : "person",
        detail: "What was given could not be removed yet. It is tried again.",
        operator: `${nameOf(setback.upstream)} ${failureInWords(setback.failure)} in a removal; the finalizer stays and it is tried again.`,
      };
    case "upstream":
      return upstreamWords(setback.upstream, setback.failure);
    default:
      return principalWords(setback);
  }
}

/** Setbacks with the principal, its key or its ACLs. */
function principalWords(
  setback: Extract<
    Setback,
    { readonly kind: "quota" | "name-taken" | "key-not-ready" | "acls-not-visible" | "secret-lost" }
  >,
): SetbackWords {
  switch (setback.kind) {
    case "quota": {
      const limit = setback.limit === undefined ? "" : ` of ${setback.limit}`;
      const used = setback.used === undefined ? "" : ` (${setback.used} in use)`;
      return failed(
        "person",
        `The provider's limit${limit} for ${setback.what} is reached. Ask the provider of the API.`,
        `The limit${limit} for ${setback.what} is reached${used}. Free some or have the limit raised, then retry the request.`,
      );
    }
    case "name-taken":
      return failed(
        "person",
        ASK,
        `${named(setback.principal)} exists and is not ours, so it was not touched. Rename or remove it, then retry the request.`,
      );
    case "key-not-ready":
      return failed(
        "person",
        `The new key did not work within ${setback.minutes} minutes and was removed. Please try again.`,
        `The new key was not accepted by the cluster within ${setback.minutes} minutes. It was removed; the request can be retried.`,
      );
    case "acls-not-visible":
      return failed(
        "person",
        `The rights of ${named(setback.principal)} did not appear on the cluster. Please try again.`,
        `ACLs of ${named(setback.principal)} were accepted but are not listed. Check that the cluster has an authorizer and that our account may describe ACLs, then retry the request.`,
      );
    case "secret-lost":
      return failed(
        "person",
        "The credential could not be handed over. Please try again.",
        "The secret of a new key could not be read back from our own storage, three times. Check whether the Amplify key or secret of this worker was changed meanwhile, then retry the request.",
      );
  }
}

const ASK = "The credential could not be made. Ask the provider of the API.";

function upstreamWords(upstream: Upstream, failure: Failure): SetbackWords {
  const operator = `${nameOf(upstream)} ${failureInWords(failure)}.`;
  const outlook = outlookOf(failure);
  if (outlook === "again") {
    const detail = "Waits for a system that is not available at the moment. It is tried again.";
    return { level: "Pending", outlook, detail, operator: `${operator} It is tried again.` };
  }
  if (outlook === "person")
    return waiting(
      "Waits for the provider, who has to look into it.",
      `${operator} The request waits until that is put right.`,
    );
  return failed(outlook, "The request could not be carried out. Ask the provider of the API.", operator);
}

function waiting(detail: string, operator: string): SetbackWords {
  return { level: "Pending", outlook: "person", detail, operator };
}

function failed(outlook: Outlook, detail: string, operator: string): SetbackWords {
  return { level: "Error", outlook, detail, operator };
}

/** A name that somebody else chose: one line, not too long. */
function named(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").trim();
  return Array.from(line).slice(0, 80).join("");
}
