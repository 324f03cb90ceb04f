// npm run -s okno -- ARGS: the administrator's command. Its streams and its exit code are the command's own; set-up and build speak on stderr.
import { buildWhenChanged } from './build.mjs'
import { foreground, root } from './lib.mjs'
import { setup } from './setup.mjs'

await setup({})
buildWhenChanged()
// File names among the arguments are meant from the folder where the person stands, not from the one npm changes to.
const cwd = process.env.INIT_CWD ?? root
process.exit(await foreground(process.execPath, ['--enable-source-maps', `${root}/out/main/okno.js`, ...process.argv.slice(2)], { cwd }))
