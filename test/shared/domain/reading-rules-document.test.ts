import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rulesDocument } from '@shared/domain/reading-rules-document'

test('docs/reading-rules.md says what the rules are (node scripts/reading-rules.mjs writes it)', () => {
  expect(readFileSync(`${import.meta.dirname}/../../../docs/reading-rules.md`, 'utf8')).toBe(rulesDocument())
})
