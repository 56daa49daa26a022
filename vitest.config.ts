import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'conformance/**/*.test.ts'],
    // The programs of other people's clients need installing first; their own scripts run them.
    exclude: ['conformance/clients/**'],
    // Brokers that tests start as programs keep off the ports that everybody knows.
    env: { LEVERET_MANAGEMENT_PORT: 'none', LEVERET_PROMETHEUS_PORT: 'none' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // On a busy machine what is waited for may take its time; a second is vitest's own patience.
    expect: { poll: { timeout: 15_000 } },
  },
});
