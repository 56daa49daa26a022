export type { PlainValue } from './codec/plain-value.ts';
export { ConfigError } from './server/config.ts';
export {
  type BrokerClock,
  type BrokerSettings,
  type EmbeddedBroker,
  startBroker,
} from './server/embedded.ts';
export type { QueueView, WaitingMessage } from './server/inspector.ts';
export { DataDirectoryError } from './server/storage.ts';
