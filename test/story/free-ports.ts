import { createServer } from "node:net";
import { serviceNames } from "../sandbox/addresses.ts";

/** Above what `npm start` and the tests use, below the ports that systems hand out themselves. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** The first of as many consecutive free ports as the sandbox has services. Throws when none is found in fifty tries. */
export async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const ports = serviceNames.map((_, index) => base + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`no ${serviceNames.length} consecutive ports are free between ${LOWEST} and ${HIGHEST}`);
}

/** Whether nothing listens on a loopback port, of either family. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1"]) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
      server.listen(port, host, () => server.close(() => resolve(true)));
    });
    if (!free) return false;
  }
  return true;
}
