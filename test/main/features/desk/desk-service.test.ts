import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hit } from '@shared/contract/desk'
import { cast, type CastMember } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { mainEmail } from '../../../support/visit'
import { identifiedVisitOf, numberOf, visitOf } from '../visits/visit-of'

let office: TestOffice
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  // Document lookups are limited per member of staff; each test of them has a colleague of its own.
  desk = await office.desk('first')
})
afterAll(() => office.close())

const patience = () => office.owner.raw('delete from document_lookup; select setval(guess_sequence(id)::regclass, 1) from staff')
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

describe('a person is found although the name is not as in the register', () => {
  test.each<[string, string, CastMember]>([
    ['a letter missing', 'соклова мария', cast.maria],
    ['a letter too many', 'соколлова мария', cast.maria],
    ['a wrong letter', 'соковова мария', cast.maria],
    ['two letters swapped', 'соколвоа мария', cast.maria],
    ['a slip in the first letter', 'цоколова мария', cast.maria],
    ['a slip in the first name', 'соколова мраия', cast.maria],
    ['a slip in the patronymic', 'соколова мария игорвна', cast.maria],
    ['two slips', 'саклова мария игоревна', cast.maria],
    ['first name in front and a slip', 'мария соклова', cast.maria],
    ['the surname of a man', 'соколов мария', cast.maria],
    ['Latin letters of a passport for travel', 'Sokolova Mariia', cast.maria],
    ['another Latin spelling', 'Sokolova Mariya', cast.maria],
    ['the English layout and a slip', 'cjrkjdf vfhbz', cast.maria],
    ['е for ё and a slip', 'елкн федор', cast.fyodor],
    ['one half of a double surname', 'залесская', cast.alyona],
    ['a slip in one half of a double surname', 'римская-залеская', cast.alyona],
    ['a double surname without its hyphen', 'римская залесская', cast.alyona],
  ])('%s', async (_what, text, person) => {
    const { hits, understood } = await search(text)
    expect(understood).toContain('name')
    expect(hits.slice(0, 5)).toEqual(expect.arrayContaining([expect.objectContaining({ name: person.name, match: expect.objectContaining({ kind: 'name' }) })]))
  })

  test('and it is said that the name only is similar', async () => {
    expect(hitOf((await search('соклова мария')).hits, cast.maria)).toMatchObject([{ match: { kind: 'name', isSimilar: true } }])
    expect(hitOf((await search('соколова мария')).hits, cast.maria)).toMatchObject([{ match: { kind: 'name', isSimilar: false } }])
  })

  test('those named exactly stand before the similar ones', async () => {
    const added = [['near', 'Соклова'], ['exact', 'Сколова']].map(([id, last]) => `('${id}', 'person', '${last}', 'Пробная')`)
    await office.owner.raw(`insert into subscriber (external_id, kind, last_name, first_name) values ${added.join(', ')}`)
    const { hits } = await search('сколова пробная')
    expect(hits.map(({ name, match }) => [name, match.isSimilar])).toEqual([['Сколова Пробная', false], ['Соклова Пробная', true]])
  })

  test('a surname is similar to the new one after it was changed, and to the old one no more', async () => {
    await office.owner.raw(`insert into subscriber (external_id, kind, last_name, first_name) values ('renamed', 'person', 'Жабинская', 'Проба')`)
    await office.owner.raw(`update subscriber set last_name = 'Верхотурцева' where external_id = 'renamed'`)
    expect((await search('верхотурцва')).hits.map(({ name }) => name)).toEqual(['Верхотурцева Проба'])
    expect((await search('жабинскя')).hits).toEqual([])
  })

  test('a text like nobody finds nobody', async () => {
    expect(await search('щщщэъъжжж')).toMatchObject({ hits: [], understood: expect.arrayContaining(['name']) })
  })
})

