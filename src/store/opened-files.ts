import type { Disk, DiskFile, OpenMode } from './disk.ts';

/** Opens files and can close them all again: for work that may fail halfway. */
export class OpenedFiles implements Pick<Disk, 'open' | 'list' | 'remove'> {
  readonly #disk: Disk;
  readonly #files: DiskFile[] = [];

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await this.#disk.open(path, mode);
    this.#files.push(file);
    return file;
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#disk.list(folder);
  }

  remove(path: string): Promise<void> {
    return this.#disk.remove(path);
  }

  /** Some may be closed already. */
  async closeAll(): Promise<void> {
    for (const file of this.#files) await file.close().catch(() => {});
  }
}
