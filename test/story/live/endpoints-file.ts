import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Folder } from "./folder.ts";

/** Tells an outside program where everything is and how to log in, for as long as it runs. Keys are in files of their own. */
export async function writeEndpoints(
  folder: Folder,
  sandbox: Sandbox,
  worker: { readonly url: string; readonly adminToken: string },
): Promise<void> {
  const { amplify, ...others } = sandbox.endpoints();
  const { cloud, platform, withSecret } = amplify.clients;
  const clients = {
    cloud: await withFiles(folder, "cloud", cloud),
    platform: await withFiles(folder, "platform", platform),
    withSecret,
  };
  const endpoints = { worker, ...others, amplify: { ...amplify, clients } };
  await folder.write("endpoints.json", `${JSON.stringify(endpoints, null, 2)}\n`);
}

async function withFiles(
  folder: Folder,
  side: string,
  { id, privateKey, publicKey }: { readonly id: string; readonly privateKey: string; readonly publicKey: string },
) {
  return {
    id,
    privateKeyFile: await folder.write(`${side}.private.pem`, privateKey),
    publicKeyFile: await folder.write(`${side}.public.pem`, publicKey),
  };
}
