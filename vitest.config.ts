import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes; how soon is a matter of the machine.
    expect: { poll: { timeout: 60_000 } },
    // Two cores: each file in its own process, so that one file's tensors never meet another's.
    pool: 'forks',
    maxWorkers: 2,
  },
})
