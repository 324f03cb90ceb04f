import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadingReason } from '@shared/domain/reading-reasons'
import { cast } from '../../../../src/main/training'
import { at, random } from '../../../../src/main/training/random'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { openVisit } from '../../../support/visit'
import { giveMeters } from '../readings/meters'
import { byHand, officeDay } from './asked'

// What is kept for the reports is what the rows say, whatever was done to them and whenever something was kept meanwhile. The statements by hand share nothing with the functions.

let office: TestOffice
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  // Days differ between the two offices: what is kept must be by the clock of each.
  await office.owner.raw(`insert into office (code, name, time_zone) values ('east', 'Восточный офис', 'Asia/Vladivostok')`)
})
afterAll(() => office.close())

const wide = `date '1990-01-01', date '2199-01-01'`

async function expectOperationsEqual(): Promise<void> {
  const kept = await byHand(office, `select day::text, hour, office_id, window_code, staff_id, kind, provider_id, sum(n)::int as n from operation_counts(${wide}) group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7`)
  const rows = await byHand(office, `
    select to_char(t.l, 'YYYY-MM-DD') as day, extract(hour from t.l)::int as hour, coalesce(t.office_id, 0) as office_id, coalesce(t.window_code, '') as window_code, coalesce(t.staff_id, 0) as staff_id, t.kind,
      coalesce(t.provider_id, 0) as provider_id, count(*)::int as n
    from (select timezone(coalesce((select f.time_zone from office f where f.id = o.office_id), (select f.time_zone from office f order by f.id limit 1)), o.at) as l, o.office_id,
            (select v.window_code from visit v where v.id = o.visit_id) as window_code, o.staff_id, o.kind, (select a.provider_id from account a where a.id = o.account_id) as provider_id from operation o) t
    group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7`)
  expect(kept).toEqual(rows)
  // Nothing is compared with nothing.
  expect(rows.length).toBeGreaterThan(0)
}

async function expectReadingsEqual(): Promise<void> {
  const dimensions = 'day, period, channel, status, service, meter_type, provider_id, staff_id, office_id, what, code'
  const kept = await byHand(office, `select day::text, period::text, channel, status, service, meter_type, provider_id, staff_id, office_id, what, code, sum(n)::int as n from reading_counts(${wide}) group by ${dimensions} having sum(n) <> 0 order by ${dimensions}`)
  const rows = await byHand(office, `
    with r as (
      select to_char(timezone(coalesce((select f.time_zone from office f where f.id = x.office_id), (select f.time_zone from office f order by f.id limit 1)), x.entered_at), 'YYYY-MM-DD')::date as day, x.period, x.channel,
        x.status, m.service, case when m.is_automatic then 'automatic' when m.zones > 1 then 'zones' else 'general' end as meter_type, a.provider_id, coalesce(x.staff_id, 0) as staff_id,
        coalesce(x.office_id, 0) as office_id, x.warnings, x.reasons, x.review, x.status_reason
      from meter_reading x, meter m, account a where m.id = x.meter_id and a.id = x.account_id
    ), cells as (
      select r.*, '' as what, '' as code from r
      union all select r.*, 'warned', '' from r where cardinality(warnings) > 0
      union all select r.*, 'overridden', '' from r where cardinality(reasons) > 0
      union all select r.*, 'warning', w from r, unnest(r.warnings) w
      union all select r.*, 'waiting', w from r, unnest(r.warnings) w where r.review is null and r.status in ('entered', 'accepted', 'calculated')
      union all select r.*, 'reason', w from r, unnest(r.reasons) w
      union all select r.*, 'cancelled', regexp_replace(coalesce(r.status_reason, ''), ':.*$', '') from r where r.status = 'cancelled'
    )
    select day::text, period::text, channel, status, service, meter_type, provider_id, staff_id, office_id, what, code, count(*)::int as n from cells group by ${dimensions} order by ${dimensions}`)
  expect(kept).toEqual(rows)
  expect(rows.length).toBeGreaterThan(0)
}

