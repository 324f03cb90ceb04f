import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '@shared/domain/dates'
import { explanationOf } from '@shared/domain/explain-amount'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit, type OpenVisit } from '../../../support/visit'
import { identifiedVisitOf, visitOf } from '../visits/visit-of'

let office: TestOffice
let desk: TestDesk
let other: TestDesk
let senior: TestDesk
let psql: pg.Client
beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  other = await office.desk('second')
  senior = await office.desk('senior')
  psql = await office.psql('first')
})
afterAll(() => office.close())
beforeEach(async () => {
  await office.owner.raw('delete from document_lookup')
  for (const one of [desk, other]) for (const { id } of await one.api.visits.mine({})) await one.api.visits.close({ operationId: operation(), visitId: id })
})

const idOf = async (name: string): Promise<number> => Number((await office.owner.raw('select s.id from subscriber s where subscriber_name(s) = ? order by id', [name])).rows[0].id)
const eventsOf = async (action: string, subscriberId: number) =>
  (await office.owner.raw('select staff_login, visit_id, details from audit_event where action = ? and subscriber_id = ? order by at', [action, subscriberId])).rows as { staff_login: string; visit_id: number | null; details: Record<string, unknown> }[]
/** Everything an operator may be told of a person without a document, as one text. */
const everythingTold = async (one: TestDesk, subscriberId: number) => JSON.stringify(await one.api.desk.card({ subscriberId }))

describe('the card', () => {
  test('holds accounts, balances by period, meters, visits and history of one person', async () => {
    const { card, visit } = await openVisit(desk, cast.maria)
    expect(card.accounts.map(({ provider }) => provider.code).sort()).toEqual(['enicom', 'enser', 'smorodina'])
    for (const { balance } of card.accounts) {
      expect(balance?.periods.length).toBeGreaterThan(3)
      expect(balance?.periods.length).toBeLessThanOrEqual(12)
      expect(balance?.periods[0]).toMatchObject({ period: balance!.period, closing: balance!.closing })
      expect(balance?.periods.map(({ period }) => period)).toEqual([...balance!.periods.map(({ period }) => period)].sort().reverse())
      for (const { opening, accrued, recalculated, penalty, paid, closing } of balance!.periods) expect(opening + accrued + recalculated + penalty - paid).toBe(closing)
      expect(balance!.services.reduce((sum, { closing }) => sum + closing, 0)).toBe(balance!.closing)
    }
    expect(card.visits[0]).toMatchObject({ id: visit.id, closedAt: null, staffName: staff.first.fullName, identification: 'document' })
    expect(card.timeline.map(({ kind, group }) => [kind, group])).toEqual(expect.arrayContaining([['visits.identify', 'visits'], ['visits.open', 'visits']]))
  })

  test('says nothing of documents, СНИЛС and ИНН of a person, be they on record or not', async () => {
    const { subscriberId } = await visitOf(desk, cast.maria)
    const before = await everythingTold(desk, subscriberId)
    for (const secret of ['123456', '7404', '999000101', 'snils', 'inn', 'documents']) expect(before).not.toContain(secret)
    const { snils } = (await office.owner.raw('select snils from subscriber where id = ?', [subscriberId])).rows[0]
    await office.owner.raw('update identity_document set is_current = false where subscriber_id = ?', [subscriberId])
    await office.owner.raw('update subscriber set snils = null where id = ?', [subscriberId])
    try {
      expect(await everythingTold(desk, subscriberId)).toBe(before)
    } finally {
      await office.owner.raw('update identity_document set is_current = true where subscriber_id = ?', [subscriberId])
      await office.owner.raw('update subscriber set snils = ? where id = ?', [snils, subscriberId])
    }
  })

  test('an attempt to identify tells the same of a person without a document as of one with another number', async () => {
    const { subscriberId, id } = await visitOf(desk, cast.maria)
    const attempt = async () => {
      const { agrees, visit } = await desk.api.visits.identify({ operationId: operation(), visitId: id, documentType: 'passport_rf', number: '1111 222333' })
      return JSON.stringify({ agrees, visit: { ...visit, attemptsLeft: 0 } })
    }
    const differs = await attempt()
    await office.owner.raw('update identity_document set is_current = false where subscriber_id = ?', [subscriberId])
    try {
      expect(await attempt()).toBe(differs)
    } finally {
      await office.owner.raw('update identity_document set is_current = true where subscriber_id = ?', [subscriberId])
    }
  })

  test('a portal login that is an e-mail is masked', async () => {
    const { subscriberId } = await visitOf(desk, cast.maria)
    expect(await everythingTold(desk, subscriberId)).not.toContain(cast.maria.email)
  })

  test('shows the public numbers of an organisation', async () => {
    const { subscriberId } = await visitOf(desk, cast.romashka)
    const { inn, kpp, ogrn } = (await office.owner.raw('select inn, kpp, ogrn from subscriber where id = ?', [subscriberId])).rows[0]
    expect((await desk.api.desk.card({ subscriberId })).subscriber.requisites).toEqual({ inn, kpp, ogrn })
    await visitOf(desk, cast.fyodor)
    expect((await desk.api.desk.card({ subscriberId: await idOf(cast.fyodor.name) })).subscriber.requisites).toBeNull()
  })

  test('is logged once in a visit however often it is refreshed, again in the next one, and for another member of staff', async () => {
    const subscriberId = await idOf(cast.fyodor.name)
    const before = (await eventsOf('desk.openCard', subscriberId)).length
    const open = async (one: TestDesk) => {
      const { id } = await visitOf(one, cast.fyodor)
      for (let time = 0; time < 3; time++) await one.api.desk.card({ subscriberId })
      await one.api.visits.close({ operationId: operation(), visitId: id })
      return id
    }
    const visits = [await open(desk), await open(desk), await open(other)]
    expect((await eventsOf('desk.openCard', subscriberId)).slice(before).map(({ visit_id }) => visit_id)).toEqual(visits)
    for (let time = 0; time < 2; time++) await senior.api.desk.card({ subscriberId })
    expect((await eventsOf('desk.openCard', subscriberId)).slice(before + 3).map(({ details }) => details)).toEqual([{ withoutVisit: true }, { withoutVisit: true }])
  })

  test('is not there for nobody', async () => {
    expect(await failureOf(senior, 'desk.card', { subscriberId: 999_999_999 })).toMatchObject({ code: 'notFound', reason: 'subscriber' })
    expect(await failureOf(desk, 'desk.card', { subscriberId: await idOf(cast.zoya.name) })).toMatchObject({ code: 'forbidden', reason: 'visitRequired' })
  })
})

