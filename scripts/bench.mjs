// npm run bench: measures the application on a generated office (test/bench), built as the application is built. `npm run bench -- --help` tells the options.
import { resolve } from 'node:path'
import { build as buildWithVite } from 'vite'
import { buildWhenChanged } from './build.mjs'
import { foreground, root } from './lib.mjs'
import { electronEnvironment, withDisplay } from './run.mjs'
import { setup } from './setup.mjs'

await setup({ electron: true })
buildWhenChanged()
await buildWithVite({
  configFile: false,
  root,
  logLevel: 'warn',
  resolve: { alias: { '@shared': resolve('src/shared') } },
  build: {
    ssr: true,
    outDir: 'out/bench',
    emptyOutDir: true,
    target: 'node18.15',
    sourcemap: true,
    rolldownOptions: { input: { run: 'test/bench/run.ts', 'draw-bills': 'test/bench/draw-bills.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
  },
})
const display = await withDisplay(electronEnvironment())
const code = await foreground(process.execPath, ['--enable-source-maps', 'out/bench/run.cjs', ...process.argv.slice(2)], { env: display.env })
display.close()
process.exit(code)