test('readings that registers brought are in the cells', async () => {
  // The training office is loaded through the same import as any register.
  const [{ n } = { n: 0 }] = await byHand<{ n: number }>(office, `select count(*)::int as n from meter_reading where import_batch_id is not null`)
  expect(n).toBeGreaterThan(20)
  await expectReadingsEqual()
})

test('what a desk does to readings is in the cells at once: saved, corrected, taken back, accepted at the end of the visit, cancelled, reviewed', async () => {
  const { visit, account } = await openVisit(desk, cast.pyotrElder, 'readingsOnly')
  const accountId = account('eis24').id
  const takenOn = await officeDay(office)
  const [meterId] = await giveMeters(office.owner, accountId, takenOn, [{ serial: '12345678' }])
  const save = async (value: number, reasons: ReadingReason[] = []) => {
    const operationId = operation()
    await desk.api.readings.save({ operationId, visitId: visit.id, accountId, takenOn, entries: [{ meterId: meterId!, values: [value], reasons }] })
    await expectReadingsEqual()
    return operationId
  }
  await save(140_000)
  const second = await save(141_000, ['previousEntryWrong'])
  await desk.api.visits.undo({ operationId: operation(), target: second })
  await expectReadingsEqual()
  await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
  await expectReadingsEqual()
  const sums = await byHand<{ status: string; n: number }>(office, `select status, sum(n)::int as n from reading_cell_change where channel = 'desk' and staff_id <> 0 and what = '' group by 1 having sum(n) <> 0 order by 1`)
  expect(sums).toEqual([{ status: 'accepted', n: 1 }, { status: 'cancelled', n: 1 }])
  await office.owner.raw('select reading_cells_fold(1)')
  await expectReadingsEqual()
  await expectOperationsEqual()
})

