const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * Whom an address, as a socket spells it, stands for: a host with IPv4 for itself, IPv6 for its
 * network of 64 bits, out of which a single host may take any address.
 */
export function loginSource(address: string): string {
  const text = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (!text.includes(':')) return text;
  const [front = '', back] = text.replace(/%.*$/, '').split('::');
  const first = front === '' ? [] : front.split(':');
  const last = back === undefined || back === '' ? [] : back.split(':');
  const between = back === undefined ? 0 : Math.max(0, GROUPS - first.length - last.length);
  const groups = [...first, ...new Array<string>(between).fill('0'), ...last];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
