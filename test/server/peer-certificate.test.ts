import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { expect, it } from 'vitest';
import { peerIdentity } from '../../src/server/peer-certificate.ts';

async function identityOf(
  subject: Parameters<typeof generate>[0],
  altNames: readonly object[] = [],
): Promise<ReturnType<typeof peerIdentity>> {
  const extensions =
    altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames: [...altNames] } as never];
  const made = await generate(subject, { keyType: 'ec', algorithm: 'sha256', extensions });
  return peerIdentity(new X509Certificate(made.cert));
}

it('writes the subject as RFC 4514 does, the last part first', async () => {
  const { distinguishedName, commonName } = await identityOf([
    { name: 'countryName', value: 'GB' },
    { name: 'organizationName', value: 'Analytical Engines' },
    { name: 'commonName', value: 'ada' },
  ]);
  expect([distinguishedName, commonName]).toEqual(['CN=ada,O=Analytical Engines,C=GB', 'ada']);
});

it('takes names of a certificate for what they are, whatever characters they have', () => {
  const { distinguishedName, commonName } = peerIdentity({
    subject: 'O=A\\, B\nCN=Zo\\C3\\AB \\+ \\"x\\" + OU=CN\\=y',
  } as X509Certificate);
  expect(commonName).toBe('Zoë + "x"');
  expect(distinguishedName).toBe('CN=Zo\\C3\\AB \\+ \\"x\\"+OU=CN\\=y,O=A\\, B');
});

it('has no common name where the certificate has none', async () => {
  const { commonName } = await identityOf([{ name: 'organizationName', value: 'CN=x' }]);
  expect(commonName).toBeUndefined();
});

it('lists alternative names of all types in their order', async () => {
  const { alternativeNames } = await identityOf(
    [{ name: 'commonName', value: 'ada' }],
    [
      { type: 2, value: 'a.example' },
      { type: 6, value: 'urn:x,DNS:forged' },
      { type: 7, ip: '10.0.0.1' },
      { type: 1, value: 'ada@example' },
      { type: 2, value: 'b.example' },
    ],
  );
  expect(alternativeNames).toEqual([
    { type: 'dns', value: 'a.example' },
    { type: 'uri', value: 'urn:x,DNS:forged' },
    { type: 'ip', value: '10.0.0.1' },
    { type: 'email', value: 'ada@example' },
    { type: 'dns', value: 'b.example' },
  ]);
});
