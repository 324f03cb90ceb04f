import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

/** A visit of the woman of the training office who has a utility and an internet account, identified by her passport. */
async function visitor(at = desk) {
  const { visit, card } = await openVisit(at, cast.maria)
  const internet = card.accounts.find(({ provider, status }) => provider.kind === 'internet' && status !== 'closed')!
  const utility = card.accounts.find(({ provider, status }) => provider.kind === 'utility' && status !== 'closed')!
  return { visitId: visit.id, subscriberId: visit.subscriberId, internet, utility, today: card.today }
}
const plain = (text: string) => text.replace(/[\s\u00a0\u202f]+/g, ' ')

test('a request is numbered, has its term, and stands on the card and in the timeline', async () => {
  const { visitId, utility, subscriberId, today } = await visitor()
  const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: utility.id, kind: 'recalculation', text: 'Не было горячей воды три дня' })
  expect(made).toMatchObject({ number: expect.stringMatching(/^З-\d{4}-000001$/), status: 'new', dueOn: addDays(today, 10), accountNumber: utility.number, assignee: null, isOverdue: false })
  const next = await desk.api.requests.create({ operationId: operation(), visitId, accountId: utility.id, kind: 'specialist', text: '', details: { from: today } })
  expect(next.number).toMatch(/000002$/)
  const card = await desk.api.desk.card({ subscriberId })
  expect(card.requests.map(({ number }) => number)).toEqual([next.number, made.number])
  expect(card.timeline.find(({ kind }) => kind === 'requests.create')?.details).toMatchObject({ request: next.number, requestKind: 'specialist' })
})

test('pressed twice, there is one request', async () => {
  const { visitId } = await visitor()
  const input = { operationId: operation(), visitId, accountId: null, kind: 'letter' as const, text: 'Прошу прислать справку' }
  const [first, second] = await Promise.all([desk.api.requests.create(input), desk.api.requests.create(input)])
  expect(second.number).toBe(first.number)
  expect(await office.owner('request').count()).toMatchObject([{ count: 1 }])
})

test('the same still open is told with its number, and taken all the same when the visitor insists', async () => {
  const { visitId, utility } = await visitor()
  const ask = (despiteOpen: boolean) => ({ operationId: operation(), visitId, accountId: utility.id, kind: 'complaint' as const, text: 'Шум в трубах', despiteOpen })
  const first = await desk.api.requests.create(ask(false))
  expect(await failureOf(desk, 'requests.create', ask(false))).toMatchObject({ code: 'conflict', reason: 'requestOpen', details: { number: first.number, status: 'new' } })
  const offer = await desk.api.requests.offer({ visitId, accountId: utility.id })
  expect(offer.kinds.find(({ kind }) => kind === 'complaint')?.open?.number).toBe(first.number)
  expect((await desk.api.requests.create(ask(true))).number).not.toBe(first.number)
})

test('an internet provider offers a promised payment, a utility a recalculation, each not the other', async () => {
  const { visitId, utility, internet } = await visitor()
  const kinds = async (accountId: number) => (await desk.api.requests.offer({ visitId, accountId })).kinds.map(({ kind }) => kind)
  expect(await kinds(internet.id)).toContain('promisedPayment')
  expect(await kinds(internet.id)).not.toContain('recalculation')
  expect(await kinds(utility.id)).toContain('recalculation')
  expect(await kinds(utility.id)).not.toContain('promisedPayment')
  expect(await failureOf(desk, 'requests.create', { operationId: operation(), visitId, accountId: utility.id, kind: 'promisedPayment', text: '', details: { until: '2099-01-01', amount: 1 } })).toMatchObject({
    code: 'conflict', reason: 'requestNotOffered',
  })
})

