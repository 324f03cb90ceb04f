import knex, { type Knex } from 'knex'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

// The other tests in this folder are only worth something on a server that behaves like the office's.
let db: Knex
beforeAll(() => {
  db = knex({ client: 'pg', connection: { ...inject('postgres'), database: 'postgres' } })
})
afterAll(() => db.destroy())

test('the test server speaks to this machine only and checks passwords by SCRAM', async () => {
  const { rows } = await db.raw(`select current_setting('listen_addresses') as listens, (select bool_and(auth_method = 'scram-sha-256') from pg_hba_file_rules) as scram`)
  expect(rows).toEqual([{ listens: '127.0.0.1', scram: true }])
})

test('a wrong password is refused', async () => {
  const stranger = new Client({ ...inject('postgres'), database: 'postgres', password: 'wrong' })
  await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' })
})

test('Cyrillic is ordered the way a Russian reader expects', async () => {
  const { rows } = await db.raw(`select array_agg(name order by name collate "ru-x-icu") as names from unnest(array['Яковлев', 'Ёлкин', 'Ежов', 'Жуков']) as name`)
  expect(rows).toEqual([{ names: ['Ежов', 'Ёлкин', 'Жуков', 'Яковлев'] }])
})