describe('what is hidden', () => {
  const ask = (visitId: number | null, subscriberId: number, operationId = operation()) => ({ operationId, visitId, subscriberId, reason: 'verify' })

  test('is shown in a visit identified by document, with who and why in the log and nothing of the values', async () => {
    const visit = await identifiedVisitOf(desk, cast.maria)
    const shown = await desk.api.desk.unmask(ask(visit.id, visit.subscriberId) as never)
    expect(shown).toMatchObject({ snils: expect.stringMatching(/^\d{11}$/), inn: null, birthDate: '1984-03-12', documents: [{ type: 'passport_rf', series: '7404', number: '123456' }] })
    const [event] = (await eventsOf('desk.unmask', visit.subscriberId)).slice(-1)
    expect(event).toMatchObject({ staff_login: staff.first.login, visit_id: visit.id, details: { reason: 'verify' } })
    const { rows } = await office.owner.raw(`select to_jsonb(o)::text || (select string_agg(e.details::text, '') from audit_event e where e.details ->> 'operation' = o.id::text) as kept from operation o where kind = 'desk.unmask'`)
    for (const { kept } of rows) for (const secret of ['123456', shown.snils, '1984']) expect(kept).not.toContain(secret)
  })

  test.each(['none', 'readingsOnly'] as const)('stays hidden in a visit that is %s', async (identification) => {
    const { visit } = await openVisit(desk, cast.maria, identification)
    expect(await failureOf(desk, 'desk.unmask', ask(visit.id, visit.subscriberId))).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
  })

  test('stays hidden from an operator without a visit, in another’s visit, and of another subscriber', async () => {
    const theirs = await identifiedVisitOf(other, cast.fyodor)
    const own = await identifiedVisitOf(desk, cast.maria)
    expect(await failureOf(desk, 'desk.unmask', ask(null, own.subscriberId))).toMatchObject({ reason: 'visitRequired' })
    expect(await failureOf(desk, 'desk.unmask', ask(theirs.id, theirs.subscriberId))).toMatchObject({ reason: 'notYourVisit' })
    expect(await failureOf(desk, 'desk.unmask', ask(own.id, theirs.subscriberId))).toMatchObject({ reason: 'subscriberOfAnotherVisit' })
    await expect(psql.query('select desk_unmask($1, null, $2, $3)', [operation(), own.subscriberId, 'verify'])).rejects.toMatchObject({ code: 'OK403', message: 'visitRequired' })
    await expect(psql.query('select desk_unmask($1, $2, $3, null)', [operation(), own.id, own.subscriberId])).rejects.toMatchObject({ code: 'OK400', message: 'reason' })
  })

  test('is shown to a supervisor without a visit, and that is told of in the log', async () => {
    const subscriberId = await idOf(cast.maria.name)
    expect((await senior.api.desk.unmask(ask(null, subscriberId) as never)).documents).toHaveLength(1)
    expect((await eventsOf('desk.unmask', subscriberId)).slice(-1)).toMatchObject([{ staff_login: staff.senior.login, visit_id: null, details: { reason: 'verify', withoutVisit: true } }])
  })

  test('one logged look does not open another person', async () => {
    const [maria, fyodor] = [await idOf(cast.maria.name), await idOf(cast.fyodor.name)]
    const input = ask(null, maria)
    await senior.api.desk.unmask(input as never)
    await expect(senior.api.desk.unmask(input as never)).resolves.toMatchObject({ documents: [{ number: '123456' }] })
    expect(await failureOf(senior, 'desk.unmask', { ...input, subscriberId: fyodor })).toMatchObject({ reason: 'operationIdUsed' })
    expect((await eventsOf('desk.unmask', fyodor)).filter(({ details }) => details['operation'] === input.operationId)).toEqual([])
  })
})

