import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestKind } from '@shared/domain/request-kinds'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { openVisit, type OpenVisit } from '../../../support/visit'
import { changeEmail } from '../portal-access/change-email'
import { byHand, movedTo, officeDay, reportsOf } from './asked'

// Requests, approvals, documents, messages and registers of an office at work, recounted from their tables and the journal.

let office: TestOffice
let first: TestDesk
let second: TestDesk
let seniorDesk: TestDesk
let senior: ReturnType<typeof reportsOf>
let near: { from: string; to: string }
let maria: OpenVisit
const owner = (sql: string, values: unknown[] = []) => office.owner.raw(sql, values as string[])

beforeAll(async () => {
  office = await openTestOffice()
  first = await office.desk('first')
  second = await office.desk('second')
  seniorDesk = await office.desk('senior')
  senior = reportsOf(seniorDesk)
  near = { from: await officeDay(office, -1), to: await officeDay(office, 1) }
  maria = await openVisit(first, cast.maria)
})
afterAll(() => office.close())

describe('requests', () => {
  const made: Record<string, { id: number; version: number }> = {}
  const create = (desk: TestDesk, opened: OpenVisit, kind: RequestKind, provider: string | null, details = {}) =>
    desk.api.requests.create({ operationId: operation(), visitId: opened.visit.id, accountId: provider === null ? null : opened.account(provider).id, kind, text: 'Как договорились', details, despiteOpen: false })

  beforeAll(async () => {
    const zoya = await openVisit(second, cast.zoya)
    made['letter'] = await create(first, maria, 'letter', null)
    made['done'] = await create(first, maria, 'specialist', 'enser', { from: near.to })
    made['undone'] = await create(first, maria, 'complaint', null)
    made['late'] = await create(second, zoya, 'specialist', 'smorodina', { from: near.to })
    made['refused'] = await create(second, zoya, 'letter', null)
    const [undo] = await byHand<{ id: string }>(office, `select id from operation where kind = 'requests.create' and result ->> 'id' = ?`, [String(made['undone'].id)])
    await first.api.visits.undo({ operationId: operation(), target: undo!.id })
    await seniorDesk.api.requests.change({ operationId: operation(), requestId: made['done'].id, visitId: null, version: made['done'].version, status: 'done' })
    await seniorDesk.api.requests.change({ operationId: operation(), requestId: made['refused'].id, visitId: null, version: made['refused'].version, status: 'refused', comment: 'Нет такого закона' })
    // One is past its day and open, one was refused a day after its day, four hours after it was taken.
    await owner(`update request set due_on = current_date - 3 where id = ?`, [made['late'].id])
    await owner(`update request set due_on = (closed_at at time zone 'Europe/Moscow')::date - 1, created_at = closed_at - interval '4 hours' where id = ?`, [made['refused'].id])
    await owner(`update request set created_at = closed_at - interval '2 hours' where id = ?`, [made['done'].id])
  })

  test('are counted by kind with what became of them', async () => {
    const { rows, totals } = await senior.run('requests', near)
    expect(Object.fromEntries(rows.map(({ requestKind, ...row }) => [requestKind, row]))).toEqual({
      specialist: { created: 2, done: 1, refused: 0, withdrawn: 0, open: 1, overdue: 1, onTimeShare: 1, medianTime: 7200 },
      letter: { created: 2, done: 0, refused: 1, withdrawn: 0, open: 1, overdue: 1, onTimeShare: 0, medianTime: 14_400 },
      complaint: { created: 1, done: 0, refused: 0, withdrawn: 1, open: 0, overdue: 0, onTimeShare: 1, medianTime: null },
    })
    expect(totals).toEqual({ created: 5, done: 1, refused: 1, withdrawn: 1, open: 2, overdue: 2, onTimeShare: 0.6667, medianTime: 10_800 })
    const hand = await byHand<{ status: string; n: number }>(office, 'select status, count(*)::int as n from request group by 1')
    expect(hand.reduce((sum, { n }) => sum + n, 0)).toBe(totals['created'])
  })

  test('of one provider or person are theirs, and lead to a list without names', async () => {
    expect(await senior.totals('requests', { ...near, provider: 'smorodina' })).toMatchObject({ created: 1, open: 1, overdue: 1 })
    const [me] = await byHand<{ id: number }>(office, 'select id from staff where login = ?', [staff.second.login])
    expect(await senior.totals('requests', { ...near, staffId: me!.id })).toMatchObject({ created: 2 })
    const { rows, totals } = await senior.run('requestList', { ...near, requestKind: 'specialist' })
    expect(rows.map(({ staffName, requestStatus, provider, overdue }) => [staffName, requestStatus, provider, overdue])).toEqual([
      [staff.second.fullName, 'new', 'Смородина', 1],
      [staff.first.fullName, 'done', 'ЭнСер', 0],
    ])
    expect(totals).toEqual({ overdue: 1 })
    expect(JSON.stringify(rows)).not.toMatch(/Соколова|Черных|Как договорились/)
  })

  test('taken at the last moment of a month are that month’s', async () => {
    await owner(`update request set created_at = timestamp '2026-02-28 23:59:59.9' at time zone 'Europe/Moscow' where id = ?`, [made['letter']!.id])
    expect(await senior.totals('requests', { from: '2026-02-01', to: '2026-02-28' })).toMatchObject({ created: 1 })
    expect(await senior.totals('requests', { from: '2026-03-01', to: '2026-03-31' })).toMatchObject({ created: 0 })
  })
})

