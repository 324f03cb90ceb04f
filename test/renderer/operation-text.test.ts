import { operationText } from '@renderer/operation-text'
import { expect, test } from 'vitest'

const sources = import.meta.glob<string>('../../src/main/db/migrations/*.sql', { query: '?raw', import: 'default', eager: true })
const recorded = Object.values(sources).flatMap((source) => [...source.matchAll(/(?:operation_done\(p_operation_id|contact_operation_add\(gen_random_uuid\(\)), '(\w+\.\w+)'/g)].flatMap(([, kind]) => kind ?? []))
// Those of contacts are made of a verb and the kind of the contact.
const ofContacts = Object.values(sources).flatMap((source) => [...source.matchAll(/contact_operation\('(\w+)'/g)].flatMap(([, verb]) => [`contacts.${verb}Email`, `contacts.${verb}Phone`]))
const kinds = [...new Set([...recorded, ...ofContacts])].sort()

test('the fence finds the operations the database records', () => {
  expect(kinds).toContain('contacts.changeEmail')
  expect(kinds).toContain('visits.close')
})

test.each([...kinds, 'paymentDocuments.print', 'paymentDocuments.save'])('%s is a sentence of the history', (kind) => {
  expect(operationText(kind, {})).not.toBe('Действие')
})

test('what failed is not told as done', () => {
  expect(operationText('visits.identify', { agrees: false })).toBe('Документ не совпал')
  expect(operationText('contacts.confirmEmail', { confirmed: false })).toBe('Код не совпал')
  expect(operationText('contacts.confirmPhone', { confirmed: false })).toBe('Код не совпал')
})

test('a reprint is told with its number', () => {
  expect(operationText('paymentDocuments.print', { number: 'Э-1', duplicate: 2 })).toBe('Напечатана квитанция Э-1, дубликат № 2')
})
