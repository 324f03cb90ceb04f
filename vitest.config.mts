import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const folder = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  resolve: { alias: { '@shared': folder('src/shared'), '@renderer': folder('src/renderer') } },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', environment: 'node', include: ['test/shared/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/specimens/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'main',
          environment: 'node',
          include: ['test/main/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        plugins: [vue()],
        test: { name: 'renderer', environment: 'happy-dom', include: ['test/renderer/**/*.test.ts'], testTimeout: 20_000 },
      },
    ],
  },
})
