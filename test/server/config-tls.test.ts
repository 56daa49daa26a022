import { describe, expect, it } from 'vitest';
import { type Config, configOf, loadConfig } from '../../src/server/config.ts';

function loadFile(text: string): Config {
  return loadConfig({ flags: { config: 'r.conf' }, environment: {}, readText: () => text });
}

describe('settings of TLS', () => {
  it('speak of one listener each for AMQP, the HTTP API and Prometheus', () => {
    const config = loadFile(`
      listeners.tcp = none
      listeners.ssl.default = 5671
      listeners.ssl.second = 127.0.0.1:5681
      ssl_options.cacertfile = /ca.pem
      ssl_options.certfile = /cert.pem
      ssl_options.keyfile = /key.pem
      ssl_options.password = se;cret
      ssl_options.verify = verify_peer
      ssl_options.fail_if_no_peer_cert = true
      ssl_options.depth = 2
      ssl_options.versions.1 = tlsv1.3
      ssl_options.ciphers.1 = TLS_AES_256_GCM_SHA384
      ssl_options.ciphers.2 = ECDHE-RSA-AES256-GCM-SHA384
      ssl_options.honor_cipher_order = false
      ssl_options.certificates.eu.north.certfile = /eu.pem
      ssl_options.certificates.eu.north.keyfile = /eu.key
      management.ssl.port = 443
      management.ssl.certfile = /http.pem
      prometheus.ssl.keyfile = /prometheus.key
    `);
    expect(config).toMatchObject({
      listeners: [],
      tlsListeners: [
        { host: undefined, port: 5671 },
        { host: '127.0.0.1', port: 5681 },
      ],
      managementTlsPort: 443,
      managementTls: { certfile: '/http.pem', verify: 'verify_none' },
      prometheusTlsPort: undefined,
      prometheusTls: { keyfile: '/prometheus.key' },
    });
    expect(config.tls).toEqual({
      cacertfile: '/ca.pem',
      certfile: '/cert.pem',
      keyfile: '/key.pem',
      password: 'se;cret',
      verify: 'verify_peer',
      failIfNoPeerCert: true,
      depth: 2,
      versions: ['tlsv1.3'],
      ciphers: ['TLS_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
      honorCipherOrder: false,
      certificates: { 'eu.north': { certfile: '/eu.pem', keyfile: '/eu.key' } },
    });
  });

  it('are safe where nothing is said', () => {
    const { tls, tlsListeners, managementTlsPort, authMechanisms } = loadFile('heartbeat = 1');
    expect({ tls, tlsListeners, managementTlsPort, authMechanisms }).toEqual({
      tls: {
        verify: 'verify_none',
        failIfNoPeerCert: false,
        versions: ['tlsv1.2', 'tlsv1.3'],
        ciphers: [],
        honorCipherOrder: true,
        certificates: {},
      },
      tlsListeners: [],
      managementTlsPort: undefined,
      authMechanisms: ['PLAIN', 'AMQPLAIN'],
    });
  });

  it('say how certificates name users', () => {
    const config = loadFile(`
      auth_mechanisms.1 = EXTERNAL
      auth_mechanisms.2 = PLAIN
      ssl_cert_login_from = subject_alternative_name
      ssl_cert_login_san_type = email
      ssl_cert_login_san_index = 1
    `);
    expect(config).toMatchObject({
      authMechanisms: ['EXTERNAL', 'PLAIN'],
      certificateLogin: 'subject_alternative_name',
      certificateLoginType: 'email',
      certificateLoginIndex: 1,
    });
  });

  it.each([
    [
      'ssl_options.certifile = /x',
      "unknown key 'ssl_options.certifile'; did you mean 'ssl_options.certfile'?",
    ],
    [
      'ssl_options.versions.1 = tlsv1',
      "ssl_options.versions.1: must be one of 'tlsv1.2', 'tlsv1.3', not 'tlsv1'",
    ],
    [
      'ssl_options.depth = deep',
      "ssl_options.depth: must be a whole number from 0 to 100, not 'deep'",
    ],
    [
      'ssl_options.certificates.a.verify = verify_peer',
      "unknown key 'ssl_options.certificates.a.verify'",
    ],
    [
      'listeners.tcp = 5672',
      "listeners.tcp: must be a list of ports or addresses, or 'none', not '5672'",
    ],
    [
      'auth_mechanisms.1 = ANONYMOUS',
      "must be one of 'PLAIN', 'AMQPLAIN', 'EXTERNAL', not 'ANONYMOUS'",
    ],
  ])('are refused with their line: %s', (line, complaint) => {
    expect(() => loadFile(`heartbeat = 1\n${line}`)).toThrow(`r.conf line 2: `);
    expect(() => loadFile(line)).toThrow(complaint);
  });

  it('are taken from a program as an object', () => {
    const tls = { certfile: '/cert.pem' } as Config['tls'];
    expect(configOf({ listeners: [], tls }).listeners).toEqual([]);
    expect(configOf({ tls }).tls.certfile).toBe('/cert.pem');
    expect(() => configOf({ tls: { certificate: '/cert.pem' } as never })).toThrow('tls: ');
  });
});

describe('ports of the HTTP API', () => {
  const ports = (text: string): readonly unknown[] => {
    const { managementPort, managementTlsPort, prometheusPort, prometheusTlsPort } = loadFile(text);
    return [managementPort, managementTlsPort, prometheusPort, prometheusTlsPort];
  };

  it("are RabbitMQ's, and with TLS alone where there is a certificate", () => {
    expect(ports('heartbeat = 1')).toEqual([15_672, undefined, 15_692, undefined]);
    const certificates = 'management.ssl.certfile = /c\nprometheus.ssl.certfile = /c';
    expect(ports(certificates)).toEqual([undefined, 15_671, undefined, 15_691]);
    expect(ports(`${certificates}\nmanagement.tcp.port = 80\nmanagement.ssl.port = 443`)).toEqual([
      80,
      443,
      undefined,
      15_691,
    ]);
    expect(ports(`${certificates}\nmanagement.ssl.port = none`)).toEqual([
      15_672,
      undefined,
      undefined,
      15_691,
    ]);
  });
});

it('places other than AMQP listen where the first listener with TLS does, if there is no other', () => {
  expect(loadFile('listeners.tcp = none\nlisteners.ssl.1 = 10.0.0.1:5671').host).toBe('10.0.0.1');
});
