import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Flag, FlagRule } from '@shared/contract/flags'
import { cast } from '../../../../src/main/training'
import { staff, type StaffKey } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { changeEmail } from '../portal-access/change-email'

let office: TestOffice
let senior: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  // What the training office begins with is not what is counted here; its staff are of this office only.
  await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
  await office.owner.raw('truncate flag, flag_event, flag_measure, flag_watch, flag_setting')
  // At what hour the tests run is nobody's business.
  await office.owner.raw(`insert into flag_setting (office_id, rule, is_on, params, version, changed_by) select office_id, 'offHours', false, '{}', 1, id from staff where login = ?`, [staff.senior.login])
  senior = await office.desk('senior')
})
afterEach(() => office.close())

const check = (desk = senior) => desk.api.flags.check({ now: true })
const all = async (state: 'open' | 'all' = 'all'): Promise<Flag[]> => (await senior.api.flags.list({ state })).flags
const of = async (rule: FlagRule): Promise<Flag[]> => (await all()).filter((flag) => flag.rule === rule)
const today = async (): Promise<string> => (await office.owner.raw('select office_today()::text as day')).rows[0].day
const subscriberOf = async (name: string): Promise<number> => Number((await office.owner.raw(`select id from subscriber s where subscriber_name(s) = ?`, [name])).rows[0].id)

/** Rows of the audit as the functions write them, at some hour of a day of the office. */
const events = (person: StaffKey, action: string, details: object, times: number, { day = 0, hour = 12, subscriberId = null }: { day?: number; hour?: number; subscriberId?: number | null } = {}) =>
  office.owner.transaction(async (trx) => {
    await trx.raw('alter table audit_event disable trigger audit_event_before_insert')
    await trx.raw(
      `insert into audit_event (chain, seq, at, staff_login, action, subscriber_id, details, prev_hash, hash)
       select 'test ' || gen_random_uuid(), n, (office_today() - ?::int + make_interval(hours => ?))::timestamp at time zone 'Europe/Moscow' + n * interval '1 second', ?, ?, ?, ?::jsonb, '', '' from generate_series(1, ?) n`,
      [day, hour, staff[person].login, action, subscriberId, JSON.stringify(details), times],
    )
    await trx.raw('alter table audit_event enable trigger audit_event_before_insert')
  })

const found = { by: ['document'], hits: 1, subscribers: [1] }

