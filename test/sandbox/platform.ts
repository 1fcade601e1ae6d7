import type { Authenticate } from "./core/types.ts";
import { anyone, basicUsers, bearerTokens, requiredHeaders } from "./kafka/authenticators.ts";
import { basicLogin, noLogin } from "./registry/authenticators.ts";
import type { Secrets } from "./secrets.ts";
import { registryUsers, restUser, restUsers } from "./world/logins.ts";

/** How the Platform side is set up; REST Proxy and registry with Basic when nothing is said. */
export interface PlatformOptions {
  /** `rest-proxy` serves `/v3`, Confluent Server `/kafka/v3`. */
  readonly server?: "rest-proxy" | "confluent-server";
  /** `none`: everybody is the proxy's own principal. `bearer`: REST Proxy takes a token, the registry stays with Basic. */
  readonly login?: "basic" | "bearer" | "none";
  /** Headers without which a tunnel in front of both services lets nobody through. */
  readonly tunnel?: Readonly<Record<string, string>>;
}

export function restLogin({ login = "basic", tunnel }: PlatformOptions, secrets: Secrets): Authenticate {
  const users = restUsers(secrets);
  const may = users.get(restUser)?.may ?? (() => false);
  const logins = {
    basic: basicUsers(users),
    bearer: bearerTokens(new Map([[secrets.restToken, { name: restUser, may }]])),
    none: anyone(),
  };
  return behind(tunnel, logins[login]);
}

export function registryLogin({ login = "basic", tunnel }: PlatformOptions, secrets: Secrets): Authenticate {
  return behind(tunnel, login === "none" ? noLogin() : basicLogin(registryUsers(secrets)));
}

function behind(tunnel: PlatformOptions["tunnel"], authenticate: Authenticate): Authenticate {
  return tunnel === undefined ? authenticate : requiredHeaders(tunnel, authenticate);
}
