import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../../src/main/db/connection'
import { createDatabase } from '../../../src/main/db/database'
import { staff } from '../../support/staff'
import { openTestOffice, type TestOffice } from '../../support/test-app'

let office: TestOffice
beforeAll(async () => void (office = await openTestOffice()))
afterAll(() => office.close())

test('two calls of one function that differ only in their last argument don’t take each other’s place', async () => {
  const knex = connect(office.address, { user: staff.first.login, password: staff.first.password }, { max: 1 })
  try {
    const db = createDatabase(knex)
    const nothing = { accounts: [], contracts: [], documents: [], phones: [], emails: [], serials: [], snils: [], inns: [] }
    await expect(db.call('desk_search_keys', { ...nothing, includeClosed: true })).resolves.toMatchObject({ hits: [] })
    await expect(db.call('desk_search_keys', { ...nothing, limit: 5 })).resolves.toMatchObject({ hits: [] })
  } finally {
    await knex.destroy()
  }
})
