import { readFileSync, statSync } from "node:fs";

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly string[];
  readonly ledger: string;
  readonly program: string;
  readonly bootstrapServers: string;
  readonly commandConfig: string | undefined;
  readonly timeoutMs: number;
  readonly requestsPerMinute: number;
  readonly mostWaiting: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The variables' meaning, or one sentence for each that is wrong, none with a secret in it. An empty variable counts as not set. */
export function readSettings(variables: Variables): Settings | readonly string[] {
  const problems: string[] = [];
  const optional = (name: string) => variables[name] || undefined;
  const required = (name: string, what: string) => {
    const value = optional(name);
    if (value === undefined) problems.push(`${name} is missing: ${what}`);
    return value ?? "";
  };
  const number = (name: string, usual: number, least: number, most: number) => {
    const text = optional(name) ?? String(usual);
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    problems.push(`${name} is not a whole number from ${least} to ${most}`);
    return usual;
  };
  const settings: Settings = {
    host: optional("USER_ADMIN_HOST") ?? "127.0.0.1",
    port: number("USER_ADMIN_PORT", 8087, 0, 65_535),
    tokens: readTokens(variables, problems),
    ledger: required("USER_ADMIN_LEDGER", "file with the names that this program made"),
    program: required("USER_ADMIN_KAFKA_CONFIGS", "path of kafka-configs or kafka-configs.sh"),
    bootstrapServers: required("USER_ADMIN_BOOTSTRAP_SERVERS", "host:port of one or more brokers"),
    commandConfig: optional("USER_ADMIN_COMMAND_CONFIG"),
    timeoutMs: number("USER_ADMIN_TIMEOUT_SECONDS", 30, 5, 300) * 1000,
    requestsPerMinute: number("USER_ADMIN_REQUESTS_PER_MINUTE", 60, 1, 6000),
    mostWaiting: number("USER_ADMIN_MOST_WAITING", 8, 0, 100),
  };
  // Would be read as an option by the tool.
  if (settings.bootstrapServers.startsWith("-")) problems.push("USER_ADMIN_BOOTSTRAP_SERVERS is not host:port");
  return problems.length > 0 ? problems : settings;
}

/** One or two values separated by white space, current and previous. */
function readTokens(variables: Variables, problems: string[]): readonly string[] {
  const { USER_ADMIN_TOKEN: value, USER_ADMIN_TOKEN_FILE: file } = variables;
  if (value && file) problems.push("USER_ADMIN_TOKEN and USER_ADMIN_TOKEN_FILE exclude each other");
  const text = file ? readTokenFile(file, problems) : (value ?? "");
  if (text === undefined) return [];
  const tokens = text.split(/\s+/).filter((token) => token !== "");
  if (tokens.length === 0) problems.push("USER_ADMIN_TOKEN or USER_ADMIN_TOKEN_FILE is missing: what callers show");
  if (tokens.length > 2) problems.push("USER_ADMIN_TOKEN has more than two values, current and previous");
  if (tokens.some((token) => !/^[A-Za-z0-9._~+/=-]{32,}$/.test(token))) {
    problems.push(
      "USER_ADMIN_TOKEN: a token has at least 32 of A-Z a-z 0-9 . _ ~ + / = -, as `openssl rand -hex 32` makes it",
    );
  }
  return tokens;
}

/** Undefined when a problem was added. */
function readTokenFile(file: string, problems: string[]): string | undefined {
  try {
    // The group's bits are left out: systemd's credentials show them for the owner's sake.
    if ((statSync(file).mode & 0o007) === 0) return readFileSync(file, "utf8");
    problems.push("USER_ADMIN_TOKEN_FILE is open to everybody on this host");
  } catch (error) {
    problems.push(`USER_ADMIN_TOKEN_FILE: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
  return undefined;
}