describe('a rule raises', () => {
  test('a password soon after the e-mail was changed, once, with what happened', async () => {
    await office.owner.raw(`update provider set profile = jsonb_set(profile, '{safety,reissueAfterContactChange}', '"flag"')`)
    const desk = await office.desk('first')
    const { visit, account } = await openVisit(desk, cast.maria)
    await changeEmail(office, desk, visit, 'nova@example.org')
    const { id } = account(cast.maria.accounts[0]!.provider)
    await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: visit.id, accountId: id, output: { how: 'save', large: false } })
    expect(await check()).toEqual({ raised: 1 })
    expect(await of('contactThenPassword')).toMatchObject([
      { state: 'new', n: 1, staff: { fullName: staff.first.fullName }, visitId: visit.id, subscriberId: visit.subscriberId, facts: { sameVisit: true, sameStaff: true, minutes: 0, hours: 24 }, history: [{ kind: 'raised', staffName: null }] },
    ])
    expect(await check()).toEqual({ raised: 0 })
  })

  test.each([
    ['massLookups', 'desk.search', found, 119, 120],
    ['lookupsRefused', 'desk.searchRefused', {}, 0, 1],
    ['cardsWithoutVisit', 'desk.openCard', { withoutVisit: true }, 19, 20],
    ['unmasking', 'contacts.unmask', {}, 29, 30],
    ['duplicates', 'paymentDocuments.print', { duplicate: 1 }, 19, 20],
  ] as const)('%s from its threshold on', async (rule, action, details, below, from) => {
    await events('first', action, details, below)
    await check()
    expect(await of(rule)).toEqual([])
    await events('first', action, details, from - below)
    await check()
    expect(await of(rule)).toMatchObject([{ n: from, day: await today(), staff: { login: staff.first.login }, facts: { count: from } }])
  })

  test('searches that find nothing, when they are many and most of them', async () => {
    await events('first', 'desk.search', { by: ['document'], hits: 0 }, 5)
    await events('first', 'desk.search', found, 6)
    await check()
    expect(await of('lookupsNothing')).toEqual([])
    // None of the six found was opened.
    expect(await of('lookupsNotOpened')).toMatchObject([{ n: 6, facts: { of: 6 } }])
    await events('first', 'desk.search', { by: ['document'], hits: 0 }, 1)
    await check()
    expect(await of('lookupsNothing')).toMatchObject([{ n: 6, facts: { of: 12, share: 50 } }])
  })

  test('unmasking beyond what is usual for this person, below the threshold of all', async () => {
    for (const day of [1, 2, 3, 4, 5]) await events('first', 'contacts.unmask', {}, 4, { day })
    await events('first', 'contacts.unmask', {}, 12)
    await events('second', 'contacts.unmask', {}, 12)
    await check()
    expect(await of('unmasking')).toMatchObject([{ staff: { login: staff.first.login }, n: 12, facts: { usual: 4, times: 3 } }])
  })

  test('somebody’s data touched before the office opens, but not within its hours', async () => {
    await office.owner.raw(`delete from flag_setting`)
    const day = await today()
    const subscriberId = await subscriberOf(cast.maria.name)
    await events('first', 'desk.openCard', {}, 5, { hour: 5, day: 1, subscriberId })
    await events('second', 'desk.openCard', {}, 50, { hour: 20, day: 1, subscriberId })
    await events('second', 'desk.openCard', {}, 4, { hour: 21, day: 1, subscriberId })
    await check()
    expect((await of('offHours')).filter(({ day: on }) => on < day)).toMatchObject([{ n: 5, staff: { login: staff.first.login }, facts: { first: '05:00', fromHour: 7, toHour: 21 } }])
  })

  test('passwords of a week ago with which nobody has come in, of a portal that tells of sign-ins', async () => {
    const { rows } = await office.owner.raw(
      `select a.id, p.code from account a join provider p on p.id = a.provider_id join portal_account_link l on l.account_id = a.id join portal_user u on u.id = l.portal_user_id
       where l.unlinked_at is null group by a.id, p.code having max(u.last_sign_in_at) is not null order by a.id limit 4`,
    )
    for (const { id, code } of rows) await events('first', 'portalAccess.reissuePassword', { provider: code, accountId: Number(id) }, 1, { day: 7 })
    await office.owner.raw(`update portal_user set last_sign_in_at = now() - interval '30 days' where last_sign_in_at is not null`)
    await office.owner.raw(`update portal_user set last_sign_in_at = now() where id in (select portal_user_id from portal_account_link where account_id = ?)`, [rows[0].id])
    await check()
    expect(await of('reissueWithoutSignIn')).toMatchObject([{ n: 3, day: await today(), facts: { days: 7 } }])
  })

  test('a visit of somebody with the operator’s own full name', async () => {
    await office.owner.raw(`update staff set full_name = ? where login = ?`, [cast.maria.name.replaceAll('ё', 'е').toUpperCase(), staff.first.login])
    const desk = await office.desk('first')
    const { visit } = await openVisit(desk, cast.maria)
    await openVisit(desk, cast.fyodor)
    await check()
    expect(await of('ownAccount')).toMatchObject([{ visitId: visit.id, subscriberId: visit.subscriberId }])
  })

  test('readings taken in spite of warnings', async () => {
    await office.owner.raw(
      `update meter_reading r set warnings = '{spike}', reasons = '{other}', channel = 'desk', staff_id = (select id from staff where login = ?), entered_at = now()
       where (meter_id, taken_on, id) in (select meter_id, taken_on, id from meter_reading where taken_on > office_today() - 40 order by id limit 15)`,
      [staff.first.login],
    )
    await check()
    expect(await of('overrides')).toMatchObject([{ n: 15, staff: { login: staff.first.login } }])
  })
})

