import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hit } from '@shared/contract/desk'
import { cast, type CastMember } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf, numberOf, visitOf } from '../visits/visit-of'

let office: TestOffice
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  // Document lookups are limited per member of staff; each test of them has a colleague of its own.
  desk = await office.desk('first')
})
afterAll(() => office.close())

const patience = () => office.owner.raw('delete from document_lookup')
const search = async (text: string, includeClosed = false) => {
  await patience()
  return desk.api.desk.search({ text, includeClosed })
}
const hitOf = (hits: Hit[], { name }: CastMember) => hits.filter((hit) => hit.name === name)

describe('a subscriber is found', () => {
  test.each<[string, string, Hit['match']['kind'], CastMember]>([
    ['the account number', '04012345', 'account', cast.maria],
    ['the account number with spaces', ' 04 012 345 ', 'account', cast.maria],
    ['the account number with dashes', '04-012-345', 'account', cast.maria],
    ['the account number with its letter index', 'А-012345', 'account', cast.maria],
    ['the account number without its letter index', '012345', 'account', cast.maria],
    ['the account number with the letter in Latin', 'a012345', 'account', cast.maria],
    ['the account number as it is called', 'л/с 04012345', 'account', cast.maria],
    ['the number of the contract', 'ГС-2315/2018', 'contract', cast.romashka],
    ['the number of the contract in another writing', 'договор гс 2315/2018', 'contract', cast.romashka],
    ['the passport', '7404 123456', 'document', cast.maria],
    ['the passport in one piece', '7404123456', 'document', cast.maria],
    ['the passport as it is read aloud', 'серия 74 04 № 123456', 'document', cast.maria],
    ['a birth certificate', 'III-ДУ 740113', 'document', cast.matvey],
    ['a birth certificate typed with look-alikes', 'Ш-дy № 740113', 'document', cast.matvey],
    ['the phone', '+7 943 100-20-30', 'phone', cast.maria],
    ['the phone with eight', '8 (943) 100 20 30', 'phone', cast.maria],
    ['the phone in one piece', '89431002030', 'phone', cast.maria],
    ['the phone without the country', '9431002030', 'phone', cast.maria],
    ['the phone with dots', '943.100.20.30', 'phone', cast.maria],
    ['the e-mail', 'maria.sokolova@example.org', 'email', cast.maria],
    ['the e-mail in capitals with spaces around', '  MARIA.Sokolova@Example.ORG ', 'email', cast.maria],
    ['the e-mail typed in the Russian layout', 'ьфкшфюыщлщдщмф"учфьздующкп', 'email', cast.maria],
    ['the serial number of a meter', 'G4-00318845', 'serial', cast.maria],
    ['the serial number without its dash', 'g400318845', 'serial', cast.maria],
    ['the serial number in Cyrillic letters', 'тс00009810', 'serial', cast.semyon],
    ['the surname', 'Соколова', 'name', cast.maria],
    ['surname and first name', 'соколова мария', 'name', cast.maria],
    ['first name and surname', 'Мария Соколова', 'name', cast.maria],
    ['the whole name', 'Соколова Мария Игоревна', 'name', cast.maria],
    ['the whole name from the first name on', 'мария игоревна соколова', 'name', cast.maria],
    ['surname and initials', 'Соколова М.И.', 'name', cast.maria],
    ['initials and surname', 'М. И. Соколова', 'name', cast.maria],
    ['the beginning of the name', 'сокол мар', 'name', cast.maria],
    ['е for ё', 'елкин федор', 'name', cast.fyodor],
    ['a double surname', 'римская-залесская', 'name', cast.alyona],
    ['the surname typed in the English layout', 'cjrjkjdf', 'name', cast.maria],
    ['the organisation without its form', 'ромашка', 'organisation', cast.romashka],
    ['the organisation as written in its papers', 'ООО «Ромашка; Энск»', 'organisation', cast.romashka],
    ['the organisation by its words in another order', 'энск ромашка', 'organisation', cast.romashka],
    ['the ИНН', '', 'inn', cast.romashka],
    ['the ЕЛС of the housing system', '74ДА533316', 'els', cast.maria],
  ])('by %s', async (_what, text, kind, person) => {
    const inn = async () => (await office.owner.raw('select inn from subscriber where org_name = ?', [person.name])).rows[0].inn as string
    const { hits, understood } = await search(text || (await inn()))
    expect(understood).toContain(kind)
    expect(hitOf(hits, person)).toMatchObject([{ match: { kind } }])
  })

  test('by a scanned payment QR', async () => {
    const { hits } = await search('ST00012|Name=ООО Энергосбыт|PersonalAcc=40702810900000000001|BankName=Банк|BIC=044525225|CorrespAcc=30101810400000000225|PersAcc=04012345|Sum=12345')
    expect(hitOf(hits, cast.maria)).toMatchObject([{ match: { kind: 'account', text: '04012345' } }])
  })

  test('once, by the strongest of the keys that match, with the account that matched', async () => {
    const { hits } = await search('G4-00318845')
    expect(hits).toMatchObject([{ name: cast.maria.name, account: { number: '04012345', address: expect.stringContaining('Ленина') }, accountsCount: 3 }])
  })

  test('with what matched masked where it is a secret of the person', async () => {
    const texts = []
    for (const text of [numberOf(cast.maria), cast.maria.email, cast.maria.phone]) texts.push((await search(text)).hits[0]!.match.text)
    expect(texts).toEqual(['*******456', 'm***@example.org', '+7 *** ***-**-30'])
  })

  test('two people of one name are both listed, told apart by their addresses', async () => {
    const { hits } = await search('Иванов Пётр Сергеевич')
    const both = hits.filter(({ name }) => name === cast.pyotrElder.name)
    expect(both.map(({ account }) => account?.number).sort()).toEqual(['0701000102', '0701000103'])
    expect(new Set(both.map(({ account }) => account?.address)).size).toBe(2)
  })

  test('also when only their account is closed: it is counted, and shown when asked for', async () => {
    const { account } = cast.lidia.accounts[0]!
    expect(await search(account)).toMatchObject({ hits: [], closedHidden: 1 })
    const shown = await search(account, true)
    expect(shown.closedHidden).toBe(0)
    expect(hitOf(shown.hits, cast.lidia)).toMatchObject([{ account: { status: 'closed' }, accountsCount: 1 }])
  })
})

