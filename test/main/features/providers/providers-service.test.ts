import { afterEach, beforeEach, expect, test } from 'vitest'
import { readyProviders } from '../../../../src/main/features/providers/ready-profiles'
import { staff } from '../../../support/staff'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { savedPassword } from '../portal-access/memo'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('admin')
})
afterEach(() => office.close())

const card = async (code: string) => (await desk.api.providers.list({})).find((provider) => provider.code === code)!

test('the ready providers come out of the database as they were put in', async () => {
  const listed = await desk.api.providers.list({})
  expect(listed.map(({ code }) => code).sort()).toEqual(readyProviders.map(({ code }) => code).sort())
  for (const ready of readyProviders) {
    const { id, version, ...stored } = listed.find(({ code }) => code === ready.code)!
    expect(stored).toEqual(ready)
    expect([id > 0, version]).toEqual([true, 1])
  }
})

test('a new policy holds from the next password on, at every desk', async () => {
  const before = await card('enser')
  const { id: _, ...changed } = { ...before, profile: { ...before.profile, password: { ...before.profile.password, length: 16, alphabet: 'ABCDEFGH23456789', oneTime: false, ttlHours: null } } }
  expect(await desk.api.providers.save(changed)).toMatchObject({ code: 'enser', version: 2 })

  const window = await office.desk('first')
  const { visit, account } = await openVisit(window, cast.maria)
  const target = { visitId: visit.id, accountId: account('enser').id }
  expect(await window.api.portalAccess.impact(target)).toMatchObject({ policy: { length: 16, oneTime: false, ttlHours: null } })
  await window.api.portalAccess.reissuePassword({ operationId: operation(), ...target, output: { how: 'save' } })
  expect(savedPassword(window.saveTo.path!, 16)).toMatch(/^[A-H2-9]{16}$/)
})

test('two administrators at one card: the second is told, and nothing of the first is lost', async () => {
  const { id: _, ...mine } = await card('tctr')
  await desk.api.providers.save({ ...mine, phone: '8-800-000-11-11' })
  expect(await failureOf(desk, 'providers.save', { ...mine, phone: '8-800-000-22-22' })).toMatchObject({
    code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: staff.admin.fullName, kind: 'providers.save', current: { name: mine.name, version: 2 } },
  })
  expect(await card('tctr')).toMatchObject({ phone: '8-800-000-11-11', version: 2 })
})

test('a card sent without a version makes a provider, and never overwrites the one there is', async () => {
  const { id: _, version: __, ...mine } = await card('tctr')
  expect(await failureOf(desk, 'providers.save', { ...mine, phone: '8-800-000-33-33' })).toMatchObject({ code: 'conflict', reason: 'providerExists', details: { current: { version: 1 } } })
  const { id: ___, version, ...stored } = await card('tctr')
  expect({ version, stored }).toEqual({ version: 1, stored: mine })
})

test('a provider nobody had thought of needs no program: its card is enough', async () => {
  const { id: _, version: __, ...tctr } = await card('tctr')
  const saved = await desk.api.providers.save({ ...tctr, code: 'nowhere-net', name: 'Нигде-Нет', services: [{ code: 'internet', name: 'Интернет', unit: 'мес.' }] })
  expect(saved).toMatchObject({ code: 'nowhere-net', version: 1, services: [{ code: 'internet' }] })
  expect(await desk.api.providers.list({})).toHaveLength(readyProviders.length + 1)
})

test('a card that cannot work is refused where it is wrong', async () => {
  const { id: _, ...enser } = await card('enser')
  const wrong = { ...enser, profile: { ...enser.profile, password: { ...enser.profile.password, length: 40 } } }
  expect(await failureOf(desk, 'providers.save', wrong)).toMatchObject({ code: 'invalidInput', reason: 'shape', details: { fields: [{ path: 'profile.password.length' }] } })
  expect(await failureOf(desk, 'providers.save', { ...enser, services: [...enser.services, enser.services[0]!] })).toMatchObject({ details: { fields: [{ path: 'services' }] } })
  expect(await card('enser')).toMatchObject({ version: 1 })
})

test('a service that was billed stays listed when it is left out of the card', async () => {
  const { id: _, ...enser } = await card('enser')
  await desk.api.providers.save({ ...enser, services: enser.services.filter(({ code }) => code !== 'heat') })
  expect((await card('enser')).services.map(({ code }) => code)).toContain('heat')
})

test('everybody of the staff reads the cards, the administrator alone changes them, and the log tells who did', async () => {
  const { id: _, ...enser } = await card('enser')
  for (const person of ['first', 'senior'] as const) {
    const other = await office.desk(person)
    expect(await other.api.providers.list({})).toHaveLength(readyProviders.length)
    expect(await failureOf(other, 'providers.save', enser)).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
    const client = await office.psql(person)
    await expect(client.query('select provider_save($1)', [JSON.stringify(enser)])).rejects.toMatchObject({ code: '42501' })
    await expect(client.query(`update provider set settlement_account = '40702810000000000000'`)).rejects.toMatchObject({ code: '42501' })
  }
  await desk.api.providers.save(enser)
  const { rows } = await office.owner.raw(`select staff_login, details from audit_event where action = 'providers.save' and staff_login <> 'postgres'`)
  expect(rows).toEqual([{ staff_login: 'it.admin', details: { code: 'enser', version: 2 } }])
})