describe('raised once', () => {
  test('for a rule, a subject and a day, however often and by however many it is looked for', async () => {
    await events('first', 'desk.openCard', { withoutVisit: true }, 20)
    await events('first', 'desk.openCard', { withoutVisit: true }, 25, { day: 1 })
    await events('second', 'desk.openCard', { withoutVisit: true }, 30)
    await Promise.all([check(), check(), check()])
    await check(await office.desk('admin'))
    expect((await of('cardsWithoutVisit')).map(({ n }) => n).sort()).toEqual([20, 25, 30])
  })

  test('and looked for at most every five minutes unless somebody asks for it now', async () => {
    await check()
    await events('first', 'desk.searchRefused', {}, 1)
    expect(await senior.api.flags.check({})).toEqual({ raised: 0 })
    expect(await check()).toEqual({ raised: 1 })
  })

  test('news again when what was settled has doubled, not before', async () => {
    await events('first', 'desk.openCard', { withoutVisit: true }, 20)
    await check()
    const [flag] = await of('cardsWithoutVisit')
    await senior.api.flags.decide({ operationId: operation(), flagId: flag!.id, version: flag!.version, decision: 'explained', comment: 'Сверка карточек с реестром' })
    await events('first', 'desk.openCard', { withoutVisit: true }, 19, { hour: 13 })
    await check()
    expect(await of('cardsWithoutVisit')).toMatchObject([{ n: 39, state: 'explained' }])
    await events('first', 'desk.openCard', { withoutVisit: true }, 1, { hour: 14 })
    await check()
    expect(await of('cardsWithoutVisit')).toMatchObject([{ n: 40, state: 'new', history: [{ kind: 'raised', n: 20 }, { kind: 'explained', n: 20 }, { kind: 'grew', n: 40 }] }])
  })
})

describe('a flag', () => {
  let flag: Flag
  beforeEach(async () => {
    await events('first', 'desk.searchRefused', {}, 2)
    await check()
    ;[flag] = (await of('lookupsRefused')) as [Flag]
  })
  const decide = (decision: 'looked' | 'explained' | 'reopened', comment: string | null, version = flag.version) => ({ operationId: operation(), flagId: flag.id, version, decision, comment })

  test('goes from new to looked to explained with words, and stays with its history', async () => {
    const looked = await senior.api.flags.decide(decide('looked', null))
    expect(looked).toMatchObject({ state: 'looked', version: 2 })
    expect(await failureOf(senior, 'flags.decide', decide('explained', 'да', 2))).toMatchObject({ code: 'invalidInput', reason: 'flagCommentMissing' })
    await senior.api.flags.decide(decide('explained', 'Очередь, сканер двоил номера', 2))
    expect(await all('open')).toEqual([])
    expect(await of('lookupsRefused')).toMatchObject([
      { state: 'explained', history: [{ kind: 'raised' }, { kind: 'looked', staffName: staff.senior.fullName, comment: null }, { kind: 'explained', comment: 'Очередь, сканер двоил номера', staffName: staff.senior.fullName }] },
    ])
    expect(await failureOf(senior, 'flags.decide', decide('looked', null, 3))).toMatchObject({ reason: 'flagStateAlready' })
    await senior.api.flags.decide(decide('reopened', 'Сканер был исправен', 3))
    expect(await of('lookupsRefused')).toMatchObject([{ state: 'new' }])
  })

  test('is decided in the audit, with who, about whom and the words', async () => {
    await senior.api.flags.decide(decide('explained', 'Очередь, сканер двоил номера'))
    const { rows } = await office.owner.raw(`select staff_login, details - 'operation' as details from audit_event where action = 'flags.explain'`)
    expect(rows).toEqual([{ staff_login: staff.senior.login, details: { flag: flag.id, rule: 'lookupsRefused', day: flag.day, of: staff.first.login, comment: 'Очередь, сканер двоил номера' } }])
    expect((await senior.api.audit.verify({})).problems.filter(({ chain }) => !chain.startsWith('test '))).toEqual([])
  })

  test('is decided once: a repeat gives the first result, a second desk learns who was quicker', async () => {
    const input = decide('looked', null)
    await senior.api.flags.decide(input)
    expect(await senior.api.flags.decide(input)).toMatchObject({ state: 'looked', version: 2 })
    const admin = await office.desk('admin')
    expect(await failureOf(admin, 'flags.decide', decide('explained', 'Другое объяснение'))).toMatchObject({ code: 'conflict', reason: 'flagChanged', details: { staffName: staff.senior.fullName } })
    expect((await of('lookupsRefused'))[0]!.history).toHaveLength(2)
  })

  test('about a supervisor is another’s to explain', async () => {
    await events('senior', 'desk.searchRefused', {}, 1)
    await check()
    const own = (await of('lookupsRefused')).find(({ isOwn }) => isOwn)!
    expect(own.staff.login).toBe(staff.senior.login)
    expect(await failureOf(senior, 'flags.decide', { ...decide('explained', 'Всё в порядке'), flagId: own.id })).toMatchObject({ code: 'forbidden', reason: 'flagAboutYourself' })
    const admin = await office.desk('admin')
    expect(await admin.api.flags.decide({ ...decide('explained', 'Проверено по журналу'), flagId: own.id })).toMatchObject({ state: 'explained' })
  })

  test('of another office is not seen and not decided', async () => {
    await office.owner.raw(`insert into office (code, name) values ('other', 'Другой офис')`)
    await office.owner.raw(`update staff set office_id = (select id from office where code = 'other') where login = ?`, [staff.senior.login])
    expect(await all()).toEqual([])
    expect(await senior.api.flags.attention({})).toMatchObject({ flags: { new: 0, looked: 0 } })
    expect(await failureOf(senior, 'flags.decide', decide('explained', 'Не моё дело'))).toMatchObject({ code: 'notFound', reason: 'flag' })
  })

  test('is counted for the menu, and lists tell how many of each rule and person', async () => {
    await events('second', 'desk.openCard', { withoutVisit: true }, 20)
    await check()
    await senior.api.flags.decide(decide('looked', null))
    expect(await senior.api.flags.attention({})).toMatchObject({ flags: { new: 1, looked: 1 }, approvals: 0, deadLetters: 0 })
    const list = await senior.api.flags.list({ rule: 'lookupsRefused' })
    expect(list).toMatchObject({ total: 1, rules: { lookupsRefused: 1, cardsWithoutVisit: 1 }, staff: [{ fullName: staff.first.fullName, n: 1 }] })
  })
})

