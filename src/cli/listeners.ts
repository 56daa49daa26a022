import { isJsonList, isJsonObject, type JsonObject } from '../kit/json.ts';
import type { Client } from './client.ts';

/** Where a node listens. */
export interface Listener {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

/** By the node's overview. */
export async function listenersOf(client: Client): Promise<readonly Listener[]> {
  return listenersIn(await client.object('/overview'));
}

export function listenersIn({ listeners }: JsonObject): readonly Listener[] {
  const found = isJsonList(listeners) ? listeners.filter(isJsonObject) : [];
  return found.map(({ node, ip_address, port, protocol }) => ({
    node: String(node),
    address: String(ip_address),
    port: Number(port),
    protocol: String(protocol),
  }));
}

const purposes = new Map([
  ['amqp', 'AMQP 0-9-1'],
  ['amqp/ssl', 'AMQP 0-9-1 over TLS'],
  ['http', 'HTTP API'],
  ['https', 'HTTP API over TLS'],
  ['http/prometheus', 'Prometheus exporter API'],
  ['https/prometheus', 'Prometheus exporter API over TLS'],
]);

export function listenerText({ address, port, protocol }: Listener): string {
  const where = address.includes(':') ? `[${address}]` : address;
  const purpose = purposes.get(protocol) ?? protocol;
  return `Interface: ${where}, port: ${port}, protocol: ${protocol}, purpose: ${purpose}`;
}

/** With the node, as where there are more of them. */
export function inCluster(listener: Listener): string {
  return `Node: ${listener.node}, interface${listenerText(listener).slice('Interface'.length)}`;
}
