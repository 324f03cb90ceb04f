import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../../src/main/db/connection'
import { createDatabase, type Database } from '../../../src/main/db/database'
import { staff } from '../../support/staff'
import { openTestOffice, type TestOffice } from '../../support/test-app'

let office: TestOffice
beforeAll(async () => void (office = await openTestOffice()))
afterAll(() => office.close())

test('two calls of one function that differ only in their last argument don’t take each other’s place', async () => {
  const knex = connect(office.deskAddress, { user: staff.first.login, password: staff.first.password }, { max: 1 })
  try {
    const db = createDatabase(knex)
    const nothing = { accounts: [], contracts: [], documents: [], phones: [], emails: [], serials: [], snils: [], inns: [] }
    await expect(db.call('desk_search_keys', { ...nothing, includeClosed: true })).resolves.toMatchObject({ hits: [] })
    await expect(db.call('desk_search_keys', { ...nothing, limit: 5 })).resolves.toMatchObject({ hits: [] })
  } finally {
    await knex.destroy()
  }
})

test('a call gives its connection back, also when the function refuses', async () => {
  const knex = connect(office.deskAddress, { user: staff.first.login, password: staff.first.password }, { max: 1 })
  try {
    const db = createDatabase(knex)
    for (let count = 0; count < 3; count++) await expect(db.call('desk_card', { subscriberId: 0 })).rejects.toMatchObject({ message: expect.stringMatching(/^(visitRequired|subscriber)$/) })
    await expect(db.call('provider_list')).resolves.toBeInstanceOf(Array)
  } finally {
    await knex.destroy()
  }
})

test('a call after the end of its transaction reaches nobody else’s connection', async () => {
  const knex = connect(office.deskAddress, { user: staff.first.login, password: staff.first.password }, { max: 1 })
  try {
    let kept: Database | undefined
    await createDatabase(knex).transaction(async (db) => {
      kept = db
      await db.call('provider_list')
    })
    await expect(kept!.call('provider_list')).rejects.toThrow('after the end of its transaction')
  } finally {
    await knex.destroy()
  }
})
