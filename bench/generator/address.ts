/** Where a broker listens and who logs in. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

/** `amqp://user:pass@host:port/vhost`; what is left out is guest, guest, 5672 and `/`. */
export function parseAddress(text: string): Address {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(`not an AMQP address: ${text}`);
  }
  if (url.protocol !== 'amqp:') throw new Error(`not an AMQP address: ${text}`);
  return {
    host: url.hostname,
    port: url.port === '' ? 5672 : Number(url.port),
    user: decodeURIComponent(url.username) || 'guest',
    password: decodeURIComponent(url.password) || 'guest',
    vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
  };
}
