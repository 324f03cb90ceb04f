import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SheetDraft } from '@shared/contract/sheet-templates'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
let admin: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  admin = await office.desk('admin')
})
afterEach(() => office.close())

const plain = (pdf: Uint8Array) => textOf(Buffer.from(pdf)).replace(/[\s\u00a0\u202f]+/g, ' ')
const draft: SheetDraft = { kind: 'certificate', provider: null, requestKind: null, title: 'Справка для соцзащиты', text: '# Справка\nВыдана: {subscriber}, счёт {account}.\nДолг {debt}.\nКуда: {?Куда}\n{receipt}', isActive: true }
const made = (change: Partial<SheetDraft> = {}) => admin.api.sheetTemplates.save({ ...draft, ...change, id: null, version: null })

async function visitor(identification: 'document' | 'none' = 'document') {
  const opened = await openVisit(desk, cast.maria, identification)
  return { visitId: opened.visit.id, subscriberId: opened.visit.subscriberId, accountId: opened.account('enser').id, account: opened.account('enser') }
}
const giveOf = ({ visitId, accountId }: { visitId: number; accountId: number | null }, template: { id: number; kind: SheetDraft['kind'] }, how: 'save' | 'preview' = 'save') =>
  ({ operationId: operation(), visitId, accountId, templateId: template.id, kind: template.kind, answers: ['В отдел субсидий'], output: { how } })

test('every form Okno brings along is in order, and comes out filled with nothing left in braces', async () => {
  const { ready } = await admin.api.sheetTemplates.list({})
  expect(ready.length).toBeGreaterThan(3)
  for (const form of ready) {
    const { id } = await admin.api.sheetTemplates.save({ ...form, id: null, version: null })
    expect(id).toBeGreaterThan(0)
    const text = plain((await admin.api.sheetTemplates.preview({ title: form.title, kind: form.kind, text: form.text })).pdf)
    expect(text).not.toMatch(/[{}]/)
    expect(text).toContain('Иванов Пётр Сергеевич')
  }
})

test('a form is written by an administrator, filled for the visitor in front, and the answer of the operator stands on it', async () => {
  const template = await made()
  const which = await visitor()
  const [offered] = await desk.api.sheetTemplates.offer(which)
  expect(offered).toEqual({ id: template.id, kind: 'certificate', title: 'Справка для соцзащиты', questions: ['Куда'], needsAccount: true })
  const shown = await desk.api.sheetTemplates.give(giveOf(which, template, 'preview'))
  const text = plain(shown.pdf!)
  expect(text).toContain(`счёт ${which.account.number}`)
  expect(text).toContain('Куда: В отдел субсидий')
  expect(text).toMatch(/Долг [\d ]+,\d\d ₽\./)
  const { fileName } = await desk.api.sheetTemplates.give(giveOf(which, template))
  expect(fileName).toBe('saved.pdf')
  expect(plain(readFileSync(desk.saveTo.path!))).toContain('Куда: В отдел субсидий')
  const { timeline } = await desk.api.desk.card({ subscriberId: which.subscriberId })
  expect(timeline[0]).toMatchObject({ kind: 'sheetTemplates.certificate', details: { title: 'Справка для соцзащиты' } })
  expect(JSON.stringify(timeline[0])).not.toContain('субсидий')
})

test('who has shown no document gets neither a certificate nor an application with the record in it', async () => {
  const certificate = await made()
  const application = await made({ kind: 'application', title: 'Заявление', text: 'Прошу. {subscriber} {account}' })
  const which = await visitor('none')
  for (const template of [certificate, application]) expect(await failureOf(desk, 'sheetTemplates.give', giveOf(which, template))).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
})

test('what is owed stands on no application or act of a visitor who may get no statement', async () => {
  const plain = await made({ kind: 'application', title: 'Заявление', text: 'Прошу. {subscriber} {account}' })
  const telling = await made({ kind: 'act', title: 'Акт сверки', text: '{account}\n{balances}' })
  const application = await made({ kind: 'application', requestKind: 'recalculation', title: 'Заявление о долге', text: 'Долг {debt}. {requestText}' })
  const which = await visitor()
  const request = await desk.api.requests.create({ operationId: operation(), visitId: which.visitId, accountId: which.accountId, kind: 'recalculation', text: 'Не было тепла' })
  const ask = () => desk.dispatch('requests.application', { operationId: operation(), visitId: which.visitId, requestId: request.id, output: { how: 'preview' } })
  for (const template of [plain, telling, application]) await desk.api.sheetTemplates.give(giveOf(which, template, 'preview'))
  expect((await ask()).ok).toBe(true)
  // Statements only to a notarial power, applications to everybody known.
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw(`update provider set profile = jsonb_set(profile, '{identification}', coalesce(profile -> 'identification', '{}') || '{"sufficient": {"statement": ["notarialPower"]}}') where code = 'enser'`)
  await desk.api.sheetTemplates.give(giveOf(which, plain, 'preview'))
  for (const template of [telling, application]) expect(await failureOf(desk, 'sheetTemplates.give', giveOf(which, template, 'preview'))).toMatchObject({ code: 'forbidden', details: { action: 'statement' } })
  expect(await ask()).toMatchObject({ ok: false, failure: { code: 'forbidden', details: { action: 'statement' } } })
})

