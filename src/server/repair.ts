import { factKinds } from '../broker/definition-facts.ts';
import { resourceText } from '../model/resource.ts';
import type { Fact } from '../store/append-log.ts';
import { DirectoryInUse, type DirectoryLock, lockDirectory } from '../store/directory-lock.ts';
import { FileTooNew } from '../store/file-damaged.ts';
import { FileDisk } from '../store/file-disk.ts';
import { type Finding, Irreparable, type MessageCounts, type Remedy } from '../store/finding.ts';
import { examine } from '../store/repair.ts';
import { DataDirectoryError } from './storage.ts';

/** A data directory that has been looked through, and is held until `close`. */
export interface DirectoryRepair {
  /** For people: what is damaged, and what `repair` does about it. Empty if nothing is. */
  readonly report: readonly string[];
  /** Does what the report says. @throws the disk's errors */
  repair(): Promise<void>;
  close(): Promise<void>;
}

const FOLDERS = ['snapshot', 'wal', 'segments'];

/** Changes nothing in the directory's files. @throws DataDirectoryError */
export async function openRepair(dataDir: string): Promise<DirectoryRepair> {
  const disk = new FileDisk(dataDir);
  let lock: DirectoryLock | undefined;
  try {
    // A folder of something else is not even locked.
    const contents = await Promise.all(FOLDERS.map((folder) => disk.list(folder)));
    if (contents.every((names) => names.length === 0)) {
      throw new DataDirectoryError(`there is no data in ${dataDir}`);
    }
    lock = await lockDirectory(dataDir);
    const held = lock;
    const { findings, facts, repair } = await examine(disk);
    const lostFacts = findings.flatMap(({ remedy }) => ('facts' in remedy ? remedy.facts : []));
    const names = queueNames([...facts, ...lostFacts]);
    const report = findings.flatMap((finding) => linesOf(finding, names));
    return { report, repair, close: () => held.release() };
  } catch (error) {
    await lock?.release();
    if (error instanceof DataDirectoryError) throw error;
    throw new DataDirectoryError(complaint(dataDir, error), { cause: error });
  }
}

function complaint(dataDir: string, error: unknown): string {
  if (error instanceof DirectoryInUse) return `${error.message}; stop that one first`;
  if (error instanceof FileTooNew) return `data directory ${dataDir}: ${error.message}`;
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof Irreparable) {
    return `data directory ${dataDir} cannot be repaired: ${reason}; put a copy in its place, or start with an empty one`;
  }
  return `cannot use data directory ${dataDir}: ${reason}`;
}

type Names = ReadonlyMap<number, string>;

function queueNames(facts: readonly Fact[]): Names {
  const names = new Map<number, string>();
  for (const { kind, payload } of facts) {
    if (kind !== factKinds.queueDeclared.octet) continue;
    try {
      const { number, name, vhost } = factKinds.queueDeclared.valueOf(payload);
      names.set(number, resourceText('queue', name, vhost));
    } catch {
      // Its queue goes by its number.
    }
  }
  return names;
}

function linesOf({ path, offset, reason, remedy }: Finding, names: Names): readonly string[] {
  return [
    `${path}, offset ${offset}: ${reason}`,
    ...remedyLines(remedy, names).map((line) => `  ${line}`),
  ];
}

function remedyLines(remedy: Remedy, names: Names): readonly string[] {
  switch (remedy.is) {
    case 'header written':
      return ['nothing is lost: the header is written again'];
    case 'snapshot dropped':
      return ['nothing is lost: the snapshot before it is whole'];
    case 'lanes rebuilt':
      return [
        'where messages lie is found out from the files that they are in',
        ...messageLines(remedy.messages, names, 'waiting, some perhaps consumed before'),
      ];
    case 'section dropped':
      if (remedy.messages === undefined) {
        return ['drops what was there: nobody knows how many messages'];
      }
      if (remedy.messages.size === 0) return ['nothing is lost: no message waits there'];
      return messageLines(remedy.messages, names, 'dropped');
    case 'log cut':
      return [
        `drops what was there, and ${count(remedy.batches, 'batch', 'batches')} behind it`,
        ...remedy.files.map((file) => `drops ${file}`),
        ...messageLines(remedy.messages, names, 'dropped'),
        ...messageLines(remedy.returning, names, 'consumed before, waiting again'),
        ...factLines(remedy.facts),
      ];
  }
}

function messageLines(messages: MessageCounts, names: Names, fate: string): readonly string[] {
  return [...messages].map(([queue, number]) => {
    const name = names.get(queue) ?? `a queue that is gone (number ${queue})`;
    return `${name}: ${count(number, 'message', 'messages')} ${fate}`;
  });
}

function factLines(facts: readonly Fact[]): readonly string[] {
  if (facts.length === 0) return [];
  const kinds = new Map<string, number>();
  for (const { kind } of facts) {
    const [name = `kind ${kind}`] =
      Object.entries(factKinds).find(([, { octet }]) => octet === kind) ?? [];
    const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    kinds.set(words, (kinds.get(words) ?? 0) + 1);
  }
  const list = [...kinds].map(([words, number]) => (number === 1 ? words : `${words} × ${number}`));
  const changes = count(facts.length, 'change of definitions', 'changes of definitions');
  return [`${changes} dropped: ${list.join(', ')}`];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
