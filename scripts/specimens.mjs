// npm run specimens -- DIR: one PDF of every printed form with its odd cases, for designers (test/specimens).
import { resolve } from 'node:path'
import { build } from 'vite'
import { foreground, root } from './lib.mjs'
import { setup } from './setup.mjs'

await setup({})
await build({
  configFile: false,
  root,
  logLevel: 'warn',
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: { ssr: 'test/specimens/run.ts', outDir: 'out/specimens', emptyOutDir: true, target: 'node18.15', sourcemap: true, rolldownOptions: { output: { format: 'cjs', entryFileNames: 'run.cjs' } } },
})
process.exit(await foreground(process.execPath, ['--enable-source-maps', 'out/specimens/run.cjs', ...process.argv.slice(2)]))
