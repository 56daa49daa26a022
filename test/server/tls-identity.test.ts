import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { certificateFiles } from '../../src/server/certificate-files.ts';
import { configOf } from '../../src/server/config.ts';
import { tlsOptions } from '../../src/server/config-tls.ts';
import { TlsIdentities } from '../../src/server/tls-identities.ts';
import { TlsIdentity } from '../../src/server/tls-identity.ts';
import { TlsAuthority } from './tls-authority.ts';

let authority: TlsAuthority;
let ours: { certfile: string; keyfile: string };

beforeAll(async () => {
  authority = await TlsAuthority.found();
  ours = await authority.issueFiles('localhost');
});

afterAll(() => authority.close());

function load(options: object): Promise<TlsIdentity> {
  const parsed = tlsOptions().parse({ ...ours, ...options });
  return TlsIdentity.load(parsed, 'ssl_options.', certificateFiles, silentLogger);
}

describe('an identity', () => {
  it('opens a key that is encrypted', async () => {
    const { cert, key } = await authority.issue('locked');
    const locked = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    const certfile = authority.write('locked.pem', cert);
    const keyfile = authority.write('locked.key', String(locked));
    const files = { certfile, keyfile };
    expect((await load({ ...files, password: 'open sesame' })).paths).toEqual([certfile, keyfile]);
    await expect(load({ ...files, password: 'guess' })).rejects.toThrow(
      `ssl_options.keyfile: ${keyfile} is not opened by ssl_options.password`,
    );
    await expect(load(files)).rejects.toThrow(
      `ssl_options.keyfile: ${keyfile} is encrypted, and ssl_options.password is not set`,
    );
  });

  it.each([
    [{ certfile: undefined }, 'ssl_options.certfile: needed for TLS, and not set'],
    [{ verify: 'verify_peer' }, 'ssl_options.cacertfile: needed for verify_peer, and not set'],
    [{ versions: [] }, 'ssl_options.versions: at least one is needed'],
    [{ ciphers: ['ROT13'] }, 'ssl_options.ciphers: OpenSSL knows none of them: ROT13'],
    [{ certificates: { eu: {} } }, 'ssl_options.certificates.eu.certfile: needed for TLS'],
  ])('is none with %j', async (options, complaint) => {
    await expect(load(options)).rejects.toThrow(complaint);
  });

  it('is none with files that hold something else', async () => {
    const other = authority.write('other.txt', 'something else');
    await expect(load({ certfile: other })).rejects.toThrow('holds no certificate in PEM');
    await expect(load({ keyfile: other })).rejects.toThrow('holds no key in PEM');
    await expect(load({ cacertfile: other })).rejects.toThrow('ssl_options.cacertfile');
    const { keyfile } = await authority.issueFiles('another');
    await expect(load({ keyfile })).rejects.toThrow(
      `ssl_options.keyfile: ${keyfile} is not the key of ${ours.certfile}`,
    );
  });

  it('passes over ciphers that OpenSSL does not know, as long as there are others', async () => {
    const ciphers = ['ECDH-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
    expect((await load({ ciphers })).expiresAt).toBe(Date.UTC(2049, 0, 1));
  });
});

describe('the identities of a server', () => {
  it('are read anew once their files have changed and stay as they are', async () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const say = (_fields: object, text: string): void => {
      told.push(text);
    };
    const logger = { ...silentLogger, info: say, error: say };
    let stamp = 'first';
    const looks: (() => void)[] = [];
    const files = {
      read: certificateFiles.read,
      stamp: async () => {
        looks.shift()?.();
        return stamp;
      },
    };
    const config = configOf({ tlsListeners: [{ host: undefined, port: 0 }], tls: ours as never });
    const identities = await TlsIdentities.load(config, { files, clock, logger });
    identities.watch();
    const look = async (): Promise<void> => {
      const looked = new Promise<void>((resolve) => looks.push(resolve));
      await clock.advance('5s');
      await looked;
      // The next look is due once this one is over.
      await clock.advance(0);
    };
    await look();
    await look();
    expect(told).toEqual([]);
    stamp = 'second';
    await look();
    expect(told).toEqual([]);
    await look();
    await expect.poll(() => told).toEqual(['Certificates reloaded']);
    await expect.poll(() => looks.length).toBe(0);
    identities.close();
    stamp = 'third';
    await clock.advance('1m');
    expect(told).toHaveLength(1);
  });

  it('are none where TLS is not spoken, whatever the options say', async () => {
    const clock = new VirtualClock();
    const config = configOf({ tls: { certfile: '/nowhere' } as never });
    const surroundings = { files: certificateFiles, clock, logger: silentLogger };
    const { amqp, management, prometheus } = await TlsIdentities.load(config, surroundings);
    expect([amqp, management, prometheus]).toEqual([undefined, undefined, undefined]);
  });
});
