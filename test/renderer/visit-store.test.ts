import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../support/fake-bridge'
import { card, identified, openVisit, supervisor, trainingPeople } from '../support/fake-office'
import { startBridge } from '../support/fake-page'

test('an operator’s opening of a card starts a visit first', async () => {
  const bridge = startBridge()
  await useSessionStore().load()
  await useVisitStore().open(1)
  expect(bridge.calls.map(({ name }) => name).slice(1)).toEqual(['visits.open', 'desk.card'])
  expect(useVisitStore().visit?.id).toBe(openVisit.id)
})

test('a supervisor looks at a card without a visit', async () => {
  const bridge = startBridge({ 'session.status': () => ({ version: '0', database: { state: 'ready' }, staff: supervisor, locked: false, training: trainingPeople }) })
  await useSessionStore().load()
  await useVisitStore().open(1)
  expect(bridge.inputsOf('visits.open')).toEqual([])
  expect(useVisitStore().card?.subscriber.id).toBe(1)
  expect(useVisitStore().isIdentified).toBe(false)
})

test('a slow answer about the previous subscriber never replaces the current card', async () => {
  const bridge = startBridge()
  await useSessionStore().load()
  let answerFirst: (value: unknown) => void = () => {}
  const cardOf = (id: number) => ({ ...card, subscriber: { ...card.subscriber, id, name: `Абонент ${id}` } })
  bridge.handle('visits.open', ({ subscriberId }: { subscriberId: number }) => ({ ...openVisit, subscriberId }))
  bridge.handle('desk.card', ({ subscriberId }: { subscriberId: number }) => (subscriberId === 1 ? new Promise((resolve) => (answerFirst = () => resolve(cardOf(1)))) : cardOf(2)))
  const visits = useVisitStore()
  const first = visits.open(1)
  await flushPromises()
  await visits.open(2)
  answerFirst(undefined)
  await first
  expect(visits.card?.subscriber.name).toBe('Абонент 2')
  expect(visits.visit?.subscriberId).toBe(2)
})

test('nothing of the last visitor stays after leaving', async () => {
  startBridge()
  await useSessionStore().load()
  const visits = useVisitStore()
  await visits.open(1)
  visits.leave()
  expect(visits.card).toBeNull()
  expect(visits.visit).toBeNull()
  expect(visits.subject).toEqual({ name: '', address: null })
})

test('while the card is read again, what is shown stays; a failure keeps it too', async () => {
  const bridge = startBridge()
  await useSessionStore().load()
  const visits = useVisitStore()
  await visits.open(1)
  bridge.handle('desk.card', () => {
    throw new FakeFailure('databaseUnavailable')
  })
  await visits.refresh()
  expect(visits.card?.subscriber.id).toBe(1)
  expect(visits.failure?.code).toBe('databaseUnavailable')
})

test('“readings only” does not identify anybody, a document and a representative do', async () => {
  startBridge()
  await useSessionStore().load()
  const visits = useVisitStore()
  await visits.open(1)
  visits.show({ ...identified, identification: 'readingsOnly' })
  expect(visits.isIdentified).toBe(false)
  visits.show({ ...identified, identification: 'representative' })
  expect(visits.isIdentified).toBe(true)
})
