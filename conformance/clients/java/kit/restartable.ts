// A Leveret that tests may stop and start.

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leveretProgram } from '../../kit/leveret.ts';
import { prepare, quoted, writeCtl } from '../../kit/started.ts';
import type { Place, Suite, TestedBroker } from '../../kit/suite.ts';

export interface RestartableNode {
  readonly broker: TestedBroker;
  /** Takes `start` or `stop`. */
  readonly command: string;
  stop(): Promise<void>;
}

let nodes = 0;

/** Starts one, configured as the suite's own broker. */
export async function restartable(place: Place, suite: Suite): Promise<RestartableNode> {
  const program = await leveretProgram(place);
  nodes += 1;
  const listening = await prepare(place, suite, `restartable-${nodes}`);
  const { folder } = listening;
  const url = `http://guest:guest@127.0.0.1:${listening.managementPort}`;
  const ctl = await writeCtl(folder, [
    `LEVERET_URL=${quoted(url)} exec ${quoted(process.execPath)} ${quoted(program)} "$@"`,
  ]);
  const broker = [process.execPath, program, 'start', '--config', listening.configuration];
  broker.push('--prometheus-port', 'none', '--data-dir', join(folder, 'data'));
  const command = join(folder, 'bin/node');
  await mkdir(join(folder, 'bin'), { recursive: true });
  const settings = `BROKER=${quoted(broker.join(' '))} PORT=${listening.port} STATE=${quoted(folder)}`;
  const script = join(import.meta.dirname, '../support/node.sh');
  await writeFile(command, `#!/bin/sh\n${settings} exec bash ${quoted(script)} "$@"\n`);
  await chmod(command, 0o755);
  await place.must(command, ['start']);
  return {
    broker: {
      ...listening,
      product: 'leveret',
      host: '127.0.0.1',
      ctl,
      ask: () => Promise.reject(new Error('nobody asks it anything')),
    },
    command,
    stop: async () => {
      await place.run(command, ['stop']);
    },
  };
}
