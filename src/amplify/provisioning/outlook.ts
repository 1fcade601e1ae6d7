import type { Failure } from "../../http/errors.ts";

/** What becomes of the request: tried again by itself, when a person has done something, or never as it is. */
export type Outlook = "again" | "person" | "never";

/** Who can change a failed request: time, a person, or nobody as long as the request is as it is. */
export function outlookOf({ kind }: Failure): Outlook {
  switch (kind) {
    case "unreachable":
    case "timeout":
    case "throttled":
    case "server":
    case "stale":
    case "missing":
    case "gone":
    case "conflict":
      return "again";
    case "refused-host":
    case "unauthorised":
    case "forbidden":
    case "quota":
    case "unsupported":
    case "malformed":
    case "too-large":
      return "person";
    case "invalid":
      return "never";
  }
}

const DID: Readonly<Record<Failure["kind"], string>> = {
  "refused-host": "is at an address that the configuration does not allow",
  unreachable: "could not be reached",
  timeout: "did not answer in time",
  "too-large": "answered with more than can be read",
  throttled: "allows no more requests at the moment",
  server: "had trouble of its own",
  unsupported: "does not know this request",
  unauthorised: "did not accept our credentials",
  forbidden: "does not give us the right",
  missing: "does not know what was asked for",
  gone: "no longer keeps what was asked for",
  quota: "reports that a limit is reached",
  conflict: "reports a conflict",
  stale: "reports that somebody else changed it meanwhile",
  invalid: "refused the request as invalid",
  malformed: "answered in a form that is not its own",
};

/** What an upstream did, without its address: fit to stand behind its name. */
export function failureInWords({ kind }: Failure): string {
  return DID[kind];
}
