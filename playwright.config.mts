import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.e2e.ts',
  tsconfig: 'tsconfig.test.json',
  globalSetup: './test/e2e/make-office.ts',
  // Playwright empties its folder when it starts, so it gets one of its own beside test-results/screens.
  outputDir: 'test-results/playwright',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // Two desks would share two cores, and time is what most of these tests look at.
  workers: 1,
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
})
