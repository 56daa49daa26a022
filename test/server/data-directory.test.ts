import { describe, expect, it } from 'vitest';
import { defaultDataDir, type Home } from '../../src/server/data-directory.ts';

const ada: Home = { platform: 'linux', isRoot: false, folder: '/home/ada', environment: {} };

describe('the default data directory', () => {
  it.each<[string, Partial<Home>, string]>([
    ['a user', {}, '/home/ada/.local/state/leveret'],
    ['a user who says where state goes', { environment: { XDG_STATE_HOME: '/s' } }, '/s/leveret'],
    [
      'a user who says so in vain, relatively',
      { environment: { XDG_STATE_HOME: 's' } },
      '/home/ada/.local/state/leveret',
    ],
    ['root', { isRoot: true }, '/var/lib/leveret'],
    [
      'a systemd unit',
      { isRoot: true, environment: { STATE_DIRECTORY: '/var/lib/mq' } },
      '/var/lib/mq',
    ],
    ['a unit with two', { environment: { STATE_DIRECTORY: '/a:/b' } }, '/a'],
    ['a user of macOS', { platform: 'darwin' }, '/home/ada/.local/state/leveret'],
    [
      'a user of Windows',
      { platform: 'win32', environment: { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' } },
      'C:\\Users\\ada\\AppData\\Local\\leveret',
    ],
    [
      'a user of Windows without variables',
      { platform: 'win32', folder: 'C:\\Users\\ada' },
      'C:\\Users\\ada\\AppData\\Local\\leveret',
    ],
  ])('of %s', (_who, differences, expected) => {
    expect(defaultDataDir({ ...ada, ...differences })).toBe(expected);
  });
});