describe('amounts', () => {
  let opened: OpenVisit
  beforeEach(async () => {
    opened = await openVisit(desk, cast.maria, 'none')
  })

  test('of an earlier period are those the card totals', async () => {
    for (const { id, balance } of opened.card.accounts) {
      const earlier = balance!.periods[2]!
      const { services } = await desk.api.desk.charges({ accountId: id, period: earlier.period })
      expect(services.reduce((sum, { closing }) => sum + closing, 0)).toBe(earlier.closing)
      expect(services.reduce((sum, { accrued, benefit }) => sum + accrued - benefit, 0)).toBe(earlier.accrued)
    }
  })

  test('are explained for every service and every account of the cast, and the sentences add up', async () => {
    for (const { id, balance, meters } of opened.card.accounts) {
      const all = await desk.api.desk.explain({ accountId: id, period: balance!.period, service: null })
      expect(explanationOf(all).reduce((sum, { amount }) => sum + (amount ?? 0), 0)).toBe(balance!.closing)
      expect(all.services).toEqual(balance!.services)
      for (const { service, closing } of balance!.services) {
        const facts = await desk.api.desk.explain({ accountId: id, period: balance!.period, service })
        expect(facts.closing).toBe(closing)
        expect(explanationOf(facts).reduce((sum, { amount }) => sum + (amount ?? 0), 0)).toBe(closing)
        const serials = meters.filter((meter) => service === meter.service || service.startsWith(`${meter.service}_t`)).map(({ serial }) => serial)
        expect(facts.meters.map(({ serial }) => serial)).toEqual(serials)
      }
    }
  })

  test('have the readings of the period and before it', async () => {
    const { id, balance } = opened.account('smorodina')
    const facts = await desk.api.desk.explain({ accountId: id, period: balance!.periods[1]!.period, service: 'gas' })
    const [gas] = facts.meters
    const readings = (await office.owner.raw(`select to_char(r.taken_on, 'YYYY-MM-DD') as taken_on, t1::int from meter_reading r join meter m on m.id = r.meter_id where m.serial = 'G4-00318845' and r.period <= ? and r.status in ('entered', 'accepted', 'calculated')
      order by r.taken_on desc limit 2`, [`${facts.period}-01`])).rows
    expect([gas?.current, gas?.previous]).toEqual(readings.map(({ taken_on, t1 }: { taken_on: string; t1: number }) => ({ takenOn: taken_on, values: [t1] })))
    expect(Number(facts.volume) * 1000).toBe(readings[0].t1 - readings[1].t1)
  })

  test('of another’s card are nobody’s business, and a supervisor’s look is logged', async () => {
    const theirs = await openVisit(other, cast.fyodor, 'none')
    const accountId = theirs.card.accounts[0]!.id
    const period = theirs.card.accounts[0]!.balance!.period
    expect(await failureOf(desk, 'desk.charges', { accountId, period })).toMatchObject({ reason: 'visitRequired' })
    expect(await failureOf(desk, 'desk.explain', { accountId, period, service: null })).toMatchObject({ reason: 'visitRequired' })
    await senior.api.desk.explain({ accountId, period, service: null })
    expect(await eventsOf('desk.explain', theirs.visit.subscriberId)).toEqual([{ staff_login: staff.senior.login, visit_id: null, details: { accountId, withoutVisit: true } }])
  })

  test('of a month that was not billed, or that is none, are refused', async () => {
    const { id } = opened.account('enser')
    expect(await failureOf(desk, 'desk.explain', { accountId: id, period: '1999-01', service: null })).toMatchObject({ code: 'notFound', reason: 'noChargesInPeriod' })
    expect(await desk.api.desk.charges({ accountId: id, period: '1999-01' })).toEqual({ services: [] })
    await expect(psql.query(`select desk_charges($1, '2026-13')`, [id])).rejects.toMatchObject({ code: 'OK400', message: 'period' })
  })
})

