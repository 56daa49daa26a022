import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { AlternativeName, PeerIdentity } from '../kit/peer-identity.ts';
import type { TlsDetails } from '../kit/transport.ts';

/** What TLS agreed on for a socket whose handshake is done. */
export function tlsDetails(socket: TLSSocket): TlsDetails {
  const { standardName } = socket.getCipher();
  const peer = socket.getPeerX509Certificate();
  return {
    protocol: (socket.getProtocol() ?? '').toLowerCase(),
    ...cipherParts(standardName),
    peerSubject: peer && nameOf(peer.subject),
    peerIssuer: peer && nameOf(peer.issuer),
    peerValidity: peer && `${moment(peer.validFrom)} - ${moment(peer.validTo)}`,
  };
}

/** Who a client's certificate says it is. */
export function peerIdentity({ subject, subjectAltName }: X509Certificate): PeerIdentity {
  return {
    distinguishedName: nameOf(subject),
    commonName: commonNameOf(subject),
    alternativeNames: alternativeNamesOf(subjectAltName ?? ''),
  };
}

/** `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` in parts; TLS 1.3 names no key exchange. */
function cipherParts(standardName: string): Pick<TlsDetails, 'keyExchange' | 'cipher' | 'hash'> {
  const [, keyExchange = 'any', cipher = standardName, digest = ''] =
    /^tls_(?:(\w+?)_with_)?(\w+)_([a-z0-9]+)$/.exec(standardName.toLowerCase()) ?? [];
  const aead = /_(?:gcm|ccm|poly1305)/.test(cipher);
  return { keyExchange, cipher, hash: aead ? 'aead' : digest };
}

// Node.js gives a line for each part, in the order of the certificate, escaped as in RFC 4514.
function nameOf(lines: string): string {
  return lines.split('\n').reverse().join(',').replaceAll(' + ', '+');
}

function commonNameOf(subject: string): string | undefined {
  const parts = subject.split(/\n| \+ /).filter((part) => part.startsWith('CN='));
  return parts.length === 0 ? undefined : parts.map((part) => unescaped(part.slice(3))).join(',');
}

// RFC 4514 §2.4: a backslash before a character, or before the two hexadecimal digits of an octet.
function unescaped(value: string): string {
  return value.replaceAll(/((?:\\[0-9A-Fa-f]{2})+)|\\(.)/g, (_, octets?: string, one = '') =>
    octets === undefined
      ? String(one)
      : Buffer.from(octets.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}

const types: ReadonlyMap<string, AlternativeName['type']> = new Map([
  ['DNS', 'dns'],
  ['IP Address', 'ip'],
  ['email', 'email'],
  ['URI', 'uri'],
  ['othername', 'other_name'],
]);

// `DNS:a.example, URI:"urn:x\u002cy"`: what could be taken for more than one is quoted as in JSON.
function alternativeNamesOf(text: string): readonly AlternativeName[] {
  const entries = text.matchAll(/([A-Za-z ]+):("(?:\\.|[^"\\])*"|[^,]*)(?:, |$)/g);
  return [...entries].flatMap(([, kind = '', written = '']) => {
    const type = types.get(kind);
    const value = written.startsWith('"') ? String(JSON.parse(written)) : written;
    if (type === undefined || value === '<unsupported>') return [];
    return [{ type, value: type === 'other_name' ? value.replace(/^[^:]*::?/, '') : value }];
  });
}

function moment(text: string): string {
  return `${new Date(text).toISOString().slice(0, 19)}Z`;
}
