import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOffice } from '../../../src/main/backup/read-office'
import { staff } from '../../support/staff'
import { openTestOffice, type TestOffice } from '../../support/test-app'

let office: TestOffice
beforeAll(async () => void (office = await openTestOffice()))
afterAll(() => office.close())

const roleOf = (login: string) =>
  readOffice(office.address, office.ownerLogin, { appVersion: 'test' }, ({ header }) => Promise.resolve(header.roles.find((role) => role.login === login)))

test('a member who gives their own login a password of another making stops no backup: it goes without that password', async () => {
  const { login } = staff.first
  expect((await roleOf(login))?.verifier).toMatch(/^SCRAM-SHA-256\$4096:/)
  const own = (await roleOf(login))?.verifier
  const psql = await office.psql('first', { straight: true })
  try {
    await psql.query(`alter role "${login}" password 'SCRAM-SHA-256$1:c2FsdHNhbHRzYWx0c2FsdA==$${'A'.repeat(43)}=:${'A'.repeat(43)}='`)
    expect(await roleOf(login)).toMatchObject({ login, verifier: null })
  } finally {
    // Logins are the server's, and other files sign in by this one.
    await psql.query(`alter role "${login}" password '${own}'`)
  }
})