describe('a search that finds nothing', () => {
  test('says what the text was taken for', async () => {
    expect(await search('9999 000001')).toMatchObject({ hits: [], more: false, closedHidden: 0, understood: expect.arrayContaining(['account', 'document']) })
    expect((await search('nobody@nowhere.example')).understood).toEqual(['email'])
  })

  test('of two letters or of punctuation has not been understood', async () => {
    for (const text of ['ив', '...', '№', '12']) expect(await search(text)).toEqual({ understood: [], hits: [], more: false, closedHidden: 0 })
  })

  test('takes signs of a pattern for nothing more than signs', async () => {
    for (const text of ['%%%%', '____', '%соколова%', "соколова' or '1'='1", '*соколова*']) expect((await search(text)).hits, text).toEqual([])
  })
})

test('many hits are cut off at twenty, and it is said that there are more', async () => {
  await office.owner.raw(`insert into subscriber (external_id, kind, last_name, first_name) select 'many-' || n, 'person', 'Множественный', 'Имя' || n from generate_series(1, 30) n`)
  const { hits, more } = await search('множественный')
  expect(hits).toHaveLength(20)
  expect(more).toBe(true)
  expect(hits[0]).toMatchObject({ account: null, accountsCount: 0 })
})

describe('looking up documents', () => {
  test('is limited to twenty a minute for each member of staff; other searches go on', async () => {
    await patience()
    for (let n = 0; n < 20; n++) await desk.api.desk.search({ text: `7404 1234${String(n).padStart(2, '0')}` })
    const refused = await desk.dispatch('desk.search', { text: numberOf(cast.maria) })
    const withinAMinute: unknown = expect.toSatisfy((seconds: number) => seconds > 0 && seconds <= 60)
    expect(refused).toMatchObject({ ok: false, failure: { code: 'forbidden', reason: 'tooManyDocumentLookups', details: { waitSeconds: withinAMinute } } })
    expect((await desk.api.desk.search({ text: 'соколова' })).hits).not.toEqual([])
    const colleague = await office.desk('second')
    expect((await colleague.api.desk.search({ text: numberOf(cast.maria) })).hits).toHaveLength(1)

    await office.owner.raw(`update document_lookup set at = at - interval '1 minute'`)
    expect((await desk.api.desk.search({ text: numberOf(cast.maria) })).hits).toHaveLength(1)
  })

  test('is not got round by asking on several connections at once', async () => {
    await patience()
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => desk.dispatch('desk.search', { text: `7404 1235${String(n).padStart(2, '0')}` })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(20)
  })

  test('leaves its number out of the log, and in it who was found', async () => {
    await search(numberOf(cast.maria))
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'desk.search' order by at desc limit 1`)
    expect(rows[0].details).toMatchObject({ hits: 1, by: expect.arrayContaining(['document']) })
    expect(JSON.stringify(rows[0].details)).not.toContain('123456')
  })
})

describe('the card', () => {
  test('shows everything a visit needs, and nothing in full that must be unmasked', async () => {
    const visit = await visitOf(desk, cast.maria)
    const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    expect(card.subscriber).toMatchObject({ name: cast.maria.name, kind: 'person', birthDate: '1984-03-12' })
    expect(card.documents).toEqual([{ type: 'passport_rf', masked: '*******456', issuedOn: '2004-04-02' }])
    expect(card.contacts.map(({ masked }) => masked).sort()).toEqual(['+7 *** ***-**-30', 'm***@example.org'])
    expect(card.accounts.map(({ number }) => number).sort()).toEqual(cast.maria.accounts.map(({ account }) => account).sort())
    const text = JSON.stringify(card)
    for (const secret of ['123456', '74 04', cast.maria.email, '9431002030']) expect(text).not.toContain(secret)
    const electric = card.accounts.find(({ number }) => number === '04012345')!
    expect(electric.meters.map(({ service, zones }) => `${service} ${zones}`)).toEqual(['electricity 2', 'gas 1'])
    expect(electric.meters[0]!.lastReading!.values).toHaveLength(2)
    for (const { balance } of card.accounts) {
      expect(balance!.closing).toBe(balance!.services.reduce((sum, service) => sum + service.closing, 0))
    }
  })

  test('tells what was done in the visit, newest first, and what may be taken back', async () => {
    const visit = await identifiedVisitOf(desk, cast.alyona)
    const { subscriber } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    await desk.api.contacts.changeEmail({ operationId: operation(), visitId: visit.id, email: 'a.rz@new.example', version: subscriber.version })
    const { timeline, subscriber: after } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    expect(timeline.map(({ kind, canUndo }) => [kind, canUndo])).toEqual([['contacts.changeEmail', true], ['visits.identify', false], ['visits.open', false]])
    expect(after.version).toBe(subscriber.version + 1)
    const colleague = await office.desk('second')
    const theirs = await colleague.api.visits.open({ operationId: operation(), subscriberId: visit.subscriberId })
    const seen = await colleague.api.desk.card({ subscriberId: theirs.subscriberId })
    expect(seen.timeline.every(({ canUndo }) => !canUndo)).toBe(true)
  })

  test('of somebody who is not there is not found', async () => {
    expect(await desk.dispatch('desk.card', { subscriberId: 99_999_999 })).toMatchObject({ failure: { code: 'notFound', reason: 'subscriber' } })
    expect(await desk.dispatch('visits.open', { operationId: operation(), subscriberId: 99_999_999 })).toMatchObject({ failure: { code: 'notFound', reason: 'subscriber' } })
  })
})
