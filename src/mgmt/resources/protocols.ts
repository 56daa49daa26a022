import type { NodeFacts } from '../node-facts.ts';

// Other names under which people ask for a protocol.
const synonyms: ReadonlyMap<string, string> = new Map([
  ['amqp091', 'amqp'],
  ['amqp0.9.1', 'amqp'],
  ['amqp0-9-1', 'amqp'],
  ['amqp10', 'amqp'],
  ['amqp1.0', 'amqp'],
  ['amqp1-0', 'amqp'],
  ['amqps', 'amqp/ssl'],
  ['prometheus', 'http/prometheus'],
  ['websockets', 'http/web-amqp'],
  ['web-amqp', 'http/web-amqp'],
]);

/** The protocols that the node's listeners speak, sorted. */
export function protocolsOf(node: NodeFacts): readonly string[] {
  return [...new Set(node.listeners().map(({ protocol }) => protocol))].sort();
}

/** Whether one of them is meant by a name. */
export function servesProtocol(protocols: readonly string[], name: string): boolean {
  const plain = name.toLowerCase();
  return protocols.includes(plain) || protocols.includes(synonyms.get(plain) ?? '');
}
