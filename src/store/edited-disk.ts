import type { Disk, DiskFile, DiskSpace, OpenMode } from './disk.ts';

/** A change of one file, that can be looked at before it is made. */
export type Edit =
  | { readonly kind: 'remove'; readonly path: string }
  /** Nothing stays from `length` on. */
  | { readonly kind: 'cut'; readonly path: string; readonly length: number }
  /** Other bytes within the file. */
  | {
      readonly kind: 'patch';
      readonly path: string;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  /** A new file, or another in the stead of the one that is there. */
  | { readonly kind: 'put'; readonly path: string; readonly bytes: Uint8Array };

/** Makes changes, each durable before the next is begun. @throws the disk's errors */
export async function makeEdits(disk: Disk, edits: readonly Edit[]): Promise<void> {
  for (const edit of edits) {
    if (edit.kind === 'remove') await disk.remove(edit.path);
    else if (edit.kind === 'put') await put(disk, edit.path, edit.bytes);
    else {
      await within(disk, edit.path, (file) =>
        edit.kind === 'cut' ? file.truncate(edit.length) : file.write(edit.bytes, edit.offset),
      );
    }
    await disk.syncFolder(folderOf(edit.path));
  }
}

async function put(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${folderOf(path)}/unfinished`;
  await within(disk, unfinished, async (file) => {
    await file.write(bytes, 0);
    await file.truncate(bytes.length);
  });
  await disk.rename(unfinished, path);
}

async function within(
  disk: Disk,
  path: string,
  change: (file: DiskFile) => Promise<void>,
): Promise<void> {
  const file = await disk.open(path, 'write');
  try {
    await change(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A disk as it would be after some changes, for those who read. Nothing is written to it. */
export class EditedDisk implements Disk {
  readonly #disk: Disk;
  readonly #edits = new Map<string, Edit[]>();
  readonly #removed = new Set<string>();
  readonly #opened: DiskFile[] = [];

  constructor(disk: Disk, edits: readonly Edit[]) {
    this.#disk = disk;
    for (const edit of edits) {
      if (edit.kind === 'remove') this.#removed.add(edit.path);
      else this.#removed.delete(edit.path);
      const ofFile = this.#edits.get(edit.path);
      if (ofFile === undefined) this.#edits.set(edit.path, [edit]);
      else ofFile.push(edit);
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = new Set(await this.#disk.list(folder));
    for (const path of this.#edits.keys()) {
      if (folderOf(path) === folder) names.add(path.slice(folder.length + 1));
    }
    return [...names].filter((name) => !this.#removed.has(`${folder}/${name}`));
  }

  /** @throws Error with the code ENOENT for a file that is not there, or not any more */
  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    if (mode !== 'read') throw refusal(path);
    if (this.#removed.has(path)) {
      throw Object.assign(new Error(`${path} is removed`), { code: 'ENOENT' });
    }
    const edits = this.#edits.get(path) ?? [];
    const isNew = edits.some(({ kind }) => kind === 'put');
    const found = isNew ? undefined : await this.#disk.open(path, 'read');
    const file = new EditedFile(path, found, edits);
    this.#opened.push(file);
    return file;
  }

  /** The file is not seen here any more. */
  async remove(path: string): Promise<void> {
    this.#removed.add(path);
  }

  async rename(_from: string, to: string): Promise<void> {
    throw refusal(to);
  }

  async makeFolder(): Promise<void> {}

  async syncFolder(): Promise<void> {}

  space(): Promise<DiskSpace> {
    return this.#disk.space();
  }

  /** Closes all files that were opened here and not closed. */
  async close(): Promise<void> {
    for (const file of this.#opened.splice(0)) await file.close();
  }
}

/** A file as it would be after some changes. */
class EditedFile implements DiskFile {
  readonly path: string;
  // None for a file that a change puts there.
  readonly #file: DiskFile | undefined;
  readonly #edits: readonly Edit[];
  #isOpen = true;

  constructor(path: string, file: DiskFile | undefined, edits: readonly Edit[]) {
    this.path = path;
    this.#file = file;
    this.#edits = edits;
  }

  async size(): Promise<number> {
    let size = (await this.#file?.size()) ?? 0;
    for (const edit of this.#edits) {
      if (edit.kind === 'put') size = edit.bytes.length;
      else if (edit.kind === 'cut') size = Math.min(size, edit.length);
    }
    return size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#edited(into, position, (await this.#file?.read(into, position)) ?? 0);
  }

  readNow(into: Uint8Array, position: number): number {
    return this.#edited(into, position, this.#file?.readNow(into, position) ?? 0);
  }

  async write(): Promise<void> {
    throw refusal(this.path);
  }

  writeNow(): void {
    throw refusal(this.path);
  }

  async writeDurably(): Promise<void> {
    throw refusal(this.path);
  }

  async truncate(): Promise<void> {
    throw refusal(this.path);
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file?.close();
  }

  // @returns how many bytes there are of the `got` that there were
  #edited(into: Uint8Array, position: number, got: number): number {
    let count = got;
    for (const edit of this.#edits) {
      if (edit.kind === 'put') count = overlay(edit.bytes, 0, into, position, into.length);
      else if (edit.kind === 'patch') overlay(edit.bytes, edit.offset, into, position, count);
      else if (edit.kind === 'cut') count = Math.max(0, Math.min(count, edit.length - position));
    }
    return count;
  }
}

// Puts what of `bytes`, which begin at `offset` in a file, lies within [position, position + length).
function overlay(
  bytes: Uint8Array,
  offset: number,
  into: Uint8Array,
  position: number,
  length: number,
): number {
  const from = Math.max(position, offset);
  const to = Math.min(position + length, offset + bytes.length);
  if (from >= to) return 0;
  into.set(bytes.subarray(from - offset, to - offset), from - position);
  return to - from;
}

function refusal(path: string): Error {
  return new Error(`${path} is only looked at`);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
