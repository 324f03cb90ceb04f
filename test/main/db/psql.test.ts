import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Card } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { cast } from '../../../src/main/training'
import { staff } from '../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { identifiedVisitOf, visitOf } from '../features/visits/visit-of'

// A dishonest operator with psql: transactions that are taken back, nulls and shapes the program never sends, dates no calendar has. rights.test.ts holds who may what.

let office: TestOffice
let psql: pg.Client
let desk: TestDesk
let other: TestDesk
let visit: Visit
let card: Card

beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  other = await office.desk('second')
  visit = await identifiedVisitOf(desk, cast.alyona)
  card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
  psql = await office.psql('first')
})
afterAll(() => office.close())
beforeEach(async () => {
  await office.owner.raw('delete from identification_failure; delete from document_lookup')
  await rested()
})

const refused = (message: string, code: string) => ({ code, message })
const ask = (sql: string, values: unknown[] = []) => psql.query(sql, values)
const answer = async (sql: string, values: unknown[] = []) => Object.values((await ask(sql, values)).rows[0] as object)[0] as never
/** As if no wrong number had been tried today. */
const rested = () => office.owner.raw(`select setval(guess_sequence(id)::regclass, 1) from staff`)

async function takenBack<T>(work: () => Promise<T>): Promise<T> {
  await ask('begin')
  try {
    return await work()
  } finally {
    await ask('rollback')
  }
}

