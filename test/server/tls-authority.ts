import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** An authority for certificates that live as long as a test, in a folder of its own. */
export class TlsAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'leveret-tls-'));
  /** Its own certificate, in PEM. */
  readonly cert: string;
  readonly cacertfile: string;
  readonly #key: string;

  private constructor(cert: string, key: string) {
    this.cert = cert;
    this.#key = key;
    this.cacertfile = this.write('ca.pem', cert);
  }

  static async found(name = 'Test Authority'): Promise<TlsAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      ...how,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new TlsAuthority(cert, key);
  }

  /** A certificate whose common name is the first one. Names that are addresses are such. */
  async issue(name: string, ...names: string[]): Promise<Issued> {
    const altNames = [name, ...names].map((value) =>
      /^[\d.]+$/.test(value) ? ({ type: 7, ip: value } as const) : ({ type: 2, value } as const),
    );
    const subject = [
      { name: 'organizationName', value: 'Analytical Engines' },
      { name: 'commonName', value: name },
    ];
    const { cert, private: key } = await generate(subject, {
      ...how,
      ca: { key: this.#key, cert: this.cert },
      notAfterDate: new Date(Date.UTC(2049, 0, 1)),
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    return { cert, key };
  }

  /** The same, in files. */
  async issueFiles(
    name: string,
    ...names: string[]
  ): Promise<{ certfile: string; keyfile: string }> {
    const { cert, key } = await this.issue(name, ...names);
    const base = name.replaceAll(/[^a-z0-9]/gi, '_');
    return {
      certfile: this.write(`${base}.pem`, cert),
      keyfile: this.write(`${base}.key`, key),
    };
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A certificate and its key, in PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const how = { keyType: 'ec', algorithm: 'sha256' } as const;
