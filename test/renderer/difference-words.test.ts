import { differenceWords } from '@renderer/difference-words'
import { setLocale } from '@renderer/i18n'
import { afterEach, describe, expect, it } from 'vitest'

describe('a difference of the configuration', () => {
  afterEach(() => setLocale('ru'))
  const price = { kind: 'changed', path: 'profile.tariffs.price', row: { service: 'heat', name: null, zone: null, since: '2026-07-01' }, before: '2310.5', after: '2418.06' } as const

  it('has a price with a comma, every digit of it', () => {
    expect(differenceWords('providers', price)).toMatchObject({ before: '2310,5', after: '2418,06' })
  })

  it('has the point of English in English', async () => {
    await setLocale('en')
    expect(differenceWords('providers', price)).toMatchObject({ before: '2310.5', after: '2418.06' })
  })

  it('leaves what only looks like a number as it is written', () => {
    expect(differenceWords('sheetTemplates', { kind: 'changed', path: 'text', row: null, before: '1.5', after: '2.5' })).toMatchObject({ before: '1.5', after: '2.5' })
  })

  it('has a threshold of the office with a comma', () => {
    expect(differenceWords('flagRules', { kind: 'changed', path: 'params.times', row: null, before: 1.5, after: 2 })).toMatchObject({ before: '1,5', after: '2' })
  })
})
