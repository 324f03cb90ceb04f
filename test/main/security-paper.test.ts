import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Each proof of the table of threats: a file, and names of tests in it. */
const proofs = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .flatMap((line) => [...line.matchAll(/`(test\/[^`]+\.ts)`((?: ?«[^»]+»,?)+)/g)])
  .flatMap(([, file = '', names = '']) => [...names.matchAll(/«([^»]+)»/g)].map(([, name = '']) => [file, name] as const))

test('the paper names proofs', () => {
  expect(proofs.length).toBeGreaterThan(30)
})

test.each(proofs)('%s holds «%s»', (file, name) => {
  expect(existsSync(file)).toBe(true)
  expect(readFileSync(file, 'utf8')).toContain(`'${name}'`)
})