describe('a promised payment', () => {
  test('is promised for five days at most, with a sum', async () => {
    const { visitId, internet, today } = await visitor()
    const promise = (details: object) => ({ operationId: operation(), visitId, accountId: internet.id, kind: 'promisedPayment' as const, text: '', details })
    expect(await failureOf(desk, 'requests.create', promise({ until: addDays(today, 3) }))).toMatchObject({ code: 'invalidInput', reason: 'requestFieldMissing', details: { field: 'amount' } })
    expect(await failureOf(desk, 'requests.create', promise({ until: addDays(today, 6), amount: 50_000 }))).toMatchObject({ reason: 'requestTermTooLong', details: { maxDays: 5 } })
    expect(await failureOf(desk, 'requests.create', promise({ until: addDays(today, -1), amount: 50_000 }))).toMatchObject({ reason: 'requestDatePast', details: { field: 'until' } })
    await expect(desk.api.requests.create(promise({ until: addDays(today, 5), amount: 50_000 }))).resolves.toMatchObject({ details: { until: addDays(today, 5), amount: 50_000 } })
  })

  test('is not promised again within thirty days, also when the first was kept', async () => {
    const { visitId, internet, today } = await visitor()
    const promise = () => ({ operationId: operation(), visitId, accountId: internet.id, kind: 'promisedPayment' as const, text: '', details: { until: addDays(today, 2), amount: 50_000 } })
    const first = await desk.api.requests.create(promise())
    await desk.api.requests.change({ operationId: operation(), requestId: first.id, visitId, version: first.version, status: 'done' })
    expect(await failureOf(desk, 'requests.create', promise())).toMatchObject({ code: 'conflict', reason: 'requestTooSoon', details: { number: first.number, pauseDays: 30 } })
  })

  test('has the provider’s own term when the profile says so', async () => {
    const { visitId, internet, today } = await visitor()
    await office.owner.raw(`update provider set profile = jsonb_set(profile, '{requests}', '{"promisedPayment": {"maxDays": 7}}') where code = ?`, [internet.provider.code])
    const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: internet.id, kind: 'promisedPayment', text: '', details: { until: addDays(today, 7), amount: 50_000 } })
    expect(made.status).toBe('new')
  })
})

describe('a termination', () => {
  const open = async () => {
    const { visitId, internet, today } = await visitor()
    const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: internet.id, kind: 'termination', text: '', details: { from: addDays(today, 3) } })
    return { visitId, made }
  }

  test('is not done before debt, equipment, portal access and the document are settled', async () => {
    const { visitId, made } = await open()
    expect(made.checklist.map(({ item }) => item)).toEqual(['debt', 'equipment', 'portalAccess', 'document'])
    expect(await failureOf(desk, 'requests.change', { operationId: operation(), requestId: made.id, visitId, version: made.version, status: 'done' })).toMatchObject({
      code: 'conflict', reason: 'requestChecklistOpen', details: { items: ['debt', 'equipment', 'portalAccess', 'document'] },
    })
    let { version } = made
    for (const checklistItem of ['debt', 'equipment', 'portalAccess', 'document']) {
      ;({ version } = await desk.api.requests.change({ operationId: operation(), requestId: made.id, visitId, version, checklistItem }))
    }
    const done = await desk.api.requests.change({ operationId: operation(), requestId: made.id, visitId, version, status: 'done' })
    expect(done).toMatchObject({ status: 'done', closedAt: expect.any(String) })
    expect(done.checklist.every(({ doneAt }) => doneAt !== null)).toBe(true)
  })

  test('is printed as an application with its fields filled, without anything to fill in but date and signature', async () => {
    const { visitId, made } = await open()
    const saved = await desk.api.requests.application({ operationId: operation(), visitId, requestId: made.id, output: { how: 'save' } })
    expect(saved).toEqual({ fileName: 'saved.pdf', printer: null, jobId: null })
    const text = plain(textOf(readFileSync(desk.saveTo.path!)))
    expect(text).toContain('Заявление о расторжении договора')
    expect(text).toContain(cast.maria.name)
    expect(text).toContain(`№ ${made.number}`)
    expect(text).not.toContain('7404')
  })
})

test('two desks change one request: the second is told who was first, and nothing of the first is lost', async () => {
  const { visitId } = await visitor()
  const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: null, kind: 'letter', text: 'Справка' })
  const senior = await office.desk('senior')
  const taken = await senior.api.requests.change({ operationId: operation(), requestId: made.id, visitId: null, version: made.version, status: 'inProgress', comment: 'Готовим' })
  expect(taken.status).toBe('inProgress')
  const late = await failureOf(desk, 'requests.change', { operationId: operation(), requestId: made.id, visitId, version: made.version, status: 'withdrawn', comment: 'Передумала' })
  expect(late).toMatchObject({ code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: expect.any(String), kind: 'requests.change', current: { status: 'inProgress', version: taken.version } } })
  const story = await senior.api.requests.open({ requestId: made.id, visitId: null })
  expect(story.history.map(({ kind, status, text }) => [kind, status, text])).toEqual([['created', 'new', null], ['status', 'inProgress', 'Готовим']])
})

test('a refusal and a withdrawal say why', async () => {
  const { visitId } = await visitor()
  const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: null, kind: 'letter', text: 'Справка' })
  for (const status of ['refused', 'withdrawn'] as const) {
    expect(await failureOf(desk, 'requests.change', { operationId: operation(), requestId: made.id, visitId, version: made.version, status, comment: ' ' })).toMatchObject({ reason: 'requestReasonMissing' })
  }
})

