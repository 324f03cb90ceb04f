import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { auditedActions } from '../portal-access/memo'
import { filter, flats, house, period, provider } from './houses'

let office: TestOffice
let senior: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  senior = await office.desk('senior')
})
afterEach(() => office.close())

const preview = (more: Parameters<typeof filter>[0] = {}, separators = true) => senior.api.documentBatches.preview({ filter: filter(more), separators })
const create = (more: Parameters<typeof filter>[0] = {}, separators = true) => senior.api.documentBatches.create({ operationId: operation(), name: 'Пакетная', filter: filter(more), separators })
const items = async (batchId: string): Promise<string[]> => {
  const { rows } = await office.owner.raw(`select a.number from document_batch_item i join account a on a.id = i.account_id where i.batch_id = ? order by i.n`, [batchId])
  return rows.map(({ number }: { number: string }) => number)
}

describe('what would be printed', () => {
  test('is counted before anything happens: documents, houses as people count them, pages and sheets with the separators', async () => {
    await house(office.owner, '10', flats(3))
    await house(office.owner, '2', flats(2))
    await house(office.owner, '2А', flats(1))
    await house(office.owner, '2 корп. 2', flats(1))
    const before = await office.owner('payment_document').select()
    const found = await preview()
    expect(found).toMatchObject({ documents: 7, byEmail: 0, houses: 4 })
    expect(found.list.map((one) => [one.house, one.building, one.documents])).toEqual([['2', '', 2], ['2', '2', 1], ['2А', '', 1], ['10', '', 3]])
    // A page each, and four separators.
    expect([found.pages, found.sheets]).toEqual([11, 11])
    expect((await preview({}, false)).pages).toBe(7)
    expect(await office.owner('payment_document').select()).toEqual(before)
    expect(await auditedActions(office.owner, 'documentBatches.preview')).toMatchObject([{ provider, period, documents: 7 }, { documents: 7 }])
  })

  test('is narrowed by words of the street, the town, the house', async () => {
    await house(office.owner, '10', flats(3))
    await house(office.owner, '10А', flats(2))
    await house(office.owner, '2 корп. 2', flats(1))
    expect(await preview({ street: 'пакетная' })).toMatchObject({ documents: 6 })
    expect(await preview({ street: 'пр. Пакетная' })).toMatchObject({ documents: 0, list: [], pages: 0, sheets: 0 })
    expect(await preview({ town: 'Энск' })).toMatchObject({ documents: 6 })
    expect(await preview({ town: 'Дальний' })).toMatchObject({ documents: 0 })
    expect(await preview({ house: '10' })).toMatchObject({ documents: 3 })
    expect(await preview({ house: '10 а' })).toMatchObject({ documents: 2 })
    for (const written of ['2 корп. 2', '2к2', '2 к. 2', '2 корпус 2']) expect(await preview({ house: written }), written).toMatchObject({ documents: 1 })
    expect(await failureOf(senior, 'documentBatches.preview', { filter: filter({ provider: 'nobody' }), separators: true })).toMatchObject({ code: 'notFound', reason: 'provider' })
  })

  test('is narrowed by debt of the months before and by what somebody has got already', async () => {
    await house(office.owner, '1', flats(2))
    await house(office.owner, '2', flats(3), { debt: 150_000 })
    await house(office.owner, '3', flats(1), { debt: -20_000 })
    expect(await preview({ onlyDebtors: true })).toMatchObject({ documents: 3 })
    expect(await preview({ debtFrom: 100_000, debtTo: 150_000 })).toMatchObject({ documents: 3 })
    expect(await preview({ debtFrom: 150_001 })).toMatchObject({ documents: 0 })
    expect(await preview({ debtTo: -1 })).toMatchObject({ documents: 1 })
    await office.owner.raw(`select payment_document_given(payment_document_made(a, ?)) from account a where a.number = 'П2-1'`, [`${period}-01`])
    expect(await preview()).toMatchObject({ documents: 5 })
    expect(await preview({ onlyUnprinted: false })).toMatchObject({ documents: 6 })
  })

  test('says who gets it by e-mail: who chose it for this period and has a confirmed address', async () => {
    await house(office.owner, '1', flats(6), { email: ['1', '2', '3', '4'] })
    // 1: the address is not confirmed. 2: chosen, but for the next bill on. 3: chosen long ago. 4: back to paper, for the next bill on, and still no letter.
    await office.owner.raw(`update subscriber_contact set state = 'unconfirmed' where subscriber_id = (select subscriber_id from account where number = 'П1-1') and kind = 'email'`)
    const choose = (number: string, delivery: string, from: string, was: string) =>
      office.owner.raw(`insert into bill_delivery_choice (account_id, delivery, from_period, before) select id, ?, ?::date, ? from account where number = ?`, [delivery, from, was, number])
    await choose('П1-2', 'email', '2026-11-01', 'paper')
    await choose('П1-3', 'email', '2026-03-01', 'paper')
    await choose('П1-4', 'paper', '2026-11-01', 'email')
    await office.owner.raw(`update account set bill_delivery = 'paper' where number = 'П1-4'`)
    expect(await preview()).toMatchObject({ documents: 6, byEmail: 1, pages: 6 })
    expect(await preview({ delivery: 'email' })).toMatchObject({ documents: 1, byEmail: 1, pages: 0, sheets: 0 })
    expect(await preview({ delivery: 'paper' })).toMatchObject({ documents: 5, byEmail: 0 })
    const { batchId } = await create({ delivery: 'email' })
    expect(await items(batchId)).toEqual(['П1-3'])
  })

  test('is no business of an operator’s', async () => {
    const desk = await office.desk('first')
    expect(await failureOf(desk, 'documentBatches.preview', { filter: filter(), separators: true })).toMatchObject({ code: 'forbidden' })
    const psql = await office.psql('first')
    await expect(psql.query(`select document_batch_list()`)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('a batch', () => {
  test('is in the order a postman walks: street, house, flat, as people count', async () => {
    await house(office.owner, '10', ['10', '2', '2А', '1'])
    await house(office.owner, '2', ['11', '9'])
    const { batchId } = await create()
    expect(await items(batchId)).toEqual(['П2-9', 'П2-11', 'П10-1', 'П10-2', 'П10-2А', 'П10-10'])
  })

  test('is made once, however often the form is sent, and not at all when nothing is chosen', async () => {
    await house(office.owner, '1', flats(2))
    const input = { operationId: operation(), name: 'Пакетная', filter: filter(), separators: true }
    const first = await senior.api.documentBatches.create(input)
    expect(await senior.api.documentBatches.create(input)).toEqual(first)
    expect(await senior.api.documentBatches.list({})).toMatchObject([{ batchId: first.batchId, name: 'Пакетная', period, state: 'ready', counts: { documents: 2, waiting: 2 } }])
    expect(await failureOf(senior, 'documentBatches.create', { ...input, operationId: operation(), filter: filter({ house: '999' }) })).toMatchObject({ reason: 'documentBatchEmpty' })
    expect(await senior.api.documentBatches.list({})).toHaveLength(1)
  })

  test('splits a large house into packs of five hundred at most', async () => {
    await house(office.owner, '1', flats(1001))
    await house(office.owner, '2', flats(2))
    const { batchId } = await create()
    const { rows } = await office.owner.raw(`select address, part, parts, last_item - first_item + 1 as documents from document_batch_pack where batch_id = ? order by n`, [batchId])
    expect(rows.map((row: { part: number; parts: number; documents: number }) => [row.part, row.parts, row.documents])).toEqual([[1, 3, 500], [2, 3, 500], [3, 3, 1], [1, 1, 2]])
    expect(rows[0].address).toBe('Энская обл., г. Энск, ул. Пакетная, д. 1')
  })

  test('is of its office: a supervisor of another one neither sees nor touches it, unless granted all of them', async () => {
    await house(office.owner, '1', flats(1))
    const { batchId } = await create()
    await office.owner.raw(`select set_config('okno.operation', 'test', false)`)
    await office.owner.raw(`with o as (insert into office (code, name) values ('other', 'Другой офис') returning id) update staff set office_id = o.id from o where login = ?`, [staff.senior.login])
    expect(await senior.api.documentBatches.list({})).toEqual([])
    const calls: [string, object][] = [['state', {}], ['pause', {}], ['retry', { operationId: operation(), items: null }], ['run', { output: { how: 'print', printer: 'none' } }]]
    for (const [call, more] of calls) expect(await failureOf(senior, `documentBatches.${call}`, { batchId, ...more }), call).toMatchObject({ code: 'notFound', reason: 'printBatch' })
    const psql = await office.psql('senior')
    await expect(psql.query('select document_batch_run($1, $2, $3)', [batchId, operation(), 'psql'])).rejects.toMatchObject({ code: 'OK404' })
    await expect(psql.query(`select memo_batch_state($1)`, [batchId])).rejects.toMatchObject({ code: 'OK404' })
    await office.owner.raw(`update staff set grants = '{allOffices}' where login = ?`, [staff.senior.login])
    expect(await senior.api.documentBatches.list({})).toMatchObject([{ batchId }])
    expect(await senior.api.documentBatches.state({ batchId })).toMatchObject({ state: 'ready' })
  })

  test('counts nothing for a supervisor with psql who prints no sheet', async () => {
    await house(office.owner, '1', flats(1))
    const { batchId } = await create()
    const psql = await office.psql('senior')
    const run = operation()
    await psql.query('select document_batch_run($1, $2, $3)', [batchId, run, 'psql'])
    const { rows } = await psql.query(`select document_batch_next($1, $2, 10, false, 'printer') as text`, [batchId, run])
    expect(JSON.parse(rows[0].text)).toMatchObject({ n: 1, packs: [{ documents: 1 }] })
    await psql.query('select document_batch_drawn($1, $2, 1, 1, 2, $3, $4, $5, $6)', [batchId, run, JSON.stringify([{ n: 1, sheet: 2, sheets: 1, duplicate: null }]), JSON.stringify([{ pack: 1, sheet: 1 }]), '[]', []])
    await expect(psql.query('select document_batch_issue($1, $2, 1)', [batchId, run])).rejects.toMatchObject({ message: 'documentsNotHanded' })
    expect(await office.owner('payment_document').sum('issues as n').whereIn('account_id', office.owner('account').select('id').where('number', 'П1-1'))).toEqual([{ n: 0 }])
  })

  test('believes no program that has drawn what its chunk does not hold, a bill twice, or sheets that do not come next', async () => {
    await house(office.owner, '1', flats(2))
    await house(office.owner, '2', flats(1))
    const { batchId } = await create({}, false)
    const psql = await office.psql('senior')
    const run = operation()
    await psql.query('select document_batch_run($1, $2, $3)', [batchId, run, 'psql'])
    await psql.query(`select document_batch_next($1, $2, 10, true, 'printer')`, [batchId, run])
    const bill = (n: number, sheet: number) => ({ n, sheet, sheets: 1, duplicate: null })
    const drawn = (first: number, sheets: number, bills: object[]) => psql.query('select document_batch_drawn($1, $2, 1, $3, $4, $5, $6, $6, $7)', [batchId, run, first, sheets, JSON.stringify(bills), '[]', []])
    const wrong: [string, number, number, object[]][] = [
      ['one bill twice', 1, 2, [bill(1, 1), bill(1, 2)]],
      ['a bill of another house', 1, 2, [bill(1, 1), bill(3, 2)]],
      ['a bill there is not', 1, 2, [bill(1, 1), bill(99, 2)]],
      ['sheets that were given already', 0, 2, [bill(1, 0), bill(2, 1)]],
      ['sheets far ahead', 41, 2, [bill(1, 41), bill(2, 42)]],
      ['a bill behind the last sheet', 1, 1, [bill(1, 1), bill(2, 2)]],
    ]
    for (const [what, first, sheets, bills] of wrong) await expect(drawn(first, sheets, bills), what).rejects.toMatchObject({ message: 'batchChunkEnded' })
    await drawn(1, 2, [bill(1, 1), bill(2, 2)])
    await expect(drawn(1, 2, [bill(1, 1), bill(2, 2)])).rejects.toMatchObject({ message: 'batchChunkEnded' })
  })
})
