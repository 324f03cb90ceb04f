import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardChanges, mergedCard, setAt, valueAt } from '@shared/domain/card-changes'

const card = { name: 'ЭнСер', kpp: null as string | null, profile: { password: { length: 12, min: 8 }, steps: ['Откройте', 'Войдите'], messages: {} as Record<string, { sms: string }> } }

test('what differs is told value by value, a list as one value', () => {
  const after = { ...card, kpp: '980301001', profile: { ...card.profile, password: { length: 16, min: 8 }, steps: ['Откройте', 'Подождите', 'Войдите'], messages: { pin: { sms: '{pin}' } } } }
  expect(cardChanges(card, after)).toEqual([
    { path: 'kpp', before: null, after: '980301001' },
    { path: 'profile.password.length', before: 12, after: 16 },
    { path: 'profile.steps', before: card.profile.steps, after: after.profile.steps },
    { path: 'profile.messages.pin', before: undefined, after: { sms: '{pin}' } },
  ])
})

test('the order of keys, which jsonb makes its own, is no change', () => {
  expect(cardChanges({ a: 1, b: { c: [{ x: 1, y: 2 }] } }, { b: { c: [{ y: 2, x: 1 }] }, a: 1 })).toEqual([])
})

test('both administrators’ changes are kept, and where they disagree the one who saves now is told', () => {
  const theirs = { ...card, name: 'АО «ЭнСер»', profile: { ...card.profile, password: { length: 14, min: 8 } } }
  const mine = { ...card, kpp: '980301001', profile: { ...card.profile, password: { length: 16, min: 8 } } }
  const { card: merged, both } = mergedCard(card, mine, theirs)
  expect(merged).toEqual({ ...card, name: 'АО «ЭнСер»', kpp: '980301001', profile: { ...card.profile, password: { length: 16, min: 8 } } })
  expect(both).toEqual(['profile.password.length'])
  expect(theirs.profile.password.length).toBe(14)
})

const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(null), fc.boolean(), fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }))
const record = fc.record({ a: leaf, b: fc.record({ c: leaf, d: leaf }), e: fc.dictionary(fc.constantFrom('x', 'y'), leaf) }, { noNullPrototype: true })

test('changes put on the older state make the newer one, and one’s own changes survive any merge', () => {
  fc.assert(
    fc.property(record, record, record, (base, mine, theirs) => {
      const made = structuredClone(base)
      for (const { path, after } of cardChanges(base, mine)) setAt(made, path, after)
      expect(cardChanges(made, mine)).toEqual([])
      const { card: merged } = mergedCard(base, mine, theirs)
      for (const { path, after } of cardChanges(base, mine)) expect(valueAt(merged, path)).toEqual(after)
      expect(cardChanges(mergedCard(base, base, theirs).card, theirs)).toEqual([])
    }),
  )
})
