/** Whether an address, as a socket spells it, is this host's own: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  const unwrapped = address.toLowerCase().replace(/^::ffff:/, '');
  return unwrapped === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(unwrapped);
}
