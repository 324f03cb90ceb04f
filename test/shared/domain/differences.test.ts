import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differencesOf, isSame } from '@shared/domain/differences'

test('a value is told with what it was and what it is', () => {
  expect(differencesOf({ a: { b: 1, c: 'x' } }, { a: { b: 2, c: 'x' } })).toEqual([{ kind: 'changed', path: 'a.b', row: null, before: 1, after: 2 }])
})

test('a service is known by its code, wherever it stands', () => {
  const [heat, water] = [{ code: 'heat', name: 'Отопление', unit: 'Гкал' }, { code: 'cold_water', name: 'Вода', unit: 'м³' }]
  expect(differencesOf({ services: [heat, water] }, { services: [water, { ...heat, name: 'Тепло' }] })).toEqual([
    { kind: 'changed', path: 'services.name', row: { ...heat, name: 'Тепло' }, before: 'Отопление', after: 'Тепло' },
    { kind: 'moved', path: 'services', row: null },
  ])
  expect(differencesOf({ services: [heat] }, { services: [heat, water] })).toEqual([{ kind: 'added', path: 'services', row: water, after: water }])
  expect(differencesOf({ services: [heat, water] }, { services: [heat] })).toEqual([{ kind: 'removed', path: 'services', row: water, before: water }])
})

test('a step put between two others is one difference', () => {
  expect(differencesOf({ steps: ['один', 'три'] }, { steps: ['один', 'два', 'три'] })).toEqual([{ kind: 'added', path: 'steps', row: null, after: 'два' }])
  expect(differencesOf({ steps: ['один', 'два'] }, { steps: ['два', 'один'] })).toEqual([{ kind: 'moved', path: 'steps', row: null }])
})

test('of a text of several lines the lines that differ are told', () => {
  expect(differencesOf({ text: 'а\nб\nв' }, { text: 'а\nг\nв' })).toEqual([
    { kind: 'removed', path: 'text', row: null, before: 'б' },
    { kind: 'added', path: 'text', row: null, after: 'г' },
  ])
})

test('rules that differ only in what they are for are two rules', () => {
  const rules = [{ rule: 'aboveUsual', service: null, desk: 'warn' }, { rule: 'aboveUsual', service: 'heat', desk: 'warn' }]
  expect(differencesOf({ rules }, { rules: [rules[0], { ...rules[1], desk: 'block' }] })).toMatchObject([{ path: 'rules.desk', row: { service: 'heat' }, before: 'warn', after: 'block' }])
})

test('what nobody sees differ does not: null, nothing, an empty object', () => {
  expect(differencesOf({ a: null, b: {} }, { c: undefined })).toEqual([])
})

const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.string({ maxLength: 4 }), fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', 'services', 'code', 'text'), tie('value'), { maxKeys: 3 })),
})).value

test('there are no differences exactly when both are the same', () => {
  fc.assert(
    fc.property(fc.record({ x: json }), fc.record({ x: json }), (left, right) => {
      expect(differencesOf(left, left)).toEqual([])
      expect(differencesOf(left, right).length === 0).toBe(isSame(left, right))
    }),
  )
})
