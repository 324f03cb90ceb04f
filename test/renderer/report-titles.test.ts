import enTitles from '@renderer/i18n/en/report-titles'
import { reportTitles } from '@shared/domain/report-titles'
import { expect, test } from 'vitest'

test('the English words are of the same reports, columns and codes', () => {
  const paths = (tree: object, before = ''): string[] => Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [before + key] : paths(value as object, `${before}${key}.`)))
  expect(paths(enTitles).sort()).toEqual(paths(reportTitles).sort())
  expect(paths(enTitles)).not.toHaveLength(0)
})
