import { operationText } from '@renderer/operation-text'
import { expect, test } from 'vitest'

const sources = import.meta.glob<string>('../../src/main/db/migrations/*.sql', { query: '?raw', import: 'default', eager: true })
const kinds = [...new Set(Object.values(sources).flatMap((source) => [...source.matchAll(/operation_done\(p_operation_id, '(\w+\.\w+)'/g)].flatMap(([, kind]) => kind ?? [])))].sort()

test('the fence finds the operations the database records', () => {
  expect(kinds).toContain('contacts.changeEmail')
})

test.each([...kinds, 'paymentDocuments.print', 'paymentDocuments.save'])('%s is a sentence of the history', (kind) => {
  expect(operationText(kind, {})).not.toBe('Действие')
})

test('what failed is not told as done', () => {
  expect(operationText('visits.identify', { agrees: false })).toBe('Документ не совпал')
  expect(operationText('contacts.confirmEmail', { confirmed: false })).toBe('Код не совпал')
})

test('a reprint is told with its number', () => {
  expect(operationText('paymentDocuments.print', { number: 'Э-1', duplicate: 2 })).toBe('Напечатана квитанция Э-1, дубликат № 2')
})
