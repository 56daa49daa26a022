import { rabbitmqVersion } from '../emulated.ts';
import { type Endpoint, ok } from '../endpoint.ts';

export const versionEndpoints: readonly Endpoint[] = [
  { path: '/version', access: 'anybody', GET: () => ok(rabbitmqVersion) },
];
