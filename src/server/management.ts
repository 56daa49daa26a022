import type { Management, ManagementParts } from './running-management.ts';

const nothing: Management = {
  port: undefined,
  tlsPort: undefined,
  prometheusPort: undefined,
  addListeners: () => {},
  close: async () => {},
};

/**
 * Serves the HTTP API and the metrics, as far as they are wanted.
 * @throws the listener's error
 */
export async function startManagement(parts: ManagementParts): Promise<Management> {
  const { managementPort, managementTlsPort, prometheusPort, prometheusTlsPort } = parts.config;
  const ports = [managementPort, managementTlsPort, prometheusPort, prometheusTlsPort];
  if (ports.every((port) => port === undefined)) return nothing;
  // All of it takes longer to load than everything else: whoever does without it need not wait for it.
  const { RunningManagement } = await import('./running-management.ts');
  const running = new RunningManagement(parts);
  try {
    await running.start();
    return running;
  } catch (error) {
    await running.close();
    throw error;
  }
}