describe.each([1, 2, 3])('after a random year, %i', (seed) => {
  test('counts that are kept are those of the rows', async () => {
    const r = random('kept', seed)
    const days = () => `now() - interval '${r.int(0, 40)} days' - interval '${r.int(0, 86_399)} seconds'`
    const one = (table: string) => `(select id from ${table} order by md5(id::text || '${r.int(0, 1e9)}') limit 1)`
    const works: [number, () => string][] = [
      // Operations: as they come, of an import, moved, deleted with their time of keeping.
      [8, () => `insert into operation (id, kind, account_id, staff_id, office_id, result) select gen_random_uuid(), '${r.pick(['desk.addNote', 'readings.review', 'requests.create'])}', ${one('account')}, ${one('staff')}, ${one('office')}, '{}' from generate_series(1, ${r.int(1, 5)})`],
      [8, () => `insert into operation (id, kind, account_id, staff_id, office_id, at, result) select gen_random_uuid(), 'portal.password', ${one('account')}, null, ${r.pick(['null', one('office')])}, ${days()}, '{}' from generate_series(1, ${r.int(1, 5)})`],
      [4, () => `update operation set ${r.pick([`at = ${days()}`, `kind = 'desk.editNote'`, `staff_id = ${one('staff')}`, `office_id = ${one('office')}`])} where id in (select id from operation where visit_id is null order by md5(id::text || '${r.int(0, 1e9)}') limit 3)`],
      [3, () => `delete from operation o where visit_id is null and at < ${days()} and not exists (select from meter_act a where a.operation_id = o.id) and not exists (select from operation x where x.undone_by = o.id) and md5(id::text) < '3'`],
      [2, () => `update visit set window_code = '${r.int(1, 9)}' where id = ${one('visit')}`],
      // Readings: of a register, of a desk, cancelled, reviewed, calculated, too old to be kept.
      [8, () => `insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status, warnings, reasons, staff_id, office_id, entered_at)
          select m.id, m.account_id, (now() - make_interval(days => ${r.int(1, 300)}, hours => n))::date, date '2026-10-01', 1000 * n, '${r.pick(['desk', 'portal', 'import', 'phone'])}', 'rejected',
            '${r.pick(['{}', '{}', '{aboveUsual}', '{aboveUsual,longSilence}'])}', '${r.pick(['{}', '{}', '{rollover}', '{adjustment,rollover}'])}', ${r.pick(['null', one('staff')])}, ${r.pick(['null', one('office')])}, ${days()}
          from (select * from meter order by md5(id::text || '${r.int(0, 1e9)}') limit ${r.int(1, 30)}) m cross join generate_series(1, 2) n`],
      [6, () => `update meter_reading set status = '${r.pick(['cancelled', 'cancelled', 'rejected'])}', status_reason = '${r.pick(['wrongValue: не то', 'replaced', 'review'])}', review = ${r.pick(['null', `'accepted'`])} where (meter_id * 31 + id) % 17 = ${r.int(0, 16)}`],
      [3, () => `update meter_reading set review = ${r.pick(['null', `'controlOrdered'`])}, channel = '${r.pick(['act', 'desk'])}', entered_at = entered_at + interval '${r.int(-30, 30)} hours' where id % 13 = ${r.int(0, 12)}`],
      [2, () => `update meter_reading set t1 = t1 + 1, export_id = gen_random_uuid() where id % 5 = ${r.int(0, 4)}`],
      [2, () => `delete from meter_reading where taken_on < (now() - interval '${r.int(60, 290)} days')::date and id % 3 = ${r.int(0, 2)}`],
      [3, () => `update meter set is_automatic = not is_automatic where id = ${one('meter')}`],
      [1, () => `update meter set verified_until = coalesce(verified_until, current_date) + 1`],
      // Keeping comes in between, and what it did is changed again.
      [6, () => `select report_fold(), reading_cells_fold(1)`],
      [1, () => `update office set time_zone = '${r.pick(['Asia/Vladivostok', 'Asia/Omsk'])}' where code = 'east'`],
    ]
    const total = works.reduce((sum, [weight]) => sum + weight, 0)
    for (let step = 1; step <= 60; step++) {
      let left = r.int(1, total)
      const [, work] = works.find(([weight]) => (left -= weight) <= 0) ?? at(works, 0)
      const sql = work()
      try {
        await office.owner.raw(sql.replaceAll('?', '\\?'))
      } catch (cause) {
        throw new Error(`step ${step}: ${sql}`, { cause })
      }
      if (step % 10 === 0) {
        await expectReadingsEqual()
        await expectOperationsEqual()
      }
    }
    await office.owner.raw('select report_fold()')
    const [{ kept } = { kept: 0 }] = await byHand<{ kept: number }>(office, `select count(*)::int as kept from operation_day`)
    expect(kept).toBeGreaterThan(0)
  })
})

test('a day that is kept and written to is counted from its rows until it is kept anew', async () => {
  await office.owner.raw('select report_fold()')
  await office.owner.raw(`insert into operation (id, kind, at, result) select gen_random_uuid(), 'desk.addNote', now() - interval '5 days', '{}'`)
  const [{ dirty } = { dirty: 0 }] = await byHand<{ dirty: number }>(office, `select count(*)::int as dirty from report_dirty_day where what = 'operation'`)
  expect(dirty).toBeGreaterThan(0)
  await expectOperationsEqual()
  await office.owner.raw('select report_fold()')
  expect(await byHand(office, 'select * from report_dirty_day')).toEqual([])
  await expectOperationsEqual()
})

test('a day somebody may still be writing to is not kept', async () => {
  await office.owner.raw('select report_fold()')
  await office.owner.raw(`update report_kept set through = through - 3 where what = 'operation'; delete from operation_day where day > (select through from report_kept where what = 'operation')`)
  await expectOperationsEqual()
  const writer = await office.owner.transaction()
  try {
    await writer.raw(`insert into operation (id, kind, at, result) values (gen_random_uuid(), 'desk.addNote', now() - interval '1 day', '{}')`)
    await office.owner.raw('select report_fold()')
    const [kept] = await byHand<{ behind: boolean }>(office, `select through < current_date - 2 as behind from report_kept where what = 'operation'`)
    expect(kept?.behind).toBe(true)
    await writer.commit()
  } finally {
    if (!writer.isCompleted()) await writer.rollback()
  }
  await expectOperationsEqual()
  await office.owner.raw('select report_fold()')
  await expectOperationsEqual()
})
