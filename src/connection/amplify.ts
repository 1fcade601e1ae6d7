import { type ApiServer, createApiServer } from "../amplify/apiserver.ts";
import type { CentralOptions } from "../amplify/central.ts";
import { type AmplifyCredentials, keyPairCredentials, secretMaterialOf } from "../amplify/credentials.ts";
import { createSeal, type Seal } from "../amplify/sealing.ts";
import { createTokenSource, type TokenKeep, type TokenSource } from "../amplify/token.ts";
import { userAgent } from "../amplify/user-agent.ts";
import type { AgentsConfig, AuthConfig, CentralConfig } from "../config/model.ts";
import { createOutlet, type RequestRecord } from "../http/create-outlet.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Pause } from "../http/pauses.ts";
import type { Ports } from "../runtime/ports.ts";
import type { Lane } from "../store/work.ts";
import { VERSION } from "../version.ts";
import { PausesFact } from "./facts.ts";
import { createGate, type Gate } from "./gate.ts";
import { admission } from "./metered.ts";
import type { Stores } from "./stores.ts";

/** A token is kept no longer than this, whatever it says of itself. */
const TOKEN_KEPT_MS = 24 * 60 * 60 * 1000;

/** What the Amplify side of a connection is configured by. It is complete before any `@Secret` has been read. */
export interface AmplifySide {
  readonly name: string;
  readonly central: CentralConfig;
  readonly auth: AuthConfig;
  /** Undefined while the rest of the configuration waits for its `@Secret` values. */
  readonly agents?: AgentsConfig;
}

/** Amplify as the items of one lane see it, and the way out that they share. */
export interface Amplify {
  readonly api: ApiServer;
  readonly central: CentralOptions;
  readonly outlet: Outlet;
}

export interface AmplifyFactory {
  readonly gate: Gate;
  for(lane: Lane): Promise<Amplify>;
  /** For a person who wants to know: with a login of its own, and not stopped by the gate of refused credentials. */
  fresh(): Promise<Amplify>;
  seal(): Promise<Seal>;
}

export interface AmplifyOptions {
  readonly side: AmplifySide;
  readonly allowHost: (url: URL) => boolean;
  readonly ports: Ports;
  readonly stores: Stores;
  /** Amplify requests a minute that this connection may start. */
  readonly requestsPerMinute: number;
  readonly onRequest: (record: RequestRecord) => void;
}

/** Made once an object; tokens and pauses live in memory here, and in the stores. */
export function createAmplify(options: AmplifyOptions): AmplifyFactory {
  const { side, ports, stores } = options;
  const { clock } = ports;
  const gate = createGate(stores.known);
  const meter = { ...stores, clock, gate, requestsPerMinute: options.requestsPerMinute };
  const keepPause = (pause: Pause): void => {
    const now = clock.now();
    const kept = stores.known.get("pauses", PausesFact)?.value.filter(({ until }) => until > now) ?? [];
    stores.known.put("pauses", [...kept, pause], now);
  };
  const outletFor = (lane: Lane, isFresh = false): Outlet =>
    createOutlet({
      http: ports.http,
      clock,
      random: ports.random,
      allowHost: options.allowHost,
      admit: admission(meter, lane, { passesGate: isFresh }),
      onPause: keepPause,
      onRequest: (record) => {
        const { upstream, status, isTrial } = record;
        // A person's question does not lengthen the pause of a refused credential; that it is good again ends it.
        if (status !== undefined && !isTrial && !(isFresh && status === 401)) gate.note(upstream, status, clock.now());
        options.onRequest(record);
      },
    });

  let opened: Promise<Opened> | undefined;
  let login: Promise<TokenSource> | undefined;
  const made = new Map<Lane, Amplify>();
  const open = () => {
    opened ??= openLogin(side);
    return opened;
  };
  const sharedLogin = async () => {
    const { credentials, seal } = await open();
    return tokenSource(side, credentials, ports, outletFor("status"), sealedToken(seal, ports, stores));
  };
  return {
    gate,
    for: async (lane) => {
      login ??= sharedLogin();
      const tokens = await login;
      const amplify = made.get(lane) ?? amplifyOver(side, tokens, outletFor(lane));
      made.set(lane, amplify);
      return amplify;
    },
    fresh: async () => {
      const { credentials } = await open();
      const outlet = outletFor("status", true);
      return amplifyOver(side, tokenSource(side, credentials, ports, outlet, NOWHERE), outlet);
    },
    seal: async () => (await open()).seal,
  };
}

function amplifyOver(side: AmplifySide, tokens: TokenSource, outlet: Outlet): Amplify {
  const { central, agents } = side;
  const options: CentralOptions = {
    outlet,
    tokens,
    baseUrl: central.url,
    tenantId: central.organizationId,
    userAgent: userAgent({
      agentType: "KafkaDiscoveryAgent",
      version: VERSION,
      environment: central.environment,
      agentName: agents?.discovery ?? "",
    }),
    timeoutMs: central.timeoutMs,
  };
  return { central: options, outlet, api: createApiServer({ ...options, pageSize: central.pageSize }) };
}

interface Opened {
  readonly credentials: AmplifyCredentials;
  readonly seal: Seal;
}

async function openLogin({ auth, name }: AmplifySide): Promise<Opened> {
  const credentials: AmplifyCredentials =
    auth.kind === "key-pair"
      ? await keyPairCredentials(auth.clientId, auth.privateKeyPem)
      : { kind: "client-secret", clientId: auth.clientId, clientSecret: auth.clientSecret };
  const seal = await createSeal({ secretMaterial: secretMaterialOf(credentials), connection: name });
  return { credentials, seal };
}

function sealedToken(seal: Seal, { clock }: Ports, { sealed }: Stores): TokenKeep {
  return {
    load: async () => {
      const bytes = sealed.get("token", "amplify", clock.now());
      return bytes && (await seal.open("sealed", "token/amplify", bytes));
    },
    store: async (text, until) => {
      const bytes = await seal.seal("sealed", "token/amplify", text);
      sealed.put("token", "amplify", bytes, Math.min(until, clock.now() + TOKEN_KEPT_MS));
    },
  };
}

const NOWHERE: TokenKeep = { load: async () => undefined, store: async () => undefined };

function tokenSource(
  { auth }: AmplifySide,
  credentials: AmplifyCredentials,
  { clock, random }: Ports,
  outlet: Outlet,
  keep: TokenKeep,
): TokenSource {
  const [authUrl, realm] = splitAudience(auth.audience);
  return createTokenSource({ outlet, credentials, authUrl, realm, timeoutMs: auth.timeoutMs, clock, random, keep });
}

/** `{CENTRAL_AUTH_URL}/realms/{realm}` in its two parts. */
function splitAudience(audience: string): [string, string] {
  const at = audience.lastIndexOf("/realms/");
  return [audience.slice(0, at), audience.slice(at + "/realms/".length)];
}