describe('neighbours', () => {
  test('are the others of the flat and the nearest flats in the order of their numbers', async () => {
    const { visit, account } = await openVisit(desk, cast.maria, 'none')
    const { id } = account('enser')
    const house = (await office.owner.raw('select d.* from account a join address d on d.id = a.address_id where a.id = ?', [id])).rows[0]
    const flats = ['2', '10', '14', '16', '100', '14А']
    for (const flat of flats) {
      await office.owner.raw(
        `with s as (insert into subscriber (external_id, kind, last_name, first_name, middle_name) values (:flat, 'person', 'Соседов', 'Пётр', 'Ильич') returning id),
           d as (insert into address (region, locality, street, house, building, flat) values (:region, :locality, :street, :house, :building, :flat) on conflict on constraint address_key do update set flat = excluded.flat returning id)
         insert into account (provider_id, number, number_key, subscriber_id, address_id) select 1, 'N' || :flat, 'n' || :flat, s.id, d.id from s, d`, { ...house, flat })
    }
    await office.owner.raw(
      `with s as (insert into subscriber (external_id, kind, last_name, first_name) values ('same-flat', 'person', 'Прежнев', 'Олег') returning id)
       insert into account (provider_id, number, number_key, subscriber_id, address_id, status) select 1, 'N15', 'n15', s.id, ?, 'closed' from s`, [house.id])
    const { sameFlat, house: near } = await desk.api.desk.neighbours({ visitId: visit.id, accountId: id })
    expect(sameFlat).toEqual([expect.objectContaining({ name: 'Прежнев Олег', accountNumber: 'N15', status: 'closed' })])
    const added = near.filter(({ accountNumber }) => accountNumber.startsWith('N'))
    expect(added.map(({ flat }) => flat)).toEqual(['2', '10', '14', '14А', '16', '100'])
    expect(added[0]).toMatchObject({ name: 'Соседов П. И.' })
    expect(near.some(({ subscriberId }) => subscriberId === visit.subscriberId)).toBe(false)
    expect((await eventsOf('desk.neighbours', visit.subscriberId)).slice(-1)).toMatchObject([{ visit_id: visit.id, details: { accountId: id, subscribers: expect.arrayContaining([sameFlat[0]!.subscriberId]) } }])
    expect(JSON.stringify({ sameFlat, near })).not.toMatch(/passport|snils|birth|phone|@/i)
  })

  test('are at most sixty, and of a big house the nearest', async () => {
    const { visit, card } = await openVisit(desk, cast.alyona, 'none')
    const accountId = card.accounts[0]!.id
    await office.owner.raw(`with d as (insert into address (locality, street, house, flat) select 'г. Большой', 'ул. Длинная', '1', n::text from generate_series(1, 300) n returning id, flat),
        s as (insert into subscriber (external_id, kind, last_name) select 'big' || flat, 'person', 'Жилец' from d returning id, external_id)
      insert into account (provider_id, number, number_key, subscriber_id, address_id) select 1, 'B' || d.flat, 'b' || d.flat, s.id, d.id from d join s on s.external_id = 'big' || d.flat`)
    const { address_id } = (await office.owner.raw('select address_id, flat_as_printed from account where id = ?', [accountId])).rows[0]
    await office.owner.raw(`update account set address_id = (select address_id from account where number = 'B200'), flat_as_printed = 'кв. 200' where id = ?`, [accountId])
    try {
      const { sameFlat, house } = await desk.api.desk.neighbours({ visitId: visit.id, accountId })
      expect(sameFlat.map(({ accountNumber }) => accountNumber)).toEqual(['B200'])
      expect(house.map(({ flat }) => Number(flat))).toEqual(Array.from({ length: 61 }, (_, n) => 170 + n).filter((n) => n !== 200).slice(0, 60))
    } finally {
      await office.owner.raw('update account set address_id = ? where id = ?', [address_id, accountId])
    }
  })

  test('of an account of somebody else are refused; an operator needs a visit', async () => {
    const own = await openVisit(desk, cast.maria, 'none')
    const theirs = await openVisit(other, cast.fyodor, 'none')
    const accountId = theirs.card.accounts[0]!.id
    expect(await failureOf(desk, 'desk.neighbours', { visitId: own.visit.id, accountId })).toMatchObject({ reason: 'accountOfAnotherSubscriber' })
    expect(await failureOf(desk, 'desk.neighbours', { visitId: null, accountId })).toMatchObject({ reason: 'visitRequired' })
    await expect(senior.api.desk.neighbours({ visitId: null, accountId })).resolves.toBeTruthy()
  })
})

