import type { Flag } from './command.ts';
import { formats } from './table.ts';

/** Flags that every command for a running node has. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  quiet: { describe: 'says only what came of it' },
  silent: { describe: 'no headings of columns either' },
  timeout: { value: 'seconds', describe: 'how long to wait for an answer; 60 by default' },
  formatter: { value: 'format', choices: formats, describe: 'how lists are printed' },
  url: { value: 'url', describe: 'where the HTTP API is, such as https://admin:secret@host:15671' },
  host: { value: 'host', describe: 'its host; 127.0.0.1 by default' },
  port: { value: 'port', describe: 'its port; 15672 by default, 15671 with TLS' },
  username: { value: 'user', describe: 'who asks; guest by default' },
  password: { value: 'password', describe: 'with which password' },
  'password-stdin': { describe: 'reads that password from standard input' },
  tls: { describe: 'asks by HTTPS' },
  'ca-cert': { value: 'file', describe: 'whom to trust beside those known, as PEM; asks by HTTPS' },
  insecure: { describe: 'trusts any certificate; asks by HTTPS' },
  config: { value: 'file', describe: 'ini file that says such things; ~/.leveretrc by default' },
  profile: { value: 'name', describe: 'section of that file; default by default' },
  node: { value: 'node', describe: 'is taken, as rabbitmqctl takes it, and means nothing' },
  longnames: { describe: 'likewise' },
};

/** Flags of commands that have to do with one vhost. */
export const vhostFlag: Readonly<Record<string, Flag>> = {
  vhost: { value: 'vhost', describe: 'in which vhost; / by default' },
};

/** Flags of commands that list. */
export const listFlags: Readonly<Record<string, Flag>> = {
  'no-table-headers': { describe: 'no headings of columns' },
};

/** One letter for some. */
export const letters: Readonly<Record<string, string>> = {
  p: 'vhost',
  q: 'quiet',
  s: 'silent',
  t: 'timeout',
  u: 'username',
  n: 'node',
  l: 'longnames',
};
