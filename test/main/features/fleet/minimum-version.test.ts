import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { openVisit } from '../../../support/visit'

let office: TestOffice
let admin: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
})
afterAll(() => office.close())
beforeEach(() => setMinimum(null))

async function setMinimum(version: string | null): Promise<void> {
  const { settings } = await admin.api.fleet.state({})
  if (settings.minimumVersion !== version) await admin.api.fleet.minimum({ operationId: operation(), version, shutOut: 100, revision: settings.revision })
}
const signIn = (desk: TestDesk, person: 'first' | 'admin') => desk.dispatch('session.signIn', { login: staff[person].login, password: staff[person].password })

test('a window below it lets nobody in, says which version is needed, and keeps what it may update to before anybody signs in', async () => {
  const { id } = await admin.api.fleet.start({ operationId: operation(), channel: 'main', version: '1.3.0', percent: 10, replaces: null })
  await setMinimum('1.2.5')
  const desk = await office.desk(null, { appVersion: '1.2.4', followChanges: true })
  expect(await signIn(desk, 'first')).toMatchObject({ ok: false, failure: { code: 'forbidden', reason: 'versionTooOld', details: { version: '1.2.4', minimum: '1.2.5' } } })
  expect(JSON.parse(readFileSync(join(desk.folder.path, 'fleet', 'policy.json'), 'utf8'))).toMatchObject({ minimumVersion: '1.2.5', rollout: { version: '1.3.0', state: 'running', percent: 10 } })
  await admin.api.fleet.stop({ operationId: operation(), rolloutId: id })
})

test('the very version and newer ones are let in', async () => {
  await setMinimum('1.2.5')
  for (const appVersion of ['1.2.5', '1.10.0']) expect(await signIn(await office.desk(null, { appVersion }), 'first')).toMatchObject({ ok: true })
})

test('an administrator gets in with any version: somebody must be able to lower it', async () => {
  await setMinimum('1.2.5')
  expect(await signIn(await office.desk(null, { appVersion: '1.0.0' }), 'admin')).toMatchObject({ ok: true })
})

test('whoever serves a visitor is not cut off: the window hears of it with its next heartbeat and works on', async () => {
  const desk = await office.desk(null, { appVersion: '1.2.4', followChanges: true })
  expect(await signIn(desk, 'first')).toMatchObject({ ok: true })
  const { visit } = await openVisit(desk, cast.maria)
  await vi.waitFor(async () => expect((await admin.api.fleet.state({})).windows).toMatchObject([{ version: '1.2.4', isTooOld: false, staffName: staff.first.fullName }]), 5000)
  await setMinimum('1.2.5')
  expect((await admin.api.fleet.state({})).windows).toMatchObject([{ isTooOld: true }])
  await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
  await desk.api.session.signOut({})
  expect(await signIn(desk, 'first')).toMatchObject({ ok: false, failure: { reason: 'versionTooOld' } })
})
