/** Who the certificate of a TLS client says it is; nothing of this is there without a valid one. */
export interface PeerIdentity {
  /** The subject as RFC 4514 writes it, the last part first: `CN=ada,O=Analytical Engines`. */
  readonly distinguishedName: string;
  /** The subject's CN. */
  readonly commonName: string | undefined;
  /** In the order of the certificate. */
  readonly alternativeNames: readonly AlternativeName[];
}

/** One of the subject's alternative names. */
export interface AlternativeName {
  readonly type: 'dns' | 'ip' | 'email' | 'uri' | 'other_name';
  readonly value: string;
}
