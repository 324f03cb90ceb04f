// Writes docs/reading-rules.md from the table of rules.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const { module } = await runnerImport(path('src/shared/domain/reading-rules-document.ts'))
writeFileSync(path('docs/reading-rules.md'), module.rulesDocument())
