// A process that takes the data directory it is given when it reads a line, tells how that went, and
// holds the directory until its input ends.
import { lockDirectory } from '../../src/store/directory-lock.ts';

const [directory = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
try {
  const lock = await lockDirectory(directory);
  process.stdout.write('held\n');
  await new Promise((resolve) => process.stdin.once('end', resolve));
  await lock.release();
  process.stdout.write('released\n');
} catch (error) {
  process.stdout.write(`${error}\n`);
  process.stdin.destroy();
}
