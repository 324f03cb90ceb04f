import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { staff } from '../../../support/staff'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'

let office: TestOffice
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterAll(() => office.close())
beforeEach(() => office.owner.raw('delete from document_lookup'))

const running = async (): Promise<string[]> => {
  const { rows } = await office.owner.raw(`select query from pg_stat_activity where usename = ? and state = 'active'`, [staff.first.login])
  return (rows as { query: string }[]).map(({ query }) => query)
}
const stagesOf = (searchId: string) => (desk.events['desk.found'] ?? []).filter((event) => event.searchId === searchId)
const audited = async () => {
  const { rows } = await office.owner.raw(`select details from audit_event where action = 'desk.search' order by at desc, seq desc limit 4`)
  return (rows as { details: { stage: string; hits: number; by: string[] } }[]).map(({ details }) => details)
}

test('a newer search stops the older one on the server, which is told so', async () => {
  const lock = await office.owner.transaction()
  await lock.raw('lock table account in access exclusive mode')
  try {
    const older = desk.dispatch('desk.search', { text: '04012345', searchId: randomUUID() })
    await expect.poll(running, { timeout: 10_000 }).toContainEqual(expect.stringContaining('desk_search_keys'))
    const newer = await desk.dispatch('desk.search', { text: 'nobody@nowhere.example', searchId: randomUUID() })
    expect(newer).toMatchObject({ ok: true, value: { hits: [] } })
    expect(await older).toMatchObject({ ok: false, failure: { code: 'conflict', reason: 'searchSuperseded' } })
    // The lock is still held: what waited for it is gone from the server.
    expect(await running()).toEqual([])
  } finally {
    await lock.rollback()
  }
  expect((await desk.api.desk.search({ text: '04012345', searchId: randomUUID() })).hits).toMatchObject([{ name: cast.maria.name }])
})

test('many texts in a hurry: only the last one is answered, and every connection stays good', async () => {
  const answers = await Promise.all(['со', 'сок', 'соко', 'сокол', 'соколов', 'соколова'].map((text) => desk.dispatch('desk.search', { text, searchId: randomUUID(), whileTyping: true })))
  expect(answers.at(-1)).toMatchObject({ ok: true })
  for (const answer of answers) if (!answer.ok) expect(answer.failure).toMatchObject({ code: 'conflict', reason: 'searchSuperseded' })
  for (let n = 0; n < 8; n++) expect((await desk.api.desk.search({ text: '04012345' })).hits).toHaveLength(1)
})

test('searches without an id, as commands make them, leave each other alone', async () => {
  const answers = await Promise.all(['соколова', '04012345', 'ленина 10'].map((text) => desk.dispatch('desk.search', { text })))
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true])
})

test('each stage is told as it comes; hits keep their places, new ones come behind', async () => {
  await office.owner.raw(`insert into subscriber (external_id, kind, last_name, first_name) values ('st-1', 'person', 'Двинская', 'Проба'), ('st-2', 'person', 'Двинска', 'Проба')`)
  const searchId = randomUUID()
  const answer = await desk.api.desk.search({ text: 'двинская проба', searchId })
  const stages = stagesOf(searchId)
  expect(stages.map(({ stage }) => stage)).toEqual(['names', 'similar'])
  expect(stages[0]!.found.hits.map(({ name }) => name)).toEqual(['Двинская Проба'])
  expect(answer.hits.map(({ name }) => name)).toEqual(['Двинская Проба', 'Двинска Проба'])
  expect(stages[1]!.found).toEqual(answer)
})

test.each([
  ['04012345', ['keys'], ['account', 'contract', 'serial']],
  ['соколова мария', ['similar', 'names'], ['name', 'organisation']],
  ['ленина 10', ['similar', 'names'], ['organisation', 'address']],
])('«%s» pays for the stages it needs, each audited with its hits and without the text', async (text, stages, kinds) => {
  const before = (await office.owner.raw(`select count(*)::int as n from audit_event where action = 'desk.search'`)).rows[0].n as number
  await desk.api.desk.search({ text })
  const after = (await office.owner.raw(`select count(*)::int as n from audit_event where action = 'desk.search'`)).rows[0].n as number
  const rows = (await audited()).slice(0, after - before)
  expect(rows.map(({ stage }) => stage)).toEqual(stages)
  expect([...new Set(rows.flatMap(({ by }) => by))].sort()).toEqual([...kinds].sort())
  expect(JSON.stringify(rows)).not.toContain(text)
})

test('two slips are looked for only when nobody is nearer', async () => {
  const searchId = randomUUID()
  await desk.api.desk.search({ text: 'саклова мария игоревна', searchId })
  expect(stagesOf(searchId).map(({ stage }) => stage)).toEqual(['names', 'similar', 'far'])
})

test('while a number is being typed no look-up by document is taken for what may still grow', async () => {
  for (const text of ['7404', '7404 1', '7404 12', '7404 123', '7404 1234', '7404 12345']) await desk.api.desk.search({ text, searchId: randomUUID(), whileTyping: true })
  expect((await office.owner.raw('select count(*)::int as n from document_lookup')).rows[0].n).toBe(0)
  const found = await desk.api.desk.search({ text: '7404 123456', searchId: randomUUID(), whileTyping: true })
  expect(found.hits).toMatchObject([{ name: cast.maria.name, match: { kind: 'document' } }])
})

test('the limit of look-ups leaves the other meanings of a number answered, says so, and is recorded', async () => {
  await office.owner.raw(`insert into document_lookup (staff_id) select s.id from staff s, generate_series(1, 20) where s.login = ?`, [staff.first.login])
  const [account] = cast.pyotrElder.accounts
  const found = await desk.api.desk.search({ text: account!.account })
  expect(found).toMatchObject({ hits: [{ name: cast.pyotrElder.name, match: { kind: 'account' } }], documentsWaitSeconds: expect.any(Number) as number })
  expect(await desk.dispatch('desk.search', { text: '7404 123456' })).toMatchObject({ failure: { code: 'forbidden', reason: 'tooManyDocumentLookups' } })
  const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'desk.searchRefused'`)
  expect(rows[0].n).toBe(2)
})

test('namesakes come with their birth dates, others without', async () => {
  const { hits } = await desk.api.desk.search({ text: 'Иванов Пётр Сергеевич' })
  expect(hits.filter(({ name }) => name === cast.pyotrElder.name).map(({ birthDate }) => birthDate).sort()).toEqual(['1957-11-03', '1991-06-21'])
  expect((await desk.api.desk.search({ text: '04012345' })).hits[0]!.birthDate).toBeNull()
})
