import type { Broker } from '../../broker/broker.ts';
import { DefinitionsError } from './definitions-error.ts';
import { importDefinitions } from './import.ts';
import { parseDefinitions } from './parse.ts';

/** Where definitions are read from. */
export interface DefinitionFiles {
  /** Names of what lies in a folder; undefined where the path is no folder. */
  namesIn(path: string): readonly string[] | undefined;
  /** A file as text. @throws Error of the system */
  read(path: string): string;
}

/**
 * Imports definitions when a node starts (`load_definitions`): a file, or all files of a folder in the
 * order of their names. Files that begin with a dot and folders in the folder are left out. A new node
 * that loads definitions gets neither vhost nor user that they do not name.
 * @throws DefinitionsError that names the file
 */
export function loadDefinitionsFile(broker: Broker, path: string, files: DefinitionFiles): void {
  const names = files.namesIn(path);
  if (names === undefined) {
    load(broker, path, files);
    return;
  }
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  for (const name of visible) {
    const file = `${path.replace(/\/+$/, '')}/${name}`;
    if (files.namesIn(file) === undefined) load(broker, file, files);
  }
}

function load(broker: Broker, path: string, files: DefinitionFiles): void {
  broker.logger.info({ path }, 'Loading definitions');
  try {
    importDefinitions(broker, parseDefinitions(textOf(path, files)));
  } catch (error) {
    if (!(error instanceof DefinitionsError)) throw error;
    throw new DefinitionsError(`Definitions in ${path}: ${error.message}`);
  }
}

function textOf(path: string, files: DefinitionFiles): string {
  try {
    return files.read(path);
  } catch (error) {
    throw new DefinitionsError(error instanceof Error ? error.message : String(error));
  }
}
