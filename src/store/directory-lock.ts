import { promises } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '../kit/errors.ts';
import { systemRandom } from '../kit/random.ts';

/**
 * Takes a data directory for this process, so that no other works on it.
 *
 * The lock is a socket that somebody listens on, which the kernel knows and no crash leaves behind:
 * `lock/PID-RANDOM` in the directory. A name there that nobody listens on belongs to a process that
 * is gone, and as no name comes twice it can be removed at any time. A process makes its own name
 * first and looks at the others after that: of two processes at least one sees the other, and none
 * holds the directory while it sees anybody. Of those who come at the same moment the lowest name
 * wins. The process id in the name is for people; nothing is concluded from it.
 *
 * This covers all processes on one kernel, whoever's containers and namespaces they are in, that
 * see the directory as one: by bind mounts, volumes, links, other paths. Where the file system has
 * no sockets, and on Windows, the name is one of the system's instead (an abstract socket, a named
 * pipe); on Linux that holds within one network namespace only.
 *
 * Not covered: two machines, or virtual machines, that share one volume.
 * @param directory must be there
 * @throws DirectoryInUse
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  if (process.platform === 'win32') return lockByName(directory);
  const folder = await LockFolder.open(`${directory}/lock`);
  try {
    for (;;) {
      const claim = await Claim.make(folder);
      if (claim === 'impossible') return await lockByName(directory);
      const outcome = await claim.decide();
      if (outcome.is === 'held') return { release: () => claim.withdraw() };
      if (outcome.is === 'taken') throw new DirectoryInUse(directory, outcome.by);
    }
  } finally {
    await folder.close();
  }
}

export interface DirectoryLock {
  /** Resolves when another process may take the directory. */
  release(): Promise<void>;
}

/** Its message is for people. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';

  /** @param holder a process id, as that process sees it; undefined when it is not known */
  constructor(directory: string, holder: string | undefined) {
    const who = holder === undefined ? 'another process' : `process ${holder}`;
    super(`data directory ${directory} is in use by ${who}`);
  }
}

type Outcome =
  | { readonly is: 'held' }
  | { readonly is: 'taken'; readonly by: string | undefined }
  | { readonly is: 'undecided' };

// A process that does not answer for so long is taken for a holder that is busy.
const ANSWER_MS = 2000;

// What bind says where a file system has no sockets.
const NO_SOCKETS: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

// Bytes of a socket's path, of which longer ones are cut off in silence; macOS takes the fewest.
const PATH_MAX = 103;

/** The folder of names. */
class LockFolder {
  readonly path: string;
  readonly #handle: promises.FileHandle;

