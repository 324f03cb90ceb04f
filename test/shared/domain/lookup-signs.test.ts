import { expect, test } from 'vitest'
import type { LookupDay } from '@shared/contract/audit'
import { signsOf } from '@shared/domain/lookup-signs'

const ordinary: LookupDay = { staffLogin: 'window.one', staffName: 'Ветрова Анна Павловна', day: '2026-11-22', searches: 60, foundNothing: 6, refused: 0, openedAfter: 52, unmasked: 4, openedWithoutVisit: 0 }

test.each<[string, Partial<LookupDay>, string[]]>([
  ['an ordinary day', {}, []],
  ['a day of few searches that found nothing', { searches: 4, foundNothing: 4, openedAfter: 0 }, []],
  ['one stopped by the limit', { refused: 1 }, ['refused']],
  ['more than a queue brings', { searches: 120, openedAfter: 110 }, ['many']],
  ['numbers tried out', { searches: 10, foundNothing: 5, openedAfter: 5 }, ['mostlyNothing']],
  ['people looked for and left', { searches: 10, foundNothing: 0, openedAfter: 5 }, ['notOpened']],
  ['one below the half', { searches: 11, foundNothing: 0, openedAfter: 6 }, []],
  ['much unmasked', { unmasked: 30 }, ['manyUnmasked']],
  ['many cards without a visit', { openedWithoutVisit: 20 }, ['withoutVisit']],
])('%s', (_what, day, signs) => expect(signsOf({ ...ordinary, ...day })).toEqual(signs))