describe('a form is refused', () => {
  test('that names what no record has, or is empty', async () => {
    for (const text of ['{passport}', '', 'Прошу {subscriber'])
      expect(await failureOf(admin, 'sheetTemplates.save', { ...draft, text, id: null, version: null })).toMatchObject({ code: 'invalidInput' })
  })

  test('without an account when it speaks of one', async () => {
    const template = await made()
    const which = await visitor()
    expect(await failureOf(desk, 'sheetTemplates.give', giveOf({ ...which, accountId: null }, template))).toMatchObject({ code: 'invalidInput', reason: 'accountNeeded' })
  })

  test('of another provider, or one that is out of use', async () => {
    const other = await made({ provider: 'smorodina' })
    const old = await made({ isActive: false })
    const which = await visitor()
    expect(await desk.api.sheetTemplates.offer(which)).toEqual([])
    for (const template of [other, old]) expect(await failureOf(desk, 'sheetTemplates.give', giveOf(which, template))).toMatchObject({ code: 'notFound', reason: 'sheetTemplate' })
  })

  test('to anybody but an administrator who would change it', async () => {
    for (const who of ['first', 'senior'] as const) expect(await failureOf(await office.desk(who), 'sheetTemplates.save', { ...draft, id: null, version: null })).toMatchObject({ code: 'forbidden' })
  })
})

test('a form that is only looked at leaves a trace of who has read whose record, and nothing else', async () => {
  const template = await made()
  const which = await visitor()
  const preview = giveOf(which, template, 'preview')
  await desk.api.sheetTemplates.give(preview)
  const { rows } = await office.owner.raw(`select staff_login, visit_id::int, subscriber_id::int, details from audit_event where action = 'printing.preview'`)
  expect(rows).toEqual([{ staff_login: staff.first.login, visit_id: which.visitId, subscriber_id: which.subscriberId, details: { kind: 'sheetTemplates.certificate', accountId: which.accountId } }])
  expect(await office.owner('operation').where({ id: preview.operationId })).toEqual([])
  // Where the trace can't be left, nothing is shown.
  await office.owner.raw('revoke execute on function sheet_looked(text, bigint, bigint) from okno_operator')
  expect(await failureOf(desk, 'sheetTemplates.give', giveOf(which, template, 'preview'))).toMatchObject({ code: 'forbidden' })
})

test('whoever saves second is told, and every version can be read again', async () => {
  const first = await made()
  const second = await admin.api.sheetTemplates.save({ ...draft, title: 'Справка иначе', id: first.id, version: first.version })
  expect(await failureOf(admin, 'sheetTemplates.save', { ...draft, id: first.id, version: first.version })).toMatchObject({ code: 'conflict', reason: 'changedByAnotherDesk' })
  expect((await admin.api.sheetTemplates.history({ id: first.id })).map(({ title, version }) => [version, title])).toEqual([[second.version, 'Справка иначе'], [first.version, 'Справка для соцзащиты']])
})

test('the office’s own form replaces the usual application of a kind of request; a provider’s own comes before that of all', async () => {
  const which = await visitor()
  const request = await desk.api.requests.create({ operationId: operation(), visitId: which.visitId, accountId: which.accountId, kind: 'recalculation', text: 'Не было тепла три дня' })
  const print = async () => plain((await desk.api.requests.application({ operationId: operation(), visitId: which.visitId, requestId: request.id, output: { how: 'preview' } })).pdf!)
  expect(await print()).toContain('Прошу произвести перерасчёт')
  const application = { kind: 'application', requestKind: 'recalculation', text: '# Наше заявление\n№ {request}: {requestText}\n{receipt}' } as const
  await made({ ...application, title: 'Заявление для всех' })
  expect(await print()).toContain(`Наше заявление № ${request.number}: Не было тепла три дня`)
  expect(await failureOf(admin, 'sheetTemplates.save', { ...draft, ...application, id: null, version: null })).toMatchObject({ code: 'conflict', reason: 'requestKindTaken' })
  await made({ ...application, provider: 'enser', title: 'Заявление ЭнСер', text: '# Заявление в ЭнСер\n{requestText}' })
  expect(await print()).toContain('Заявление в ЭнСер')
})
