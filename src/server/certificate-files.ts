import { promises } from 'node:fs';

/** The files in which certificates and keys lie. */
export interface CertificateFiles {
  read(path: string): Promise<Buffer>;
  /** A text that is another one once the file was written, replaced or removed. */
  stamp(path: string): Promise<string>;
}

/** Those on the machine's disks. */
export const certificateFiles: CertificateFiles = {
  read: (path) => promises.readFile(path),
  stamp: async (path) => {
    try {
      const { ino, size, mtimeMs } = await promises.stat(path);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return 'missing';
    }
  },
};
