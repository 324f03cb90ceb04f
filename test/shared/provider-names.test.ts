import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

// A provider is data: where code asked for one by its name, another with the same rules would be served worse.

const src = resolve(import.meta.dirname, '../../src')
/** Where providers are described, and where fictional ones live. */
const allowed = [join('main', 'features', 'providers', 'ready-profiles.ts'), join('main', 'training')]
const codes = /\b(?:enicom|smorodina|enser|is-?telecom|tctr|eis-?24)\b/i
const names = /(?<![А-Яа-яё])(?:эником|смородин[аыеу]|энсер|ис-телеком|тцтр|еис-?24)(?![А-Яа-яё])/i

/** Code without its comments: they may tell whose manual a rule comes from. A URL in a string is no comment. */
function withoutComments(text: string, extension: string): string {
  if (extension === 'sql') return text.replace(/--.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '')
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/<!--[\s\S]*?-->/g, '').replace(/(?<!:)\/\/.*$/gm, '')
}

function findings(text: string, extension: string): string[] {
  return withoutComments(text, extension).split('\n').filter((line) => codes.test(line) || names.test(line)).map((line) => line.trim())
}

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:ts|vue|sql)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(src.length + 1))
  .filter((path) => !allowed.some((place) => path.startsWith(place)))

test('no code outside the ready profiles and the training office knows a provider by its name', () => {
  expect(files.length).toBeGreaterThan(200)
  const found = files.flatMap((path) => findings(readFileSync(join(src, path), 'utf8'), path.split('.').pop() ?? '').map((line) => `${path}: ${line}`))
  expect(found).toEqual([])
})

test('the search for names finds them in code and lets comments be', () => {
  expect(findings(`if (provider === 'enser') pay()`, 'ts')).toHaveLength(1)
  expect(findings(`when p.code = 'tctr' then`, 'sql')).toHaveLength(1)
  expect(findings(`const url = 'https://smorodina.example.org'`, 'ts')).toHaveLength(1)
  expect(findings(`title: 'Кабинет ЭнСер',`, 'ts')).toHaveLength(1)
  expect(findings(`/** By SMS (ЭнСер). */ send() // as enser does`, 'ts')).toEqual([])
  expect(findings(`select 1 -- ЭнСер`, 'sql')).toEqual([])
})