describe('the history', () => {
  test('goes on before what the card shows, page by page and by group, and loses nothing', async () => {
    const { visit } = await openVisit(desk, cast.semyon, 'none')
    const staffId = (await office.owner.raw('select id from staff where login = ?', [staff.second.login])).rows[0].id
    await office.owner.raw(
      `insert into operation (id, kind, subscriber_id, staff_id, at, result) select gen_random_uuid(), case when n % 3 = 0 then 'readings.save' else 'contacts.unmask' end, ?, ?, now() - n / 2 * interval '1 hour', '{}' from generate_series(1, 200) n`,
      [visit.subscriberId, staffId])
    const { timeline } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    expect(timeline).toHaveLength(60)
    const seen = new Set(timeline.map(({ operationId }) => operationId))
    let before = timeline.at(-1)!.at
    let more = true
    while (more) {
      const page = await desk.api.desk.timeline({ subscriberId: visit.subscriberId, before })
      expect(page.entries.every(({ at }) => Date.parse(at) <= Date.parse(before))).toBe(true)
      page.entries.forEach(({ operationId }) => seen.add(operationId))
      before = page.entries.at(-1)!.at
      more = page.more
    }
    const all = Number((await office.owner.raw('select count(*) from operation where subscriber_id = ?', [visit.subscriberId])).rows[0].count)
    // The card's own page may end between two of one instant: only those could be missed there, and the pages tear none apart.
    expect(seen.size).toBeGreaterThanOrEqual(all - 1)
    const readings = await desk.api.desk.timeline({ subscriberId: visit.subscriberId, before: new Date().toISOString(), group: 'readings' })
    expect(readings.entries).toHaveLength(60)
    expect(readings).toMatchObject({ more: true })
    expect(new Set(readings.entries.map(({ kind }) => kind))).toEqual(new Set(['readings.save']))
    expect((await desk.api.desk.timeline({ subscriberId: visit.subscriberId, before: new Date().toISOString(), group: 'notes' })).entries).toEqual([])
  })

  test('is read by its index', async () => {
    const subscriberId = await idOf(cast.maria.name)
    await office.owner.raw('analyze operation')
    const { rows } = await office.owner.raw(`set enable_seqscan = off; set enable_bitmapscan = off; explain select * from operation where subscriber_id = ${subscriberId} and at < now() order by at desc fetch first 60 rows with ties`).then((all: unknown) => (Array.isArray(all) ? all.at(-1) : all) as { rows: { 'QUERY PLAN': string }[] })
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('operation_subscriber')
    expect(plan).not.toContain('Sort')
  })

  test('of a card that is not open is closed', async () => {
    expect(await failureOf(desk, 'desk.timeline', { subscriberId: await idOf(cast.zoya.name), before: new Date().toISOString() })).toMatchObject({ reason: 'visitRequired' })
  })
})