describe('thresholds', () => {
  test('are the office’s own, checked, and recorded with what they were', async () => {
    const before = (await senior.api.flags.rules({})).find(({ rule }) => rule === 'massLookups')!
    expect(before).toMatchObject({ isOn: true, params: { count: 120 }, defaults: { count: 120 }, version: 0, changedBy: null })
    await senior.api.flags.tune({ operationId: operation(), rule: 'massLookups', isOn: true, params: { count: 3 }, version: 0 })
    await events('first', 'desk.search', found, 3)
    await check()
    expect(await of('massLookups')).toMatchObject([{ n: 3, facts: { count: 3 } }])
    const { rows } = await office.owner.raw(`select details - 'operation' as details from audit_event where action = 'flags.tune'`)
    expect(rows).toEqual([{ details: { rule: 'massLookups', isOn: true, from: { count: 120 }, to: { count: 3 } } }])
    expect(await failureOf(senior, 'flags.tune', { operationId: operation(), rule: 'massLookups', isOn: true, params: { count: 4 }, version: 0 })).toMatchObject({ reason: 'flagRuleChanged', details: { staffName: staff.senior.fullName } })
  })

  test('of a rule that is off raise nothing', async () => {
    await senior.api.flags.tune({ operationId: operation(), rule: 'lookupsRefused', isOn: false, params: { count: 1 }, version: 0 })
    await events('first', 'desk.searchRefused', {}, 9)
    await check()
    expect(await of('lookupsRefused')).toEqual([])
  })

  test.each([{ count: 0 }, { count: 100_000 }, { other: 3 }, { hours: 5 }])('that make no sense are refused: %o', async (params) => {
    expect(await failureOf(senior, 'flags.tune', { operationId: operation(), rule: 'massLookups', isOn: true, params, version: 0 })).toMatchObject({ code: 'invalidInput', reason: 'shape' })
  })

  test('of hours that end before they begin are refused', async () => {
    expect(await failureOf(senior, 'flags.tune', { operationId: operation(), rule: 'offHours', isOn: true, params: { fromHour: 20, toHour: 8, count: 5 }, version: 1 })).toMatchObject({ reason: 'shape' })
  })
})

describe('an operator', () => {
  test.each(['list', 'rules', 'attention', 'check'])('is refused flags.%s', async (name) => {
    expect(await failureOf(await office.desk('first'), `flags.${name}`, {})).toMatchObject({ reason: 'roleMissing' })
  })

  test.each([
    'select flag_list()', 'select flag_check(true)', `select flag_decide(gen_random_uuid(), 1, 1, 'looked')`, 'select flag_rules()', 'select attention_counts()', 'select * from flag', 'delete from flag', `update flag set state = 'explained'`,
    'select * from flag_event', 'truncate flag_event', `select flag_rule_save(gen_random_uuid(), 'offHours', false, '{}', 0)`, `update flag_rule set params = '{"count": 9999}'`, `select flag_raise_day(o, current_date) from office o`, `select lookup_counts(current_date, current_date, 'UTC')`,
  ])('can’t with psql: %s', async (sql) => {
    await expect((await office.psql('first')).query(sql)).rejects.toMatchObject({ code: '42501' })
  })
})
