import type { Login } from "./kafka/client.ts";
import type { Parts } from "./parts.ts";
import type { Mechanism } from "./users/sasl-users.ts";
import type { Side } from "./world/demo.ts";
import { cloudIds } from "./world/organization.ts";

/**
 * How the brokers of one side look a login up: on Cloud an API key and its secret over SASL/PLAIN, on Platform a SCRAM user, of the
 * mechanism that its brokers offer. A new key is refused there as long as, and as often as, the cluster's REST refuses it.
 */
export function brokerLogin(
  parts: Pick<Parts, "organization" | "users">,
  side: Side,
  mechanism: Mechanism = "SCRAM-SHA-512",
): Login {
  const { organization, users } = parts;
  if (side === "platform") return (user, secret) => users.login(user, secret, mechanism);
  return (user, secret) => {
    const key = organization.login(user, secret, cloudIds.cluster);
    return key && `User:${key.owner}`;
  };
}