describe('a pinned note', () => {
  const add = async (one: TestDesk, visitId: number, text = 'Просит звонить вечером', expiresOn: string | null = null, operationId = operation()) =>
    (await one.api.desk.addNote({ operationId, visitId, text, expiresOn })).notes
  beforeEach(() => office.owner.raw('delete from subscriber_note'))

  test('is seen by colleagues with who wrote it, and needs nobody identified', async () => {
    const { visit } = await openVisit(desk, cast.maria, 'none')
    const [note] = await add(desk, visit.id, '  Долг признан, обещал оплатить до конца месяца ')
    expect(note).toMatchObject({ text: 'Долг признан, обещал оплатить до конца месяца', staffName: staff.first.fullName, isOwn: true, expiresOn: null, version: 1 })
    const { card } = await openVisit(other, cast.maria, 'none')
    expect(card.notes).toEqual([{ ...note, isOwn: false }])
    expect(card.timeline.find(({ kind }) => kind === 'desk.addNote')).toMatchObject({ group: 'notes', canUndo: false })
  })

  test('is made once however often it is asked for', async () => {
    const { visit } = await openVisit(desk, cast.maria, 'none')
    const id = operation()
    await add(desk, visit.id, 'Раз', null, id)
    expect(await add(desk, visit.id, 'Раз', null, id)).toHaveLength(1)
  })

  test('is there on its last day and gone the day after', async () => {
    const { visit, card } = await openVisit(desk, cast.maria, 'none')
    const [note] = await add(desk, visit.id, 'Сегодня придёт мастер', card.today)
    expect((await desk.api.desk.card({ subscriberId: visit.subscriberId })).notes).toEqual([note])
    await office.owner.raw('update subscriber_note set expires_on = expires_on - 1')
    expect((await desk.api.desk.card({ subscriberId: visit.subscriberId })).notes).toEqual([])
    expect(await failureOf(desk, 'desk.addNote', { operationId: operation(), visitId: visit.id, text: 'Поздно', expiresOn: addDays(card.today, -1) })).toMatchObject({ code: 'invalidInput', reason: 'noteExpired' })
  })

  test('is short, and there are not too many', async () => {
    const { visit } = await openVisit(desk, cast.maria, 'none')
    expect(await failureOf(desk, 'desk.addNote', { operationId: operation(), visitId: visit.id, text: 'а'.repeat(301), expiresOn: null })).toMatchObject({ code: 'invalidInput' })
    await expect(psql.query('select note_add($1, $2, $3, null)', [operation(), visit.id, ' \u00a0 '])).rejects.toMatchObject({ code: 'OK400', message: 'noteText' })
    await expect(psql.query('select note_add($1, $2, $3, null)', [operation(), visit.id, 'а'.repeat(301)])).rejects.toMatchObject({ code: 'OK400', message: 'noteText' })
    for (let n = 0; n < 20; n++) await add(desk, visit.id, `Заметка ${n}`)
    expect(await failureOf(desk, 'desk.addNote', { operationId: operation(), visitId: visit.id, text: 'Ещё', expiresOn: null })).toMatchObject({ code: 'conflict', reason: 'tooManyNotes' })
  })

  test('changed by two desks: the later one is told who, when and what, and may go on from there', async () => {
    const first = await openVisit(desk, cast.maria, 'none')
    const second = await openVisit(other, cast.maria, 'none')
    const [note] = await add(desk, first.visit.id, 'Первая')
    await other.api.desk.editNote({ operationId: operation(), visitId: second.visit.id, noteId: note!.id, text: 'Вторая', expiresOn: null, version: 1 })
    const failure = await failureOf(desk, 'desk.editNote', { operationId: operation(), visitId: first.visit.id, noteId: note!.id, text: 'Третья', expiresOn: null, version: 1 })
    expect(failure).toMatchObject({ code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: staff.second.fullName, kind: 'desk.editNote', at: expect.any(String), current: { text: 'Вторая', expiresOn: null, version: 2 } } })
    const { notes } = await desk.api.desk.editNote({ operationId: operation(), visitId: first.visit.id, noteId: note!.id, text: 'Третья', expiresOn: null, version: 2 })
    expect(notes).toMatchObject([{ text: 'Третья', staffName: staff.first.fullName, version: 3 }])
    await desk.api.desk.removeNote({ operationId: operation(), visitId: first.visit.id, noteId: note!.id, version: 3 })
    expect(await failureOf(other, 'desk.removeNote', { operationId: operation(), visitId: second.visit.id, noteId: note!.id, version: 3 })).toMatchObject({ details: { staffName: staff.first.fullName, kind: 'desk.removeNote', current: null } })
  })

  test('is taken back step by step, and not when a colleague has changed it since', async () => {
    const { visit } = await openVisit(desk, cast.maria, 'none')
    const [added, edited, removed] = [operation(), operation(), operation()]
    const [note] = await add(desk, visit.id, 'Было', null, added)
    await desk.api.desk.editNote({ operationId: edited, visitId: visit.id, noteId: note!.id, text: 'Стало', expiresOn: null, version: 1 })
    await desk.api.desk.removeNote({ operationId: removed, visitId: visit.id, noteId: note!.id, version: 2 })
    const texts = async () => (await desk.api.desk.card({ subscriberId: visit.subscriberId })).notes.map(({ text }) => text)
    const undo = (target: string) => desk.dispatch('visits.undo', { operationId: operation(), target })
    expect(await undo(added)).toMatchObject({ ok: false, failure: { reason: 'changedSince' } })
    expect(await undo(removed)).toMatchObject({ ok: true, value: { undone: 'desk.removeNote' } })
    expect(await texts()).toEqual(['Стало'])
    expect(await undo(edited)).toMatchObject({ ok: true })
    expect(await texts()).toEqual(['Было'])
    const second = await openVisit(other, cast.maria, 'none')
    const seen = (await other.api.desk.card({ subscriberId: visit.subscriberId })).notes[0]!
    await other.api.desk.editNote({ operationId: operation(), visitId: second.visit.id, noteId: note!.id, text: 'Другое', expiresOn: null, version: seen.version })
    expect(await undo(added)).toMatchObject({ ok: false, failure: { reason: 'changedSince' } })
    expect(await texts()).toEqual(['Другое'])
  })

  test('its text is in no operation and no log', async () => {
    const { visit } = await openVisit(desk, cast.maria, 'none')
    await add(desk, visit.id, 'Особенная тайна')
    const { rows } = await office.owner.raw(`select (select string_agg(details::text || result::text, '') from operation where visit_id = :id) || (select string_agg(details::text, '') from audit_event where visit_id = :id) as kept`, { id: visit.id })
    expect(rows[0].kept).not.toContain('тайна')
  })

  test('of another subscriber’s card is out of reach, also with psql', async () => {
    const { visit } = await openVisit(other, cast.fyodor, 'none')
    const [note] = await add(other, visit.id)
    const own = await openVisit(desk, cast.maria, 'none')
    expect(await failureOf(desk, 'desk.editNote', { operationId: operation(), visitId: own.visit.id, noteId: note!.id, text: 'Чужая', expiresOn: null, version: 1 })).toMatchObject({ code: 'notFound', reason: 'note' })
    expect(await failureOf(desk, 'desk.removeNote', { operationId: operation(), visitId: visit.id, noteId: note!.id, version: 1 })).toMatchObject({ reason: 'notYourVisit' })
    await expect(psql.query('select * from subscriber_note')).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query(`select notes_json(${visit.subscriberId}, 1)`)).rejects.toMatchObject({ code: '42501' })
    await expect(psql.query(`select note_undo(null::operation, now())`)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('look-ups in mass', () => {
  test('are told to a supervisor per member of staff and day, with what followed', async () => {
    const today = (await office.owner.raw('select office_today()::text as today')).rows[0].today as string
    const read = async () => (await senior.api.audit.lookups({ from: today, to: today })).find(({ staffLogin }) => staffLogin === staff.second.login)
    const none = { searches: 0, foundNothing: 0, openedAfter: 0, unmasked: 0, openedWithoutVisit: 0 }
    const before = { ...none, ...(await read()) }
    await other.api.desk.search({ text: '1111 222333' })
    const { hits } = await other.api.desk.search({ text: '7404 123456' })
    const visit = await identifiedVisitOf(other, cast.maria)
    expect(hits[0]!.subscriberId).toBe(visit.subscriberId)
    await other.api.desk.unmask({ operationId: operation(), visitId: visit.id, subscriberId: visit.subscriberId, reason: 'dictate' })
    const after = await read()
    expect(after).toMatchObject({ staffName: staff.second.fullName, day: today, searches: before.searches + 2, foundNothing: before.foundNothing + 1, openedAfter: before.openedAfter + 1, unmasked: before.unmasked + 1 })
    const drilled = await senior.api.audit.events({ staffLogin: staff.second.login, day: today, lookups: true })
    expect(drilled).toHaveLength(after!.searches + after!.refused + after!.unmasked + after!.openedWithoutVisit)
    expect(await senior.api.audit.events({ staffLogin: staff.second.login, day: addDays(today, -1) })).toEqual([])
    await senior.api.desk.card({ subscriberId: visit.subscriberId })
    expect((await senior.api.audit.lookups({ from: today, to: today })).find(({ staffLogin }) => staffLogin === staff.senior.login)!.openedWithoutVisit).toBeGreaterThan(0)
  })

  test('also those that were stopped by the limit', async () => {
    const today = (await office.owner.raw('select office_today()::text as today')).rows[0].today as string
    for (let n = 0; n < 20; n++) await other.api.desk.search({ text: `1111 2223${10 + n}` })
    expect(await failureOf(other, 'desk.search', { text: '1111 222399' })).toMatchObject({ reason: 'tooManyDocumentLookups' })
    expect((await senior.api.audit.lookups({ from: today, to: today })).find(({ staffLogin }) => staffLogin === staff.second.login)).toMatchObject({ refused: expect.any(Number) })
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'desk.searchRefused' and staff_login = ?`, [staff.second.login])
    expect(rows[0].n).toBeGreaterThan(0)
  })

  test('are the supervisor’s to see, and nobody else’s', async () => {
    expect(await failureOf(desk, 'audit.lookups', { from: '2026-01-01', to: '2026-01-31' })).toMatchObject({ reason: 'roleMissing' })
    await expect(psql.query(`select audit_lookups('2026-01-01', '2026-01-31')`)).rejects.toMatchObject({ code: '42501' })
    expect(await failureOf(senior, 'audit.lookups', { from: '2026-02-01', to: '2026-01-31' })).toMatchObject({ reason: 'periodOfReport' })
  })
})

test('an operation without an inverse can’t be taken back, whatever its name', async () => {
  const { visit } = await openVisit(desk, cast.maria)
  const id = operation()
  await desk.api.desk.unmask({ operationId: id, visitId: visit.id, subscriberId: visit.subscriberId, reason: 'verify' })
  expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: id })).toMatchObject({ code: 'conflict', reason: 'cannotBeUndone' })
  expect(await failureOf(desk, 'visits.undo', { operationId: operation(), target: randomUUID() })).toMatchObject({ reason: 'notYourOperation' })
})
