import { defineConfig } from 'vitest/config';
import { NotTested } from './test/services/not-tested.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/services/run.ts'],
    reporters: ['default', new NotTested()],
    testTimeout: 60_000,
    // A file may have to wait for another one that uses the same server.
    hookTimeout: 900_000,
  },
});