describe('approvals', () => {
  beforeAll(async () => {
    const target = { visitId: maria.visit.id, accountId: maria.account('enser').id, kind: 'portalAccess.reissuePassword' as const }
    await changeEmail(office, first, maria.visit, 'maria.new@example.org')
    const ask = async () => (await first.api.approvals.ask({ operationId: operation(), ...target, deliver: 'paper' })).id
    const decide = (approvalId: number, granted: boolean) => seniorDesk.api.approvals.decide({ operationId: operation(), approvalId, granted, comment: granted ? null : 'Нет' })
    await decide(await ask(), false)
    await ask()
    await decide(await ask(), true)
    await first.api.portalAccess.reissuePassword({ operationId: operation(), visitId: target.visitId, accountId: target.accountId, output: { how: 'save' } })
    const late = await ask()
    await owner(`select set_config('okno.operation', 'test', false)`)
    await owner(`update approval set asked_at = asked_at - interval '20 minutes', expires_at = now() - interval '5 minutes' where id = ?`, [late])
    await owner(`update approval set decided_at = asked_at + case state when 'granted' then interval '90 seconds' else interval '30 seconds' end where decided_at is not null`)
  })

  test('are counted by who asked, how they ended and how long that took', async () => {
    const { rows, totals } = await senior.run('approvals', near)
    expect(rows).toMatchObject([{ staffName: staff.first.fullName, questions: 4, granted: 1, refused: 1, unanswered: 1, withdrawn: 1, used: 1, refusedShare: 0.5, medianDecision: 60 }])
    expect(totals).toEqual({ questions: 4, granted: 1, refused: 1, unanswered: 1, withdrawn: 1, used: 1, refusedShare: 0.5, medianDecision: 60 })
    const [journal] = await byHand<{ asked: number }>(office, `select count(*)::int as asked from audit_event where action = 'approvals.ask'`)
    expect(totals['questions']).toBe(journal!.asked)
    expect((await senior.details('approvals', { ...near, staffId: Number(rows[0]!['staffId']) })).map(({ kind }) => kind).sort()).toEqual(['approvals.ask', 'approvals.ask', 'approvals.ask', 'approvals.ask', 'approvals.grant', 'approvals.refuse'])
    expect(await senior.totals('passwordIssues', near)).toMatchObject({ passwords: 1, approved: 1, afterContactChange: 1 })
  })
})

