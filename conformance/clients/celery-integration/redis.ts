// A Redis for the results of tasks.

import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { debianPackages } from '../kit/debian.ts';
import { freePort } from '../kit/ports.ts';
import type { Ended, Place } from '../kit/suite.ts';

const START_MS = 20_000;
const SECONDS_MAX = 3600;

export function installRedis(place: Place): Promise<void> {
  return debianPackages(place, ['redis-server']);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function started(port: number): Promise<void> {
  const end = Date.now() + START_MS;
  while (!(await accepts(port))) {
    if (Date.now() > end) throw new Error('redis-server does not answer');
    await pause(50);
  }
}

/** A Redis that keeps nothing on disk, for as long as `act` takes; it is told the port. */
export async function withRedis<T>(place: Place, act: (port: number) => Promise<T>): Promise<T> {
  const port = await freePort();
  const words = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no'];
  const running: Promise<Ended> = place.run('redis-server', words, {
    folder: place.work,
    seconds: SECONDS_MAX,
  });
  // It may end before anybody waits for it.
  running.catch(() => undefined);
  try {
    await started(port);
    return await act(port);
  } finally {
    await place.run('redis-cli', ['-p', `${port}`, 'shutdown', 'nosave'], { seconds: 10 });
    await running;
  }
}
