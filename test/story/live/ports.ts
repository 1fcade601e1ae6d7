import { serviceNames } from "../../sandbox/addresses.ts";
import { isFree } from "../free-ports.ts";

export interface Ports {
  /** Of the Worker. */
  readonly worker: number;
  /** First of the sandbox's. */
  readonly sandbox: number;
}

/** A variable of ours is wrong, or a port is taken: said in one line, without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** PORT and SANDBOX_PORT, or their defaults. Throws `StartError` for what is no port. */
export function portsOf(environment: Readonly<Record<string, string | undefined>>): Ports {
  const worker = portIn(environment, "PORT", 8787, 65_535);
  const sandbox = portIn(environment, "SANDBOX_PORT", 8800, 65_535 - serviceNames.length + 1);
  if (worker >= sandbox && worker < sandbox + serviceNames.length) {
    const last = sandbox + serviceNames.length - 1;
    throw new StartError(`PORT ${worker} is one of the sandbox's, ${sandbox} to ${last} (SANDBOX_PORT).`);
  }
  return { worker, sandbox };
}

/** Throws `StartError` that names the port. The sandbox looks after its own. */
export async function checkWorkerPort({ worker }: Ports): Promise<void> {
  if (!(await isFree(worker)))
    throw new StartError(`Port ${worker}, wanted for the Worker, is in use; PORT chooses another.`);
}

function portIn(
  environment: Readonly<Record<string, string | undefined>>,
  variable: string,
  otherwise: number,
  highest: number,
): number {
  const text = environment[variable];
  if (text === undefined || text === "") return otherwise;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > highest) throw new StartError(`${variable} is no port from 1 to ${highest}: ${text}`);
  return port;
}