test('documents given out again are duplicates, by who gave them', async () => {
  const give = (desk: TestDesk, opened: OpenVisit, provider: string, period: string, operationId = operation()) =>
    desk.api.paymentDocuments.give({ operationId, visitId: opened.visit.id, accountId: opened.account(provider).id, period, output: { how: 'save' } })
  const [{ period } = { period: '' }] = await byHand<{ period: string }>(office, `select to_char(max(period), 'YYYY-MM') as period from charge`)
  const mine = operation()
  await give(first, maria, 'enser', period, mine)
  await give(first, maria, 'enser', period, mine)
  await give(first, maria, 'enser', period)
  const nina = await openVisit(second, cast.nina)
  await give(second, nina, 'eis24', period)
  const { rows, totals } = await senior.run('duplicates', near)
  expect(rows).toMatchObject([
    { staffName: staff.first.fullName, provider: 'ЭнСер', issues: 2, originals: 1, duplicates: 1, duplicatesShare: 0.5, toFile: 2 },
    { staffName: staff.second.fullName, provider: 'EIS24', issues: 1, originals: 1, duplicates: 0, duplicatesShare: 0 },
  ])
  expect(totals).toEqual({ issues: 3, originals: 2, duplicates: 1, toFile: 3, duplicatesShare: 0.3333 })
  const [hand] = await byHand<{ n: number }>(office, `select sum(issues)::int as n from payment_document`)
  expect(totals['issues']).toBe(hand!.n)
  expect(await senior.details('duplicates', near)).toMatchObject([{ kind: 'paymentDocuments.save', staffName: staff.first.fullName, accountNumber: 'А-012345' }])
  // An original of the evening and a duplicate of the next morning.
  await movedTo(office, mine, '2026-05-31 23:59:59')
  expect(await senior.totals('duplicates', { from: '2026-05-01', to: '2026-05-31' })).toMatchObject({ issues: 1, originals: 1, duplicates: 0 })
})

test('a batch of memos tells what has come of its rows', async () => {
  const psql = await office.psql('senior')
  const ask = async (sql: string, values: unknown[]) => (await psql.query(sql, values)).rows[0]?.answer
  const [batch, run] = [randomUUID(), randomUUID()]
  const rows = ['0045612', '300012314', 'нет такого'].map((typed, i) => ({ line: i + 1, typed, key: typed, contractKey: '' }))
  await ask('select memo_batch_create($1, $2, $3, false, $4) as answer', [batch, 'is-telecom', 'Монтажникам на Мира', JSON.stringify(rows)])
  await ask('select memo_batch_run($1, $2, $3) as answer', [batch, run, 'desk'])
  const { rows: [row] } = await senior.run('batches', near)
  expect(row).toMatchObject({ batchKind: 'memoBatches', name: 'Монтажникам на Мира', provider: 'ИС-Телеком', staffName: staff.senior.fullName, batchState: 'running', rows: 3, printed: 0, failed: 0, notTaken: 2, left: 1 })
  const hand = await byHand<{ state: string; n: number }>(office, 'select state, count(*)::int as n from memo_batch_item group by 1 order by 1')
  expect(hand).toEqual([{ state: 'refused', n: 2 }, { state: 'waiting', n: 1 }])
  expect(await senior.totals('batches', { ...near, provider: 'enser' })).toMatchObject({ rows: 0 })
})

test('a batch of bills tells how many are out, failed and left', async () => {
  const batch = randomUUID()
  await owner(
    `insert into print_batch (id, kind, provider_id, name, created_by, state, office_id) select ?, 'documentBatches', p.id, 'Квитанции', s.id, 'paused', s.office_id from provider p, staff s where p.code = 'eis24' and s.login = ?`,
    [batch, staff.senior.login],
  )
  await owner(`insert into document_batch (id, period, filter, separators) values (?, '2026-10-01', '{}', false)`, [batch])
  await owner(
    `insert into document_batch_item (batch_id, n, account_id, delivery, state) select ?, n, (select min(id) from account), 'paper', case when n <= 5 then 'given' when n = 6 then 'mailed' when n = 7 then 'failed' else 'waiting' end from generate_series(1, 9) n`,
    [batch],
  )
  const row = (await senior.rows('batches', { ...near, provider: 'eis24' }))[0]
  expect(row).toMatchObject({ batchKind: 'documentBatches', name: 'Квитанции', staffName: staff.senior.fullName, batchState: 'paused', rows: 9, printed: 6, failed: 1, notTaken: 0, left: 2 })
})

