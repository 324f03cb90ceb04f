import { operationIds } from '@renderer/operation-id'
import { expect, test } from 'vitest'

test('the same thing asked again carries the same id, so that it happens once', () => {
  const ids = operationIds()
  expect(ids.of({ visitId: 1, email: 'a@mail.ru' })).toBe(ids.of({ visitId: 1, email: 'a@mail.ru' }))
})

test('what was typed differently is another operation', () => {
  const ids = operationIds()
  expect(ids.of({ visitId: 1, email: 'a@mail.ru' })).not.toBe(ids.of({ visitId: 1, email: 'b@mail.ru' }))
})

test('once it is done, the same thing is a new operation', () => {
  const ids = operationIds()
  const first = ids.of({ visitId: 1 })
  ids.done()
  expect(ids.of({ visitId: 1 })).not.toBe(first)
})
