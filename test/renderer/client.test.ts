import { createClient } from '@renderer/client'
import { beforeEach, expect, test } from 'vitest'
import { reactive } from 'vue'
import { FakeFailure, fakeBridge, type FakeBridge } from '../support/fake-bridge'

let bridge: FakeBridge
beforeEach(() => {
  bridge = fakeBridge()
})

test('what a form holds crosses the process boundary without Vue’s proxies', async () => {
  const form = reactive({ documentType: 'passport_rf' as const, number: '7423 000317', operationId: crypto.randomUUID(), visitId: 900 })
  await createClient(bridge).visits.identify(form)
  const [input] = bridge.inputsOf('visits.identify')
  expect(() => structuredClone(input)).not.toThrow()
  expect(input).toMatchObject({ number: '7423 000317' })
})

test('input that main would refuse does not leave the page, and what was typed is not in the failure', async () => {
  const sent = createClient(bridge).contacts.check({ visitId: 900, kind: 'email', value: 'liza собака mail' })
  await expect(sent).rejects.toMatchObject({ name: 'CallFailure', code: 'invalidInput', details: { fields: ['value'] } })
  await expect(sent.catch((cause: Error) => JSON.stringify(cause) + cause.message)).resolves.not.toContain('собака')
  expect(bridge.calls).toEqual([])
})

test('a refusal of main arrives as an exception with its code, reason and details', async () => {
  bridge.handle('session.signIn', () => {
    throw new FakeFailure('forbidden', 'signInDelayed', { waitSeconds: 8 })
  })
  await expect(createClient(bridge).session.signIn({ login: 'operator', password: 'x' })).rejects.toMatchObject({ code: 'forbidden', reason: 'signInDelayed', details: { waitSeconds: 8 } })
})