describe('portal accounts', () => {
  // The first office's clock; a month that is over and the present one.
  const at = (local: string) => `timestamp '${local}' at time zone 'Europe/Moscow'`
  let spring: { from: string; to: string }

  beforeAll(async () => {
    spring = { from: '2026-04-01', to: '2026-05-31' }
    // Nobody but three of one provider: one confirmed on the last moment of April, one linked on the first of May, one who signed in ninety days before the end of May and one a moment earlier.
    await owner(`select set_config('okno.operation', 'test', false)`)
    await owner(`update account set status = 'closed', closed_on = '2020-01-01'`)
    await owner(`update account set status = 'active', opened_on = '2019-01-01', closed_on = null where number in ('0701000102', '0701000103', '0701000104')`)
    await owner(`update account set opened_on = '2026-05-01' where number = '0701000102'`)
    await owner(`delete from report_portal_month; delete from portal_activity; update portal_account_link set unlinked_at = now()`)
    await owner(`update subscriber_contact set confirmed_at = null, in_force_at = null, ended_at = null`)
    const subscriber = (number: string) => `(select subscriber_id from account where number = '${number}')`
    await owner(`update subscriber_contact set state = 'confirmed', confirmed_how = 'portal', is_current = true, confirmed_at = ${at('2026-04-30 23:59:59.9')} where kind = 'email' and purpose = 'main' and is_current and subscriber_id = ${subscriber('0701000103')}`)
    await owner(`update subscriber_contact set state = 'confirmed', confirmed_how = 'portal', is_current = true, confirmed_at = ${at('2026-05-01 00:00')} where kind = 'email' and purpose = 'main' and is_current and subscriber_id = ${subscriber('0701000104')}`)
    for (const [login, number, linked, signedIn] of [['a@x.example', '0701000103', '2026-04-10 12:00', '2026-03-03 00:00'], ['b@x.example', '0701000104', '2026-05-01 00:00', '2026-03-02 23:59:59']]) {
      await owner(`with u as (insert into portal_user (provider_id, login) select provider_id, '${login}' from account where number = '${number}' returning id)
        insert into portal_account_link (portal_user_id, account_id, linked_at) select u.id, a.id, ${at(linked!)} from u, account a where a.number = '${number}'`)
      await owner(`insert into portal_sign_in (portal_user_id, at, channel, outcome) select id, ${at(signedIn!)}, 'password', 'entered' from portal_user where login = '${login}'`)
    }
  })

  const expected = [
    { month: '2026-05', provider: 'EIS24', accounts: 3, withEmail: 2, withEmailShare: 0.6667, withUser: 2, withUserShare: 0.6667, active90: 1, active90Share: 0.3333 },
    { month: '2026-04', provider: 'EIS24', accounts: 2, withEmail: 1, withEmailShare: 0.5, withUser: 1, withUserShare: 0.5, active90: 1, active90Share: 0.5 },
  ]

  const withoutCode = (row: Record<string, unknown>) => Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'providerCode'))

  test('are counted at the end of each month', async () => {
    const { rows, totals } = await senior.run('portalAdoption', spring)
    expect(rows.map(withoutCode)).toEqual(expected)
    expect(totals).toMatchObject({ accounts: 3, withEmail: 2, withUser: 2, active90: 1 })
    expect(await senior.rows('portalAdoption', { ...spring, provider: 'enser' })).toEqual([])
  })

  test('that are kept are the same, and stay as they were counted', async () => {
    await owner('delete from report_portal_month')
    await owner('select report_fold_portal()')
    const [{ n } = { n: 0 }] = await byHand<{ n: number }>(office, `select count(*)::int as n from report_portal_month where provider_id = (select id from provider where code = 'eis24')`)
    expect(n).toBe(13)
    expect((await senior.rows('portalAdoption', spring)).map(withoutCode)).toEqual(expected)
    const [now] = await senior.rows('portalAdoption', near)
    expect(now).toMatchObject({ accounts: 3, withEmail: 2, withUser: 2 })
  })
})