describe('an address finds who lives there', () => {
  const at = () => office.owner.raw(`select d.street, d.house, d.building, d.flat, d.locality from account a join address d on d.id = a.address_id where a.number = '04012345'`)
  test.each<[string, (house: string, flat: string) => string]>([
    ['numbers alone', (house, flat) => `ленина ${house} ${flat}`],
    ['a dash', (house, flat) => `ленина ${house}-${flat}`],
    ['kinds of everything', (house, flat) => `г. Энск, ул. Ленина, д. ${house}, кв. ${flat}`],
    ['the kind behind the name', (house, flat) => `Ленина улица ${house}, ${flat}`],
    ['the town in front', (house, flat) => `энск ленина ${house} ${flat}`],
    ['a slip in the street', (house, flat) => `ленена ${house} ${flat}`],
    ['the beginning of the street', (house, flat) => `лен ${house} ${flat}`],
    ['no flat', (house) => `ленина ${house}`],
    ['the English layout', (house, flat) => `ktybyf ${house} ${flat}`],
    ['the surname in front', (house) => `соколова ленина ${house}`],
    ['the surname behind', (house) => `ленина ${house} соколова`],
    ['a surname with a slip', (house) => `соклова ленина ${house}`],
    ['surname and first name', (house) => `соколова мария ленина ${house}`],
  ])('written with %s', async (_what, write) => {
    const { house, building, flat } = (await at()).rows[0] as { house: string; building: string; flat: string }
    const { hits, understood } = await search(write(building ? `${house}к${building}` : house, flat))
    expect(understood).toContain('address')
    expect(hitOf(hits, cast.maria)).toMatchObject([{ match: { kind: 'address', text: expect.stringContaining('Ленина') } }])
  })

  test('a name beside it leaves out the neighbours', async () => {
    const { house } = (await at()).rows[0] as { house: string }
    const { hits } = await search(`соколова ленина ${house}`)
    expect(hits.every(({ name }) => name.startsWith('Соколов'))).toBe(true)
  })

  test('an address nobody has finds nobody', async () => {
    expect(await search('ленина 9999 1')).toMatchObject({ hits: [], understood: expect.arrayContaining(['address']) })
  })

  test('a street called by a number and a house with a building', async () => {
    await office.owner.raw(`with s as (insert into subscriber (external_id, kind, last_name, first_name) values ('march', 'person', 'Мартовская', 'Проба') returning id),
      d as (insert into address (locality, street, house, building, flat) values ('г. Энск', 'ул. 8 Марта', '905', '2', '15') returning id)
      insert into account (provider_id, number, number_key, subscriber_id, address_id) select p.id, '99000001', '99000001', s.id, d.id from provider p, s, d order by p.id limit 1`)
    for (const text of ['8 марта 905к2-15', '8 марта 905/2', 'ул. 8 Марта, д. 905, корп. 2, кв. 15', '8 марта 905 2 15', '8 марта 905 15', 'мартовская 8 марта 905']) {
      expect((await search(text)).hits.map(({ name }) => name), text).toEqual(['Мартовская Проба'])
    }
  })
})

describe('a search that finds nothing', () => {
  test('says what the text was taken for', async () => {
    expect(await search('9999 000001')).toMatchObject({ hits: [], more: false, closedHidden: 0, understood: expect.arrayContaining(['account', 'document']) })
    expect((await search('nobody@nowhere.example')).understood).toEqual(['email'])
  })

  test('of two letters or of punctuation has not been understood', async () => {
    for (const text of ['ив', '...', '№', '12']) expect(await search(text)).toEqual({ understood: [], hits: [], more: false, closedHidden: 0, documentsWaitSeconds: null })
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
    await desk.api.contacts.change({ operationId: operation(), visitId: visit.id, ...mainEmail('a.rz@new.example'), version: subscriber.version })
    const { timeline, subscriber: after } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
    expect(timeline.map(({ kind, canUndo }) => [kind, canUndo])).toEqual([['contacts.changeEmail', true], ['visits.identify', false], ['visits.open', false]])
    expect(after.version).not.toBe(subscriber.version)
    const colleague = await office.desk('second')
    const theirs = await colleague.api.visits.open({ operationId: operation(), subscriberId: visit.subscriberId })
    const seen = await colleague.api.desk.card({ subscriberId: theirs.subscriberId })
    expect(seen.timeline.every(({ canUndo }) => !canUndo)).toBe(true)
  })

  test('of somebody who is not there is not found', async () => {
    expect(await desk.dispatch('desk.card', { subscriberId: 99_999_999 })).toMatchObject({ failure: { code: 'forbidden', reason: 'visitRequired' } })
    expect(await desk.dispatch('visits.open', { operationId: operation(), subscriberId: 99_999_999 })).toMatchObject({ failure: { code: 'notFound', reason: 'subscriber' } })
  })
})
