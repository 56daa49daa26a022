import type { Environment } from './config-environment.ts';

/** What decides where a server's data lies when nobody says where. */
export interface Home {
  readonly platform: string;
  /** The user may write everywhere. */
  readonly isRoot: boolean;
  /** The user's own folder. */
  readonly folder: string;
  readonly environment: Environment;
}

/**
 * Where `leveret start` keeps its data unless it is told otherwise: the same folder whatever the
 * working directory is, so that a restart finds what was there.
 */
export function defaultDataDir({ platform, isRoot, folder, environment }: Home): string {
  // Set by systemd for units with StateDirectory=; several are divided by colons.
  const [state] = (environment['STATE_DIRECTORY'] ?? '').split(':');
  if (state) return state;
  if (platform === 'win32') {
    return `${environment['LOCALAPPDATA'] || `${folder}\\AppData\\Local`}\\leveret`;
  }
  if (isRoot) return '/var/lib/leveret';
  // XDG Base Directory Specification: a path that is not absolute is to be ignored.
  const xdg = environment['XDG_STATE_HOME'] ?? '';
  return `${xdg.startsWith('/') ? xdg : `${folder}/.local/state`}/leveret`;
}
