import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { specimens } from './specimens'

/** `npm run specimens -- DIR`: one PDF of every printed form and odd case. */
const folder = process.argv[2]
if (!folder || folder.startsWith('-')) {
  process.stderr.write('npm run specimens -- DIR    writes one PDF of every printed form, of invented people, into the folder\n')
  process.exit(2)
}
const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), folder)
async function write() {
  await mkdir(path, { recursive: true })
  for (const { name, draw } of specimens) await writeFile(join(path, `${name}.pdf`), await draw())
  process.stdout.write(`${specimens.length} PDF in ${path}\n`)
}
void write()
