/** Codes and texts of agent-sdk `pkg/filter/errors.go`. */
const TEXTS = {
  1147: "error parsing filter in configuration. Syntax error: ",
  1148: "error parsing filter in configuration. Unrecognized expression",
  1149: "error parsing filter in configuration: ",
  1150: "error parsing filter in configuration. Invalid call argument",
  1151: "error parsing filter in configuration. Invalid selector type",
  1152: "error parsing filter in configuration. Invalid selector expression",
  1153: "error parsing filter in configuration. Invalid operator",
  1154: "error parsing filter in configuration. Unrecognized condition",
} as const;

export type FilterErrorCode = keyof typeof TEXTS;

/** A filter that Axway's agents refuse, too; the message is theirs: `[Error Code 1151] - error parsing filter …`. */
export class FilterError extends Error {
  override readonly name = "FilterError";
  readonly code: FilterErrorCode;

  /** `detail` completes the text of 1147 and 1149. */
  constructor(code: FilterErrorCode, detail = "") {
    super(`[Error Code ${code}] - ${TEXTS[code]}${detail}`);
    this.code = code;
  }
}
