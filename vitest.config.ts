import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // A file may have to wait for another one that uses the same server.
    hookTimeout: 900_000,
  },
});
