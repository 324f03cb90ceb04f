import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { denialOf, type Representative } from '@shared/contract/visits'
import { addDays } from '@shared/domain/dates'
import { defaultIdentification, visitActions } from '@shared/domain/identification'
import { cast, type CastMember } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'
import { identifiedVisitOf, numberOf, visitOf } from './visit-of'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

const visitor = { name: 'Доверенный Иван Петрович', documentType: 'passport_rf' as const, documentNumber: '7405 654321' }
const power = { powerNumber: '74 АА 1', powerDate: '2026-01-10', powerUntil: null }
const kinds = {
  notary: { by: 'power', ...visitor, form: 'notary', ...power, certifiedBy: 'Печатников О. Р.', registerNumber: '74/115-н/74-2026-1-1' },
  plain: { by: 'power', ...visitor, form: 'plain', ...power },
  parent: { by: 'parent', ...visitor, certificateType: 'birth_certificate', certificateNumber: 'III-ДУ 740113' },
  guardian: { by: 'guardian', ...visitor, actNumber: '15', actDate: '2026-02-02', actIssuer: 'Орган опеки г. Энска' },
  head: { by: 'head', ...visitor, post: 'директор', basis: 'устав' },
  proxy: { by: 'proxy', ...visitor, ...power, signedBy: 'директор Ромашкин' },
} satisfies Record<string, Representative>

async function today(): Promise<string> {
  const { rows } = await office.owner.raw('select office_today()::text as today')
  return rows[0].today
}

async function identifyBy(person: CastMember, representative: Representative) {
  const { id } = await visitOf(desk, person)
  return desk.api.visits.identifyRepresentative({ operationId: operation(), visitId: id, representative })
}
const refusalOf = async (person: CastMember, representative: object) => failureOf(desk, 'visits.identifyRepresentative', { operationId: operation(), visitId: (await visitOf(desk, person)).id, representative })

