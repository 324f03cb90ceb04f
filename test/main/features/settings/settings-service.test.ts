import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('admin')
})
afterEach(() => office.close())

test('the look of the window is known before anybody signs in and is kept on this computer', async () => {
  const stranger = await office.desk(null)
  expect(await stranger.api.settings.look({})).toEqual({ language: 'ru', theme: 'system' })
  expect(await failureOf(stranger, 'settings.saveLook', { theme: 'dark' })).toMatchObject({ code: 'notSignedIn' })
  expect(await desk.api.settings.saveLook({ theme: 'dark' })).toEqual({ language: 'ru', theme: 'dark' })
  expect(await desk.api.settings.saveLook({ language: 'en' })).toEqual({ language: 'en', theme: 'dark' })
  expect(JSON.parse(readFileSync(desk.folder.settingsFile, 'utf8'))).toMatchObject({ language: 'en', theme: 'dark' })
  expect(statSync(desk.folder.settingsFile).mode & 0o077).toBe(0)
  // The other desk has its own.
  expect(await stranger.api.settings.look({})).toEqual({ language: 'ru', theme: 'system' })
})

test('a damaged settings file is told and left as it is', async () => {
  writeFileSync(desk.folder.settingsFile, '{"theme": "pink"}')
  expect(await failureOf(desk, 'settings.look', {})).toMatchObject({ code: 'invalidInput', reason: 'settingsDamaged' })
  expect(await failureOf(desk, 'settings.saveLook', { theme: 'dark' })).toMatchObject({ reason: 'settingsDamaged' })
  expect(readFileSync(desk.folder.settingsFile, 'utf8')).toBe('{"theme": "pink"}')
})

const transport = { host: 'mail.example.org', port: 587, security: 'starttls', username: 'office', fromAddress: 'office@example.org', fromName: 'Центр обслуживания' } as const

test('the password of the mail server goes in and never comes out; saved without one, the old one stays', async () => {
  expect(await desk.api.settings.mail({})).toEqual({ transport: null })
  const result = await desk.api.settings.saveMail({ ...transport, password: 'mail-secret-1' })
  const shown = await desk.api.settings.mail({})
  expect(shown).toEqual({ transport })
  expect(JSON.stringify([result, shown])).not.toContain('mail-secret-1')

  await desk.api.settings.saveMail({ ...transport, port: 465, security: 'tls' })
  expect(await office.owner('mail_transport').select('port', 'security', 'password')).toEqual([{ port: 465, security: 'tls', password: 'mail-secret-1' }])
  const { rows } = await office.owner.raw('select e::text as line from audit_event e')
  const audit = (rows as { line: string }[]).map(({ line }) => line).join('\n')
  expect(audit).toContain('settings.saveMailTransport')
  expect(audit).not.toContain('mail-secret-1')
  expect(readFileSync(`${desk.folder.logs}/okno-${new Date().toISOString().slice(0, 10)}.log`, 'utf8')).not.toContain('mail-secret-1')
})

test('the mail server is the administrator’s, in the program and in the database', async () => {
  for (const person of ['first', 'senior'] as const) {
    const other = await office.desk(person)
    expect(await failureOf(other, 'settings.mail', {})).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
    expect(await failureOf(other, 'settings.saveMail', transport)).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
    const client = await office.psql(person)
    for (const query of ['select mail_transport_get()', `select mail_transport_save('{}')`, 'select password from mail_transport', 'select outbox_transports()']) {
      await expect(client.query(query), query).rejects.toMatchObject({ code: '42501' })
    }
  }
  const client = await office.psql('admin')
  await expect(client.query('select password from mail_transport')).rejects.toMatchObject({ code: '42501' })
  await expect(client.query('select outbox_transports()')).rejects.toMatchObject({ code: '42501' })
})
