import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchIndexes, warmUp } from '../../../src/main/db/warm-up'
import { openTestOffice, type TestOffice } from '../../support/test-app'

let office: TestOffice
beforeAll(async () => void (office = await openTestOffice()))
afterAll(() => office.close())

test('every index of the search is there and read, again and again', async () => {
  expect(await warmUp(office.owner)).toBe(searchIndexes.length)
  expect(await warmUp(office.owner)).toBe(searchIndexes.length)
})

test('what warms up is nobody else’s to call', async () => {
  await warmUp(office.owner)
  const desk = await office.psql('admin')
  await expect(desk.query(`select okno_warm_up.pg_prewarm('subscriber')`)).rejects.toMatchObject({ message: 'permission denied for schema okno_warm_up' })
})