test('an own request of this visit is taken back, but not one that somebody works on already', async () => {
  const { visitId } = await visitor()
  const create = () => ({ operationId: operation(), visitId, accountId: null, kind: 'letter' as const, text: 'Справка', despiteOpen: true })
  const first = create()
  await desk.api.requests.create(first)
  await desk.api.visits.undo({ operationId: operation(), target: first.operationId })
  const second = create()
  const made = await desk.api.requests.create(second)
  await desk.api.requests.change({ operationId: operation(), requestId: made.id, visitId, version: made.version, status: 'inProgress' })
  expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: second.operationId })).toMatchObject({ code: 'conflict', reason: 'changedSince' })
  expect((await office.owner('request').select('status').orderBy('id')).map(({ status }) => status)).toEqual(['withdrawn', 'inProgress'])
})

describe('the queue', () => {
  test('shows an operator what nobody has taken and what is theirs, a supervisor everything, the soonest due first', async () => {
    const { visitId, utility, today } = await visitor()
    const create = (kind: 'letter' | 'specialist' | 'complaint') =>
      desk.api.requests.create({ operationId: operation(), visitId, accountId: kind === 'specialist' ? utility.id : null, kind, text: 'x', details: kind === 'specialist' ? { from: today } : {} })
    const letter = await create('letter')
    const specialist = await create('specialist')
    const complaint = await create('complaint')
    const second = await office.desk('second')
    const senior = await office.desk('senior')
    const me = (await desk.api.session.status({})).staff!.login
    await desk.api.requests.change({ operationId: operation(), requestId: complaint.id, visitId, version: complaint.version, assignee: me })
    const numbers = async (at: TestDesk) => (await at.api.requests.queue({})).requests.map(({ number }) => number)
    expect(await numbers(second)).toEqual([specialist.number, letter.number])
    expect(await numbers(desk)).toEqual([specialist.number, letter.number, complaint.number])
    expect(await numbers(senior)).toEqual([specialist.number, letter.number, complaint.number])
    await office.owner('request').where({ id: letter.id }).update({ due_on: addDays(today, -1) })
    expect(await senior.api.requests.queue({ onlyOverdue: true })).toMatchObject({ requests: [{ number: letter.number, isOverdue: true }], total: 1, overdue: 1 })
  })

  test('an operator can neither open nor change a request that is another’s, outside a visit of its subscriber', async () => {
    const { visitId } = await visitor()
    const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: null, kind: 'letter', text: 'Справка' })
    const second = await office.desk('second')
    const me = (await desk.api.session.status({})).staff!.login
    const taken = await desk.api.requests.change({ operationId: operation(), requestId: made.id, visitId, version: made.version, assignee: me })
    expect(await failureOf(second, 'requests.open', { requestId: made.id, visitId: null })).toMatchObject({ code: 'forbidden', reason: 'requestOfAnother' })
    expect(await failureOf(second, 'requests.open', { requestId: made.id, visitId })).toMatchObject({ code: 'forbidden', reason: 'requestOfAnother' })
    expect(await failureOf(second, 'requests.change', { operationId: operation(), requestId: made.id, visitId: null, version: taken.version, status: 'done' })).toMatchObject({ reason: 'requestOfAnother' })
    expect(await failureOf(second, 'requests.change', { operationId: operation(), requestId: made.id, visitId, version: made.version, status: 'done' })).toMatchObject({ reason: 'notYourVisit' })
  })

  test('what nobody has taken is opened from the queue and taken, and only then worked on', async () => {
    const { visitId } = await visitor()
    const made = await desk.api.requests.create({ operationId: operation(), visitId, accountId: null, kind: 'letter', text: 'Справка' })
    const second = await office.desk('second')
    const me = (await second.api.session.status({})).staff!.login
    const change = (step: object) => ({ operationId: operation(), requestId: made.id, visitId: null, version: made.version, ...step })
    expect(await second.api.requests.open({ requestId: made.id, visitId: null })).toMatchObject({ number: made.number, assignee: null })
    expect(await failureOf(second, 'requests.change', change({ status: 'done' }))).toMatchObject({ reason: 'requestOfAnother' })
    expect(await failureOf(second, 'requests.change', change({ assignee: me, status: 'done' }))).toMatchObject({ reason: 'requestOfAnother' })
    const taken = await second.api.requests.change(change({ assignee: me }))
    expect(taken.assignee).toMatchObject({ login: me })
    expect(await second.api.requests.change({ ...change({ status: 'inProgress' }), version: taken.version })).toMatchObject({ status: 'inProgress' })
    // Taken, it is that member's.
    expect(await failureOf(desk, 'requests.open', { requestId: made.id, visitId: null })).toMatchObject({ reason: 'requestOfAnother' })
  })

  test('psql under an operator’s login reads no request', async () => {
    const psql = await office.psql('first')
    await expect(psql.query('select * from request')).rejects.toThrow(/permission denied/)
    await expect(psql.query('select request_number()')).rejects.toThrow(/permission denied/)
  })
})
