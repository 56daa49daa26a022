import type { AlternativeName, PeerIdentity } from '../kit/peer-identity.ts';

/** Which part of a client's certificate is the user's name: RabbitMQ's `ssl_cert_login_from`. */
export type CertificateLogin =
  | { readonly from: 'distinguished_name' | 'common_name' }
  | {
      readonly from: 'subject_alternative_name';
      /** `ssl_cert_login_san_type`. */
      readonly type: AlternativeName['type'];
      /** `ssl_cert_login_san_index`: which one of that type, from 0. */
      readonly index: number;
    };

/** The name in a certificate; undefined where it has none of that kind. */
export function certificateName(peer: PeerIdentity, login: CertificateLogin): string | undefined {
  switch (login.from) {
    case 'distinguished_name':
      return peer.distinguishedName;
    case 'common_name':
      return peer.commonName;
    case 'subject_alternative_name': {
      const { type, index } = login;
      return peer.alternativeNames.filter((name) => name.type === type)[index]?.value;
    }
  }
}
