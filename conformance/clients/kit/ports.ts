import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to clients' sockets, which could take one at any moment. */
const FIRST = 20_000;
const LAST = 30_000;
const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // At every address: a broker may listen at one only.
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** A TCP port that nobody listens on and that was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
