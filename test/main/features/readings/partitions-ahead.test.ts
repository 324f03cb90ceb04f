import { afterEach, beforeEach, expect, test } from 'vitest'
import { staff } from '../../../support/staff'
import { openTestOffice, type TestOffice } from '../../../support/test-app'

let office: TestOffice
beforeEach(async () => {
  office = await openTestOffice()
})
afterEach(() => office.close())

const months = async (): Promise<number> =>
  (await office.owner.raw(`select count(*)::int as n from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'meter_reading'::regclass and c.relname ~ '\\d$' and right(c.relname, 7) > to_char(office_today(), 'YYYY_MM')`)).rows[0].n
/** As if nobody had signed in for a year. */
const forget = () =>
  office.owner.raw(`do $$ declare t text; begin
    for t in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'meter_reading'::regclass and right(c.relname, 7) > to_char(office_today(), 'YYYY_MM') and c.relname ~ '\\d$' loop
      execute format('drop table %I', t);
    end loop; end $$`)

test('whoever signs in finds the months of a year ahead made, and this is asked once a day', async () => {
  let now = Date.now()
  await forget()
  expect(await months()).toBe(0)
  const desk = await office.desk(null, { now: () => now })
  const { login, password } = staff.first
  await desk.api.session.signIn({ login, password })
  expect(await months()).toBe(12)

  await forget()
  now += 60 * 60 * 1000
  await desk.api.session.signIn({ login, password })
  expect(await months()).toBe(0)
  now += 24 * 60 * 60 * 1000
  await desk.api.session.signIn({ login, password })
  expect(await months()).toBe(12)
})

test('nobody is kept from signing in when they can’t be made', async () => {
  await office.owner.raw('alter function reading_partitions_ahead() rename to reading_partitions_gone')
  const desk = await office.desk('first')
  expect((await desk.api.session.status({})).staff?.login).toBe(staff.first.login)
})