describe('messages', () => {
  beforeAll(async () => {
    await owner(`delete from outbox_message`)
    await owner(
      `insert into outbox_message (operation_id, channel, recipient, template, provider_id, state, error, created_at, finished_at, office_id)
       select gen_random_uuid(), x.channel, n || 'hidden@example.org', x.template, p.id, x.state, x.error, timestamp '2026-07-31 23:50' at time zone 'Europe/Moscow', timestamp '2026-07-31 23:50' at time zone 'Europe/Moscow' + x.took, o.id
       from (values ('email', 'contactCode', 'sent', null, interval '10 seconds', 3), ('email', 'contactCode', 'failed', 'smtp550', interval '5 minutes', 2), ('sms', 'contactCode', 'uncertain', 'noAnswer', interval '15 minutes', 1),
         ('email', 'portalPassword', 'expired', null, interval '1 hour', 1), ('email', 'portalPassword', 'cancelled', 'superseded', interval '1 minute', 1), ('email', 'portalPassword', 'queued', null, null, 1)) as x(channel, template, state, error, took, n0)
       cross join lateral generate_series(1, x.n0) n, provider p, office o where p.code = 'enser' limit 9`,
    )
  })

  test('are counted by channel and kind with what became of them', async () => {
    const { rows, totals } = await senior.run('messages', { from: '2026-07-01', to: '2026-07-31' })
    expect(rows).toMatchObject([
      { messageChannel: 'email', messageTemplate: 'contactCode', messages: 5, sent: 3, failed: 2, failedShare: 0.4, medianTime: 10 },
      { messageChannel: 'email', messageTemplate: 'portalPassword', messages: 3, sent: 0, expired: 1, cancelled: 1, queued: 1, failedShare: 1, medianTime: null },
      { messageChannel: 'sms', messageTemplate: 'contactCode', messages: 1, uncertain: 1, failedShare: 1 },
    ])
    expect(totals).toMatchObject({ messages: 9, sent: 3, failed: 2, uncertain: 1, expired: 1, cancelled: 1, queued: 1, failedShare: 0.5714 })
    expect(JSON.stringify(rows)).not.toContain('hidden')
  })

  test('that failed are told of the day they did, with the reason', async () => {
    const july = await senior.run('messageFailures', { from: '2026-07-01', to: '2026-07-31' })
    expect(july.rows).toMatchObject([{ day: '2026-07-31', messageChannel: 'email', messageTemplate: 'contactCode', messageError: 'smtp550', failed: 2, uncertain: 0, expired: 0, times: 2 }])
    const august = await senior.run('messageFailures', { from: '2026-08-01', to: '2026-08-31' })
    expect(august.rows).toMatchObject([
      { day: '2026-08-01', messageChannel: 'email', messageTemplate: 'portalPassword', messageError: 'unknown', expired: 1 },
      { day: '2026-08-01', messageChannel: 'sms', messageTemplate: 'contactCode', messageError: 'noAnswer', uncertain: 1 },
    ])
    expect(await senior.totals('messageFailures', { from: '2026-07-01', to: '2026-08-31', messageChannel: 'sms' })).toMatchObject({ times: 1, uncertain: 1 })
  })
})

test('registers taken in are told with their verdicts', async () => {
  await owner(`update import_batch set started_by = ?, started_at = timestamp '2026-06-30 23:59:59' at time zone 'Europe/Moscow', finished_at = timestamp '2026-07-01 00:01:39' at time zone 'Europe/Moscow' where kind = 'charges'`, [staff.admin.login])
  const { rows, totals } = await senior.run('imports', { from: '2026-06-01', to: '2026-06-30' })
  const [hand] = await byHand<{ accepted: number; warned: number; unchanged: number; refused: number; file: string }>(office, `select accepted, warned, unchanged, refused, file_name as file from import_batch where kind = 'charges'`)
  expect(rows).toMatchObject([{ registerKind: 'charges', staffName: staff.admin.fullName, fileName: hand!.file, accepted: hand!.accepted, warned: hand!.warned, unchanged: hand!.unchanged, notTaken: hand!.refused, took: 100 }])
  expect(totals).toMatchObject({ accepted: hand!.accepted, took: 100 })
  expect(hand!.accepted).toBeGreaterThan(0)
})