describe('who acts for whom', () => {
  test('a parent of a child, by the birth certificate that is on record', async () => {
    expect(await identifyBy(cast.matvey, kinds.parent)).toMatchObject({ agrees: true, visit: { identification: 'representative', represented: { by: 'parent', name: visitor.name, form: null, until: null } } })
  })

  test('another birth certificate is a difference and costs an attempt', async () => {
    expect(await identifyBy(cast.matvey, { ...kinds.parent, certificateNumber: 'III-ДУ 740114' })).toMatchObject({ agrees: false, visit: { identification: 'none', represented: null, attemptsLeft: 4 } })
  })

  test('a child under 14 is not identified by a paper of its own', async () => {
    const { id } = await visitOf(desk, cast.matvey)
    expect(await failureOf(desk, 'visits.identify', { operationId: operation(), visitId: id, documentType: 'birth_certificate', number: numberOf(cast.matvey) })).toMatchObject({ code: 'invalidInput', reason: 'childUnder14' })
  })

  test('a parent does not act for somebody of age, nor where the birth date is not known', async () => {
    expect(await refusalOf(cast.maria, kinds.parent)).toMatchObject({ code: 'invalidInput', reason: 'subscriberOfAge' })
    await office.owner.raw(`update subscriber set birth_date = null where last_name = 'Соколова'`)
    expect(await refusalOf(cast.maria, kinds.parent)).toMatchObject({ code: 'invalidInput', reason: 'birthDateUnknown' })
  })

  test('of age is somebody on the 18th birthday, not a day before', async () => {
    const now = await today()
    const eighteen = `${Number(now.slice(0, 4)) - 18}${now.slice(4)}`
    await office.owner.raw('update subscriber set birth_date = ? where external_id = ?', [eighteen, cast.matvey.subscriberId])
    expect(await refusalOf(cast.matvey, kinds.parent)).toMatchObject({ reason: 'subscriberOfAge' })
    await office.owner.raw('update subscriber set birth_date = ?::date + 1 where external_id = ?', [eighteen, cast.matvey.subscriberId])
    expect(await identifyBy(cast.matvey, kinds.parent)).toMatchObject({ agrees: true })
  })

  test('a guardian by an act that is not of tomorrow', async () => {
    expect(await refusalOf(cast.maria, { ...kinds.guardian, actDate: addDays(await today(), 1) })).toMatchObject({ reason: 'guardianshipNotYet' })
    expect(await identifyBy(cast.maria, kinds.guardian)).toMatchObject({ visit: { represented: { by: 'guardian' } } })
  })

  test('an organisation comes by its head or a proxy, a person by neither', async () => {
    expect(await identifyBy(cast.romashka, kinds.head)).toMatchObject({ visit: { represented: { by: 'head' } } })
    expect(await identifyBy(cast.romashka, kinds.proxy)).toMatchObject({ visit: { represented: { by: 'proxy', until: '2027-01-10' } } })
    expect(await refusalOf(cast.romashka, kinds.notary)).toMatchObject({ reason: 'organisationNeedsHead' })
    expect(await refusalOf(cast.maria, kinds.head)).toMatchObject({ reason: 'onlyForOrganisations' })
  })

  test('a term that ends before the power of attorney is made is told', async () => {
    expect(await refusalOf(cast.maria, { ...kinds.plain, powerUntil: '2026-01-09' })).toMatchObject({ reason: 'powerOfAttorneyTermBeforeDate' })
  })

  test.each([
    ['a notary’s without the register number', { ...kinds.notary, registerNumber: '' }],
    ['one certified by nobody knows whom', { ...kinds.notary, certifiedBy: '' }],
    ['one without a date', { ...kinds.plain, powerDate: '' }],
    ['a proxy’s that nobody signed', { ...kinds.proxy, signedBy: undefined }],
    ['a head without a basis', { ...kinds.head, basis: '' }],
  ])('%s is refused by the form and by the database', async (_what, representative) => {
    const person = ['head', 'proxy'].includes(representative.by) ? cast.romashka : cast.maria
    expect(await refusalOf(person, representative)).toMatchObject({ code: 'invalidInput', reason: 'shape' })
    const psql = await office.psql('first')
    const { id } = await visitOf(desk, person)
    const facts = { ...Object.fromEntries(Object.entries(representative).filter(([, value]) => value !== '' && value !== undefined)), documentKey: '7405654321' }
    await expect(psql.query('select visit_identify_representative($1, $2, $3, $4)', [operation(), id, representative.by, facts])).rejects.toMatchObject({ code: 'OK400', message: 'representativeIncomplete' })
  })

  test('the audit tells which paper it was and holds neither the number nor a name', async () => {
    const { visit } = await identifyBy(cast.maria, kinds.notary)
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'visits.identifyRepresentative' and visit_id = ?`, [visit.id])
    expect(rows[0].details).toMatchObject({ by: 'power', form: 'notary', powerNumber: '74 АА 1', documentType: 'passport_rf', document: '*******321' })
    expect(JSON.stringify(rows)).not.toMatch(/Доверенный|Печатников|654321/)
  })
})

describe('five wrong numbers a day', () => {
  const wrong = async (at: TestDesk, person = cast.maria) => at.api.visits.identify({ operationId: operation(), visitId: (await visitOf(at, person)).id, documentType: 'passport_rf', number: '7404 000001' })
  const right = async (at: TestDesk) => at.dispatch('visits.identify', { operationId: operation(), visitId: (await visitOf(at, cast.maria)).id, documentType: 'passport_rf', number: numberOf(cast.maria) })

  test('are the subscriber’s: a new visit and another window give no new ones, until a supervisor allows them', async () => {
    const other = await office.desk('second')
    for (let attempt = 0; attempt < 3; attempt++) await wrong(desk)
    await desk.api.visits.close({ operationId: operation(), visitId: (await visitOf(desk, cast.maria)).id })
    expect(await visitOf(desk, cast.maria)).toMatchObject({ attemptsLeft: 2 })
    await wrong(other)
    expect((await wrong(other)).visit.attemptsLeft).toBe(0)
    for (const at of [desk, other]) expect(await right(at)).toMatchObject({ ok: false, failure: { reason: 'identificationAttemptsExceeded' } })
    expect((await wrong(desk, cast.alyona)).visit.attemptsLeft).toBe(4)

    const senior = await office.desk('senior')
    const [used] = await senior.api.visits.exhausted({})
    expect(used).toMatchObject({ subscriberName: cast.maria.name, staffNames: ['Ветрова Анна Павловна', 'Лугова Мария Игоревна'] })
    expect(await failureOf(desk, 'visits.releaseAttempts', { operationId: operation(), subscriberId: used!.subscriberId, reason: 'сам себе' })).toMatchObject({ reason: 'roleMissing' })
    expect(await senior.api.visits.releaseAttempts({ operationId: operation(), subscriberId: used!.subscriberId, reason: 'паспорт заменён, сверен по базе' })).toEqual({ released: 5 })
    expect(await senior.api.visits.exhausted({})).toEqual([])
    expect(await right(desk)).toMatchObject({ ok: true, value: { agrees: true } })
    expect(await failureOf(senior, 'visits.releaseAttempts', { operationId: operation(), subscriberId: used!.subscriberId, reason: 'ещё раз' })).toMatchObject({ code: 'conflict', reason: 'nothingToRelease' })
  })

  test('are five again the next day', async () => {
    for (let attempt = 0; attempt < 5; attempt++) await wrong(desk)
    await office.owner.raw(`update identification_failure set at = at - interval '1 day'`)
    expect(await visitOf(desk, cast.maria)).toMatchObject({ attemptsLeft: 5 })
  })

  test('typed at two windows at once are counted one after another', async () => {
    const other = await office.desk('second')
    const visits = [await visitOf(desk, cast.maria), await visitOf(other, cast.maria)]
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, index) => [desk, other][index % 2]!.dispatch('visits.identify', { operationId: operation(), visitId: visits[index % 2]!.id, documentType: 'passport_rf', number: `7404 00001${index}` })),
    )
    expect(tries.filter(({ ok }) => ok)).toHaveLength(5)
  })
})

describe('what needs what', () => {
  test('the database’s own rules are those of the application', async () => {
    const { rows } = await office.owner.raw('select identification_default() as rules, visit_actions() as actions')
    expect(rows[0]).toEqual({ rules: defaultIdentification, actions: [...visitActions] })
  })

  test('a plain power of attorney reads and asks, and changes nothing', async () => {
    const { visit } = await identifyBy(cast.maria, kinds.plain)
    expect(denialOf(visit, 'requests')).toBeNull()
    expect(denialOf(visit, 'changeEmail')).toBe('notarialPowerNeeded')
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const accountId = card.accounts.find(({ provider }) => provider.code === 'enser')!.id
    for (const [name, input] of [['contacts.check', { kind: 'email', value: 'a@example.org' }], ['portalAccess.impact', { accountId }], ['portalAccess.reissuePassword', { operationId: operation(), accountId, output: { how: 'save' } }]] as const)
      expect(await failureOf(desk, name, { visitId: visit.id, ...input })).toMatchObject({ code: 'forbidden', reason: 'notarialPowerNeeded' })
    await expect(desk.api.contacts.unmask({ operationId: operation(), visitId: visit.id, contactId: card.contacts[0]!.id, reason: 'verify' })).resolves.toBeTruthy()
    const notarial = await identifyBy(cast.maria, kinds.notary)
    expect(denialOf(notarial.visit, 'changeEmail')).toBeNull()
    await expect(desk.api.contacts.check({ visitId: visit.id, kind: 'email', value: 'a@example.org' })).resolves.toBeTruthy()
  })

  test('whatever function records an operation, the gate holds: it is the operation’s own', async () => {
    const { visit } = await identifyBy(cast.maria, kinds.plain)
    const record = office.owner.raw(
      `insert into operation (id, kind, visit_id, subscriber_id, staff_id, result) select ?, 'contacts.changeEmail', v.id, v.subscriber_id, v.staff_id, '{}' from visit v where id = ?`, [operation(), visit.id],
    )
    await expect(record).rejects.toMatchObject({ code: 'OK403' })
  })

  test('for the subscriber as a whole the strictest provider counts, for an account its own', async () => {
    const admin = await office.desk('admin')
    const enicom = (await admin.api.providers.list({})).find(({ code }) => code === 'enicom')!
    const { id: _, ...card } = enicom
    const strict = { ...card.profile.identification, sufficient: { ...card.profile.identification.sufficient, changeEmail: ['document' as const], portalPassword: ['document' as const] } }
    await admin.api.providers.save({ ...card, profile: { ...card.profile, identification: strict } })
    const { visit } = await identifyBy(cast.maria, kinds.notary)
    const { accounts } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const accountOf = (code: string) => accounts.find(({ provider }) => provider.code === code)!.id
    expect(denialOf(visit, 'changeEmail')).toBe('ownDocumentNeeded')
    expect(denialOf(visit, 'portalPassword', accountOf('enicom'))).toBe('ownDocumentNeeded')
    expect(denialOf(visit, 'portalPassword', accountOf('enser'))).toBeNull()
    expect(await failureOf(desk, 'contacts.check', { visitId: visit.id, kind: 'email', value: 'a@example.org' })).toMatchObject({ reason: 'ownDocumentNeeded' })
    // What is closed says nothing any more.
    await office.owner.raw(`update account set status = 'closed' where id = ?`, [accountOf('enicom')])
    expect(denialOf((await visitOf(desk, cast.maria)), 'changeEmail')).toBeNull()
  })

  test('a provider that was saved before there was a matrix has the usual rules', async () => {
    await office.owner.raw(`update provider set profile = profile - 'identification'`)
    expect(denialOf(await visitOf(desk, cast.maria), 'changeEmail')).toBe('notIdentified')
    expect(denialOf(await identifiedVisitOf(desk, cast.maria), 'changeEmail')).toBeNull()
  })

  test('an organisation of ТЦТР changes nothing without a signed application, which its visit keeps', async () => {
    const { visit } = await identifyBy(cast.romashka, kinds.head)
    const { accounts } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    const tctr = accounts.find(({ provider }) => provider.code === 'tctr')!.id
    expect(denialOf(visit, 'portalPassword', tctr)).toBe('organisationApplicationNeeded')
    expect(denialOf(visit, 'readings', tctr)).toBeNull()
    const password = { operationId: operation(), visitId: visit.id, accountId: tctr, output: { how: 'save' as const } }
    expect(await failureOf(desk, 'portalAccess.reissuePassword', password)).toMatchObject({ reason: 'organisationApplicationNeeded' })
    const now = await today()
    expect(await failureOf(desk, 'visits.recordApplication', { operationId: operation(), visitId: visit.id, number: '12', date: addDays(now, 1) })).toMatchObject({ reason: 'applicationNotYet' })
    const recorded = await desk.api.visits.recordApplication({ operationId: operation(), visitId: visit.id, number: '12', date: now })
    expect(recorded.visit.application).toEqual({ number: '12', date: now })
    expect(denialOf(recorded.visit, 'portalPassword', tctr)).toBeNull()
    await expect(desk.api.portalAccess.reissuePassword(password)).resolves.toBeTruthy()
    expect(await failureOf(desk, 'visits.recordApplication', { operationId: operation(), visitId: (await identifiedVisitOf(desk, cast.maria)).id, number: '1', date: now })).toMatchObject({ reason: 'onlyForOrganisations' })
  })
})
