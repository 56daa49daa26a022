/** A queue or an exchange as reply texts name it: `queue 'q' in vhost '/'`. */
export function resourceText(kind: 'queue' | 'exchange', name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`;
}
