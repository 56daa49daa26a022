import { type Endpoint, ok } from '../endpoint.ts';

export const configurationEndpoints: readonly Endpoint[] = [
  {
    path: '/config/effective',
    access: 'administrator',
    jsonOnly: true,
    GET: ({ context }) => {
      const lines = Object.entries(context.node.settings).map(([name, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        return `${name} = ${text ?? 'none'}\n`;
      });
      return { status: 200, text: lines.join('') };
    },
  },
  {
    // The parts of RabbitMQ's UI that a node brings along.
    path: '/extensions',
    access: 'management',
    GET: () => ok([{ javascript: 'dispatcher.js' }]),
  },
];