describe('what is taken back with its transaction', () => {
  test('shows no documents and no contact: a look is answered only when it stands in the log', async () => {
    const id = operation()
    const look = ['select desk_unmask($1, $2, $3, $4)', [id, visit.id, visit.subscriberId, 'verify']] as const
    const contact = ['select contact_unmask($1, $2, $3, $4)', [operation(), visit.id, card.contacts[0]!.id, 'verify']] as const
    for (const [sql, values] of [look, contact]) {
      await takenBack(async () => {
        expect(await answer(sql, [...values])).toBeNull()
        await expect(ask(sql, [...values])).rejects.toMatchObject(refused('operationIdUsed', 'OK409'))
      })
      // A subtransaction is taken back as well.
      await takenBack(async () => {
        await ask('savepoint one')
        expect(await answer(sql, [...values])).toBeNull()
        await ask('release one')
        await expect(ask(sql, [...values])).rejects.toMatchObject(refused('operationIdUsed', 'OK409'))
      })
    }
    expect(await answer(look[0], [...look[1]])).toBeNull()
    expect(await answer(look[0], [...look[1]])).toMatchObject({ documents: [{ number: cast.alyona.document!.number }] })
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'desk.unmask' and details ->> 'operation' = ?`, [id])
    expect(rows[0].n).toBe(1)
  })

  test('a look is not repeated for weeks under one line of the log', async () => {
    const values = [operation(), visit.id, visit.subscriberId, 'verify']
    await ask('select desk_unmask($1, $2, $3, $4)', values)
    await office.owner.raw(`update operation set at = at - interval '11 minutes' where id = ?`, [values[0] as string])
    await expect(ask('select desk_unmask($1, $2, $3, $4)', values)).rejects.toMatchObject(refused('operationIdUsed', 'OK409'))
  })

  test('shows no card: the visit it is opened in must stand', async () => {
    const { subscriberId } = await visitOf(other, cast.fyodor)
    await takenBack(async () => {
      await ask('select visit_open($1, $2)', [operation(), subscriberId])
      await expect(ask('select desk_card($1)', [subscriberId])).rejects.toMatchObject(refused('tryAgain', 'OK409'))
    })
  })

  test.each([
    ['documents', `select desk_search_keys(p_documents => array[$1::text])`, 'hits'],
    ['codes of visits', `select desk_search_keys(p_visit_code => 'V' || lpad($1::text, 9, '0'))`, 'hits'],
  ])('gives no tries back: %s, from several connections and isolated from each other', async (_what, sql) => {
    const connections = await Promise.all(Array.from({ length: 3 }, () => office.psql('first')))
    let tried = 0
    let number = 1_000_000_000
    for (let round = 0; round < 30; round++) {
      const client = connections[round % connections.length]!
      await client.query('begin isolation level repeatable read')
      await client.query('select 1')
      for (let n = 0; n < 3; n++) {
        const { rows } = await client.query(sql, [String(number++)])
        if (!('refused' in (Object.values(rows[0] as object)[0] as object))) tried++
      }
      await client.query('rollback')
    }
    // 30 a minute, and the minute may have turned once meanwhile.
    expect(tried).toBeGreaterThanOrEqual(30)
    expect(tried).toBeLessThanOrEqual(60)
  })

  test('gives no tries back: numbers of somebody’s passport, which the attempts of the day alone would not stop', async () => {
    let told = 0
    for (let n = 0; n < 70; n++) {
      await takenBack(async () => {
        const result = ask('select visit_identify($1, $2, $3, $4)', [operation(), visit.id, 'passport_rf', String(1_000_000_000 + n)])
        await result.then(() => told++, (cause: unknown) => expect(cause).toMatchObject(refused('tooManyDocumentLookups', 'OK403')))
      })
    }
    expect(told).toBeGreaterThanOrEqual(30)
    expect(told).toBeLessThanOrEqual(60)
    const { rows } = await office.owner.raw('select count(*)::int as n from identification_failure')
    expect(rows[0].n).toBe(0)
  })

  test('right numbers cost nothing', async () => {
    const { series, number } = cast.alyona.document!
    for (let n = 0; n < 40; n++) await ask('select visit_identify($1, $2, $3, $4)', [operation(), visit.id, 'passport_rf', `${series}${number}`])
    expect(await answer('select visit_identify($1, $2, $3, $4)', [operation(), visit.id, 'passport_rf', `${series}${number}`])).toMatchObject({ agrees: true })
  })

  test('nobody touches what counts the tries', async () => {
    const { rows } = await office.owner.raw('select guess_sequence(id) as name from staff where login = ?', [staff.first.login])
    for (const sql of [`select setval('${rows[0].name}', 1)`, `select last_value from ${rows[0].name}`, `alter sequence ${rows[0].name} restart`, 'select guess_take(1)', 'select guess_right(1)']) {
      await expect(ask(sql), sql).rejects.toMatchObject({ code: '42501' })
    }
  })
})

describe('nulls', () => {
  test('make no search endless', async () => {
    const wide = refused('searchTooWide', 'OK400')
    await expect(ask(`select desk_search_names(p_names => '[{"last": "соколов"}]', p_limit => null)`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_keys(p_accounts => '{1}', p_limit => null)`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_similar(p_addresses => '[{"words": ["ленина"], "places": [{"house": "1"}]}]', p_limit => null)`)).rejects.toMatchObject(wide)
    await expect(ask(`select desk_search_far('[{"last": "соколов"}]', p_limit => null)`)).rejects.toMatchObject(wide)
    await expect(ask('select request_queue(p_limit => null)')).rejects.toMatchObject(refused('shape', 'OK400'))
    await expect(ask('select request_queue(p_state => null)')).rejects.toMatchObject(refused('shape', 'OK400'))
  })

  test('are no version of a note or a request', async () => {
    const { notes } = await desk.api.desk.addNote({ operationId: operation(), visitId: visit.id, text: 'Ключи у соседки', expiresOn: null })
    await expect(ask('select note_edit($1, $2, $3, $4, null, null)', [operation(), visit.id, notes[0]!.id, 'Другое'])).rejects.toMatchObject(refused('changedByAnotherDesk', 'OK409'))
    const request = await desk.api.requests.create({ operationId: operation(), visitId: visit.id, accountId: null, kind: 'letter', text: 'Справка' })
    await expect(ask('select request_change($1, $2, null, $3, $4)', [operation(), request.id, visit.id, 'inProgress'])).rejects.toMatchObject(refused('changedByAnotherDesk', 'OK409'))
  })
})

describe('what every desk reads later', () => {
  test('holds no day that is in no calendar and no type that nobody wrote', async () => {
    const facts = { name: 'Ручьёв Пётр Ильич', documentType: 'passport_rf', documentKey: '7404111222', powerNumber: '1', powerDate: '2026-01-10', form: 'plain' }
    const represented = (by: string, change: object) => ask('select visit_identify_representative($1, $2, $3, $4)', [operation(), visit.id, by, JSON.stringify({ ...facts, ...change })])
    const incomplete = refused('representativeIncomplete', 'OK400')
    await expect(represented('power', { powerUntil: 'infinity' })).rejects.toMatchObject(incomplete)
    await expect(represented('power', { powerUntil: '20260-01-01' })).rejects.toMatchObject(incomplete)
    await expect(represented('power', { documentType: '<b>' })).rejects.toMatchObject(incomplete)
    await expect(represented('power', { documentType: 7 })).rejects.toMatchObject(incomplete)
    await expect(represented('power', { powerNumber: { a: 1 } })).rejects.toMatchObject(incomplete)
    await expect(represented('power', { name: 'я'.repeat(5000) })).rejects.toMatchObject(incomplete)
    await expect(represented('guardian', { actNumber: '1', actIssuer: 'x', actDate: '-infinity' })).rejects.toMatchObject(incomplete)
    await expect(ask('select note_add($1, $2, $3, $4)', [operation(), visit.id, 'x', 'infinity'])).rejects.toMatchObject(refused('noteExpired', 'OK400'))

    const account = card.accounts[0]!.id
    const create = (kind: string, details: object) => ask('select request_create($1, $2, $3, $4, $5, $6)', [operation(), visit.id, kind, 'x', account, JSON.stringify(details)])
    for (const details of [{ from: 'infinity' }, { from: 'tomorrow' }, { from: '2026-12-01', amount: 'много' }, { from: '2026-12-01', amount: -5 }, { from: '2026-12-01', tariff: { a: 1 } }]) {
      await expect(create('termination', details), JSON.stringify(details)).rejects.toMatchObject({ message: expect.stringMatching(/^(?:shape|requestDatePast)$/) as string })
    }

    const meter = card.accounts.flatMap(({ id, meters }) => meters.map((each) => ({ account: id, ...each }))).find(({ removedOn }) => removedOn === null)
    if (!meter) throw new Error('the cast has a meter')
    const act = [operation(), visit.id, meter.account, meter.id, '12']
    await expect(ask('select meter_seal($1, $2, $3, $4, $5, current_date, $6, $7)', [...act, '555', 'infinity'])).rejects.toMatchObject(refused('actIncomplete', 'OK400'))
    await expect(ask('select meter_break_seal($1, $2, $3, $4, $5, $6)', [...act, '-infinity'])).rejects.toMatchObject(refused('actIncomplete', 'OK400'))
    const replace = (installed: object) => ask(`select meter_replace($1, $2, $3, $4, $5, current_date, current_date, '{1}', '{}', 'broken', $6)`,
      [...act, JSON.stringify({ serial: 'N1', digits: 5, decimals: 0, zones: 1, installedOn: new Date().toISOString().slice(0, 10), initial: [0], ...installed })])
    await expect(replace({ ratio: 'NaN' })).rejects.toMatchObject(refused('meterIncomplete', 'OK400'))
    await expect(replace({ ratio: -1 })).rejects.toMatchObject(refused('meterIncomplete', 'OK400'))
    await expect(replace({ verifiedUntil: 'infinity' })).rejects.toMatchObject(refused('meterIncomplete', 'OK400'))
    const many = JSON.stringify(Array.from({ length: 100_000 }, () => ({ meterId: meter.id, values: [1] })))
    await expect(ask('select reading_portal_verdict($1, $2, current_date, $3)', [visit.id, meter.account, many])).rejects.toMatchObject(refused('shape', 'OK400'))
    await expect(ask('select reading_control($1, $2, $3, current_date, $4, current_date, $5, $6)', [operation(), visit.id, meter.account, '1', 'x', many])).rejects.toMatchObject(refused('shape', 'OK400'))
    await expect(ask('select reading_save($1, $2, $3, current_date, null, $4)', [operation(), visit.id, meter.account, '[]'])).rejects.toMatchObject({ code: 'OK400' })

    // Nothing of it has come through: the card still opens.
    await expect(desk.api.desk.card({ subscriberId: visit.subscriberId })).resolves.toBeTruthy()
    await expect(desk.api.visits.mine({})).resolves.toHaveLength(1)
  })
})

describe('requests', () => {
  test('a supervisor who opens one under a made-up visit is in the log all the same', async () => {
    const request = await desk.api.requests.create({ operationId: operation(), visitId: visit.id, accountId: null, kind: 'complaint', text: 'Долго ждали' })
    const senior = await office.psql('senior')
    await senior.query('select request_open($1, $2)', [request.id, visit.id])
    await senior.query('select request_open($1, $2)', [request.id, 999_999])
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'requests.open' and staff_login = ?`, [staff.senior.login])
    expect(rows[0].n).toBe(2)
  })

  test('what is closed and nobody’s is not every operator’s to list, and whom a list showed is in the log', async () => {
    const request = await desk.api.requests.create({ operationId: operation(), visitId: visit.id, accountId: null, kind: 'connection', text: 'Тайное' })
    const numbers = async (state: 'open' | 'closed') => (await other.api.requests.queue({ state })).requests.map(({ number }) => number)
    expect(await numbers('open')).toContain(request.number)
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'requests.queue' and staff_login = ? order by at desc limit 1`, [staff.second.login])
    expect(rows[0].details.subscribers).toContain(visit.subscriberId)
    await desk.api.requests.change({ operationId: operation(), requestId: request.id, visitId: visit.id, version: request.version, status: 'withdrawn', comment: 'раздумал' })
    expect(await numbers('closed')).not.toContain(request.number)
  })
})

test('a contact that the register spelled unreadably is masked on the card, and shown in full with the documents', async () => {
  await office.owner.raw(`update subscriber set contact_note = 'тел 8-9O3-12-xx-77' where id = ?`, [visit.subscriberId])
  const { subscriber } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
  expect(subscriber.contactNote).toBe('***77')
  expect(await desk.api.desk.unmask({ operationId: operation(), visitId: visit.id, subscriberId: visit.subscriberId, reason: 'verify' })).toMatchObject({ contactNote: 'тел 8-9O3-12-xx-77' })
})

test('yesterday’s visit serves nobody, nor is one taken over that waits since then', async () => {
  const theirs = await identifiedVisitOf(other, cast.fyodor)
  await other.api.visits.handOver({ operationId: operation(), visitId: theirs.id, to: null, action: null, accountId: null, note: null })
  const own = await visitOf(desk, cast.maria)
  await office.owner.raw(`update visit set opened_at = opened_at - interval '1 day' where id in (?, ?)`, [theirs.id, own.id])
  await expect(ask('select visit_accept($1, $2)', [operation(), theirs.id])).rejects.toMatchObject(refused('visitNotWaiting', 'OK409'))
  await expect(ask('select visit_readings_only($1, $2)', [operation(), own.id])).rejects.toMatchObject(refused('visitClosed', 'OK409'))
})
