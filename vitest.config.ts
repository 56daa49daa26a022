import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'conformance/**/*.test.ts'],
    // The programs of other people's clients need installing first; their own scripts run them.
    exclude: ['conformance/clients/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
