import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { DefinitionFiles } from '../mgmt/definitions/load.ts';

/** Files of definitions on the machine's disks. */
export const definitionFiles: DefinitionFiles = {
  namesIn: (path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? readdirSync(path) : undefined;
  },
  read: (path) => readFileSync(path, 'utf8'),
};
