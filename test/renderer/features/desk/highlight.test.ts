import { highlight } from '@renderer/features/desk/highlight'
import { expect, test } from 'vitest'

const marked = (text: string, query: string) => highlight(text, query).map(({ text: piece, isMatch }) => (isMatch ? `[${piece}]` : piece)).join('')

test.each([
  ['Воронцова Анна Ильинична', 'анна воронц', '[Воронц]ова [Анна] Ильинична'],
  ['Алёхина Пётра', 'алехина', '[Алёхина] Пётра'],
  ['Иванов Пётр', 'bdfyjd', '[Иванов] Пётр'],
  ['Маркова Мария', 'рк', 'Маркова Мария'],
  ['счёт 200 981-7', '2009817', 'счёт [200 981-7]'],
  ['договор Э-15023', 'э 15023', 'договор Э-[15023]'],
  ['Ким О.', 'ким', '[Ким] О.'],
])('in «%s» the query «%s» is seen as %s', (text, query, expected) => {
  expect(marked(text, query)).toBe(expected)
})

test('nothing is lost between the pieces', () => {
  expect(highlight('ООО «Ёж»', 'еж').map(({ text }) => text).join('')).toBe('ООО «Ёж»')
})