  private constructor(path: string, handle: promises.FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<LockFolder> {
    await promises.mkdir(path, { recursive: true });
    return new LockFolder(path, await promises.open(path));
  }

  /** A path to listen at or connect to, while the folder is open. */
  socketPath(name: string): string {
    const plain = `${this.path}/${name}`;
    if (Buffer.byteLength(plain) <= PATH_MAX) return plain;
    if (process.platform === 'linux') return `/proc/self/fd/${this.#handle.fd}/${name}`;
    throw new Error(`${plain} is longer than the ${PATH_MAX} bytes that a socket's path may have`);
  }

  async names(): Promise<readonly string[]> {
    return promises.readdir(this.path);
  }

  async remove(name: string): Promise<void> {
    await promises.rm(`${this.path}/${name}`, { force: true });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What a process listens on while it takes the directory and holds it. */
class Claim {
  readonly name: string;
  readonly #folder: LockFolder;
  readonly #answering: Answering;

  private constructor(folder: LockFolder, name: string, answering: Answering) {
    this.#folder = folder;
    this.name = name;
    this.#answering = answering;
  }

  static async make(folder: LockFolder): Promise<Claim | 'impossible'> {
    for (;;) {
      const name = `${process.pid}-${Buffer.from(systemRandom.bytes(8)).toString('hex')}`;
      const answering = new Answering();
      try {
        // The others must not see a name before somebody listens there.
        await answering.listen(folder.socketPath(`${name}.new`));
        await promises.rename(`${folder.path}/${name}.new`, `${folder.path}/${name}`);
        return new Claim(folder, name, answering);
      } catch (error) {
        await answering.close();
        if (NO_SOCKETS.has(codeOf(error))) return 'impossible';
        // A holder that tidies up has removed the unfinished name.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** Unless the directory is held the claim is withdrawn when this ends. */
  async decide(): Promise<Outcome> {
    let outcome: Outcome = { is: 'undecided' };
    try {
      outcome = await this.#contend();
    } finally {
      if (outcome.is !== 'held') await this.withdraw();
    }
    if (outcome.is === 'held') this.#answering.hold();
    return outcome;
  }

  async withdraw(): Promise<void> {
    await this.#folder.remove(this.name);
    await this.#answering.close();
  }

  async #contend(): Promise<Outcome> {
    for (;;) {
      const others = await this.#others();
      const lowest = others.sort((a, b) => (a.name < b.name ? -1 : 1))[0];
      if (lowest === undefined) return { is: 'held' };
      if (lowest.name < this.name) {
        await this.withdraw();
        return lowest.outcome;
      }
      // These give way, or one of them has not seen us and holds the directory.
      for (const other of others) {
        const outcome = await other.outcome;
        if (outcome.is === 'taken') return outcome;
      }
    }
  }

  /** Those who listen; the names of others are removed. */
  async #others(): Promise<Other[]> {
    const others: Other[] = [];
    for (const name of await this.#folder.names()) {
      if (name === this.name) continue;
      const other = await ask(this.#folder.socketPath(name), name.split('-')[0]);
      if (other === undefined) await this.#folder.remove(name);
      else others.push({ name, outcome: other.outcome });
    }
    return others;
  }
}

interface Other {
  readonly name: string;
  readonly outcome: Promise<Outcome>;
}

/** A listener that tells those who connect, as soon as it is so, that it holds the directory. */
class Answering {
  readonly #server: Server;
  readonly #waiting = new Set<Socket>();
  #held = false;

  constructor() {
    this.#server = createServer((socket) => this.#answer(socket));
    this.#server.unref();
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject);
      // Exclusive: not by way of the primary of a cluster, which would listen for all its workers.
      this.#server.listen({ path, exclusive: true }, resolve);
    });
  }

  hold(): void {
    this.#held = true;
    for (const socket of this.#waiting) socket.end(`${process.pid}\n`);
  }

  /** Those who wait learn that nothing has become of it. */
  close(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #answer(socket: Socket): void {
    this.#waiting.add(socket);
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#waiting.delete(socket));
    if (this.#held) socket.end(`${process.pid}\n`);
  }
}

/**
 * Asks who listens at `path` what has become of its claim.
 * @param pid of that process, should it not answer
 * @returns undefined when nobody listens there
 */
function ask(
  path: string,
  pid: string | undefined,
): Promise<{ readonly outcome: Promise<Outcome> } | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined);
      // So many have asked that there is no room to wait for an answer.
      else if (code === 'EAGAIN') resolve({ outcome: Promise.resolve({ is: 'taken', by: pid }) });
      // It gives way at this moment.
      else if (code === 'ECONNRESET') resolve({ outcome: Promise.resolve({ is: 'undecided' }) });
      else reject(error);
    });
    socket.once('connect', () => resolve({ outcome: answer(socket, pid) }));
  });
}

function answer(socket: Socket, pid: string | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve({ is: 'undecided' }));
    socket.once('data', (bytes) => {
      resolve({ is: 'taken', by: bytes.toString().trim() });
      socket.destroy();
    });
    socket.setTimeout(ANSWER_MS, () => {
      resolve({ is: 'taken', by: pid });
      socket.destroy();
    });
  });
}

async function lockByName(directory: string): Promise<DirectoryLock> {
  const { dev, ino } = await promises.stat(directory, { bigint: true });
  const prefix = process.platform === 'win32' ? '\\\\.\\pipe\\' : '\0';
  const path = `${prefix}leveret-${dev}-${ino}`;
  for (;;) {
    const answering = new Answering();
    try {
      await answering.listen(path);
      answering.hold();
      return { release: () => answering.close() };
    } catch (error) {
      await answering.close();
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    }
    const outcome = await (await ask(path, undefined))?.outcome;
    if (outcome?.is === 'taken') throw new DirectoryInUse(directory, outcome.by);
  }
}
