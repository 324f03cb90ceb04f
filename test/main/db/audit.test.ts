import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readingReasons } from '@shared/domain/reading-reasons'
import { cast } from '../../../src/main/training'
import { staff } from '../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { mainEmail } from '../../support/visit'
import { codeIn, openMailOffice } from '../outbox/mail-office'
import { identifiedVisitOf, numberOf, visitOf } from '../features/visits/visit-of'

let office: TestOffice
let desk: TestDesk
let senior: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  senior = await office.desk('senior')
})
afterEach(() => office.close())

const newAddress = 'maria.igorevna.new@post.example'

/** The main visit as far as it needs no printer; returns what was secret in it. */
async function wholeVisit() {
  const post = await openMailOffice(office)
  try {
    const { id, subscriberId } = await visitOf(desk, cast.maria)
    await desk.api.visits.identify({ operationId: operation(), visitId: id, documentType: 'passport_rf', number: '7404 654321' })
    await desk.api.visits.identify({ operationId: operation(), visitId: id, documentType: 'passport_rf', number: numberOf(cast.maria) })
    const card = await desk.api.desk.card({ subscriberId })
    await desk.api.contacts.unmask({ operationId: operation(), visitId: id, contactId: card.contacts.find(({ kind }) => kind === 'phone')!.id, reason: 'verify' })
    await desk.api.contacts.check({ visitId: id, kind: 'email', value: newAddress })
    const { confirmation } = await desk.api.contacts.change({ operationId: operation(), visitId: id, ...mainEmail(newAddress), version: card.subscriber.version })
    await post.drain()
    const code = codeIn(post.mail.letters[0]!)
    await desk.api.contacts.confirm({ operationId: operation(), visitId: id, confirmationId: confirmation!.id, code: code === '000000' ? '111111' : '000000' })
    const confirm = operation()
    await desk.api.contacts.confirm({ operationId: confirm, visitId: id, confirmationId: confirmation!.id, code })
    await post.drain()
    await desk.api.visits.undo({ operationId: operation(), target: confirm })
    const account = card.accounts.find(({ meters }) => meters.length > 0)!
    const { meters, today } = await desk.api.readings.sheet({ visitId: id, accountId: account.id })
    const { id: meterId, history } = meters[0]!
    await desk.api.readings.save({
      operationId: operation(), visitId: id, accountId: account.id, takenOn: today,
      entries: [{ meterId, values: history[0]!.values.map((value) => value + 1000), reasons: Object.keys(readingReasons).slice(0, 8) }],
    })
    const { period } = (await desk.api.paymentDocuments.periods({ visitId: id, accountId: account.id }))[0]!
    await desk.api.paymentDocuments.preview({ visitId: id, accountId: account.id, period })
    await desk.api.paymentDocuments.give({ operationId: operation(), visitId: id, accountId: account.id, period, output: { how: 'save' } })
    // A provider that asks for nobody's approval after a change of contacts.
    const internet = card.accounts.find(({ provider }) => provider.code === 'enicom')!
    await desk.api.portalAccess.reissuePassword({ operationId: operation(), visitId: id, accountId: internet.id, output: { how: 'save' } })
    await desk.api.visits.close({ operationId: operation(), visitId: id })
    return { id, code, logs: [...post.logFiles(), ...readdirSync(desk.folder.logs).map((name) => join(desk.folder.logs, name))].map((file) => readFileSync(file, 'utf8')).join('') }
  } finally {
    await post.close()
  }
}

describe('a visit', () => {
  test('can be told from the log in order, each step by who made it, and the log verifies', async () => {
    const { id } = await wholeVisit()
    const events = (await senior.api.audit.events({ visitId: id })).reverse()
    expect(events.map(({ action, details }) => [action, details['agrees'] ?? details['confirmed'] ?? details['undone'] ?? null])).toEqual([
      ['visits.open', null],
      ['visits.identify', false],
      ['visits.identify', true],
      ['desk.openCard', null],
      ['contacts.unmask', null],
      ['contacts.check', null],
      ['contacts.changeEmail', null],
      ['contacts.confirmEmail', false],
      ['contacts.confirmEmail', true],
      ['contacts.revertEmail', null],
      ['visits.undo', 'contacts.confirmEmail'],
      ['readings.save', null],
      ['paymentDocuments.preview', null],
      ['paymentDocuments.save', null],
      ['portalAccess.reissuePassword', null],
      ['visits.close', null],
    ])
    expect(new Set(events.map(({ staffLogin }) => staffLogin))).toEqual(new Set([staff.first.login]))
    expect(new Set(events.map(({ subscriberId }) => subscriberId)).size).toBe(1)
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort())
    expect(events[6]!.details).toMatchObject({ from: 'm***@example.org', to: 'm***@post.example' })
    expect(events[2]!.details).toMatchObject({ documentType: 'passport_rf', document: '*******456' })
    const { events: counted, problems } = await senior.api.audit.verify({})
    expect(problems).toEqual([])
    expect(counted).toBeGreaterThan(events.length)
  })

  test('leaves no e-mail, phone, document number, name or code in the log of actions or in the program’s own', async () => {
    const { code, logs } = await wholeVisit()
    await desk.api.desk.search({ text: numberOf(cast.maria) })
    await desk.api.desk.search({ text: cast.maria.email })
    await desk.api.desk.search({ text: cast.maria.phone })
    await desk.dispatch('desk.search', { text: 4, [cast.maria.email]: 1 })
    await desk.dispatch('contacts.change', { operationId: newAddress, visitId: numberOf(cast.maria), kind: 'email', value: 12, version: '' })
    const { rows } = await office.owner.raw(`select coalesce(string_agg(details::text, E'\\n'), '') as text from audit_event`)
    const own = readdirSync(desk.folder.logs).map((name) => readFileSync(join(desk.folder.logs, name), 'utf8')).join('')
    const secrets = [newAddress, cast.maria.email, '943', '7404123456', '123456', '7404 123456', 'Соколова', code]
    for (const [where, text] of [['audit', rows[0].text], ['log', logs + own]]) {
      // Times, hashes and ids are digits as well: a number counts only by itself.
      for (const secret of secrets) expect(text, `${secret} in the ${where}`).not.toMatch(/^\d+$/.test(secret) ? new RegExp(`(?<![0-9a-f.-])${secret}(?![0-9a-f])`) : secret)
    }
    expect(logs).toContain('"contacts.confirm"')
  })
})

test('searches are logged: by what kind of key, how many were found and who they were', async () => {
  await desk.api.desk.search({ text: numberOf(cast.maria) })
  const [event] = await senior.api.audit.events({ staffLogin: staff.first.login, limit: 1 })
  expect(event).toMatchObject({ action: 'desk.search', visitId: null, details: { hits: 1, by: expect.arrayContaining(['document']), subscribers: [expect.any(Number)] } })
})

test('looking into the log is logged too', async () => {
  await senior.api.audit.events({ staffLogin: staff.first.login })
  const [event] = await senior.api.audit.events({ staffLogin: staff.senior.login, limit: 1 })
  expect(event).toMatchObject({ action: 'audit.events', details: { of: staff.first.login } })
})

test('a work that failed leaves no event of its success', async () => {
  const visit = await visitOf(desk, cast.maria)
  await expect(desk.api.visits.identifyRepresentative({
    operationId: operation(), visitId: visit.id,
    representative: { by: 'power', name: 'Доверенный Иван', documentType: 'passport_rf', documentNumber: '7405 654321', form: 'plain', powerNumber: '1', powerDate: '2001-01-01', powerUntil: '2002-01-01' },
  })).rejects.toThrow()
  const events = await senior.api.audit.events({ visitId: visit.id })
  expect(events.map(({ action }) => action)).toEqual(['visits.open'])
})

describe('somebody with the owner’s rights', () => {
  /** Past the triggers, as a superuser of the server can. */
  const tamper = async (sql: string, values: (string | number)[] = []) => {
    await office.owner.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica')
      const { rowCount } = await trx.raw(sql, values)
      expect(rowCount).toBe(1)
    })
  }
  /** The chain of the first window, with a few events in it. */
  async function chainOfVisit(): Promise<{ chain: string; last: number }> {
    const visit = await identifiedVisitOf(desk, cast.maria)
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    await desk.close()
    const { rows } = await office.owner.raw('select chain, max(seq)::int as last from audit_event where staff_login = ? group by chain order by 2 desc limit 1', [staff.first.login])
    expect(rows[0].last).toBeGreaterThan(2)
    return rows[0]
  }
  const problems = async () => (await senior.api.audit.verify({})).problems

  test.each([
    ['what was done', `details = details || '{"forged": 1}'`],
    ['who did it', `staff_login = '${staff.second.login}'`],
    ['when', `at = at - interval '1 hour'`],
    ['with whom', 'subscriber_id = coalesce(subscriber_id, 0) + 1'],
    ['the hash of the row', `hash = sha256('x')`],
  ])('changes %s: found', async (_what, change) => {
    const { chain } = await chainOfVisit()
    await tamper(`update audit_event set ${change} where chain = ? and seq = 2`, [chain])
    expect(await problems()).toContainEqual({ chain, seq: 2, problem: 'changed' })
  })

  test('changes a row and counts its hash anew: found by the row after it', async () => {
    const { chain } = await chainOfVisit()
    await tamper(`update audit_event e set staff_login = '${staff.second.login}' where chain = ? and seq = 2`, [chain])
    await tamper('update audit_event e set hash = audit_hash(e) where chain = ? and seq = 2', [chain])
    expect(await problems()).toEqual([{ chain, seq: 3, problem: 'gap' }])
  })

  test('changes the last row and counts its hash anew: found by the head of the chain', async () => {
    const { chain, last } = await chainOfVisit()
    await tamper(`update audit_event e set action = 'visits.open' where chain = ? and seq = ?`, [chain, last])
    await tamper('update audit_event e set hash = audit_hash(e) where chain = ? and seq = ?', [chain, last])
    expect(await problems()).toEqual([{ chain, seq: last, problem: 'truncated' }])
  })

  test('removes a row from the middle, or the first: found', async () => {
    const { chain } = await chainOfVisit()
    await tamper('delete from audit_event where chain = ? and seq = 2', [chain])
    expect(await problems()).toEqual([{ chain, seq: 3, problem: 'gap' }])
    await tamper('delete from audit_event where chain = ? and seq = 1', [chain])
    expect(await problems()).toEqual([{ chain, seq: 3, problem: 'gap' }])
  })

  test('removes the last row: found', async () => {
    const { chain, last } = await chainOfVisit()
    await tamper('delete from audit_event where chain = ? and seq = ?', [chain, last])
    expect(await problems()).toEqual([{ chain, seq: last, problem: 'truncated' }])
  })

  test('puts a row in: found', async () => {
    const { chain, last } = await chainOfVisit()
    await tamper(`insert into audit_event select (jsonb_populate_record(e, jsonb_build_object('seq', ?::int, 'action', 'visits.undo'))).* from audit_event e where chain = ? and seq = ?`, [last + 1, chain, last])
    expect(await problems()).toEqual(expect.arrayContaining([{ chain, seq: last, problem: 'truncated' }]))
  })

  test('makes up a chain: found', async () => {
    await tamper(
      `insert into audit_event select 'made-up', 1, now(), '${staff.first.login}', 'visits.open', null, null, '{}', sha256('made-up'), ''`,
    )
    await tamper(`update audit_event e set hash = audit_hash(e) where chain = 'made-up'`)
    expect(await problems()).toEqual([{ chain: 'made-up', seq: 1, problem: 'unknownChain' }])
  })

  test('removes a whole session but not its head: found', async () => {
    const { chain, last } = await chainOfVisit()
    await office.owner.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica')
      await trx.raw('delete from audit_event where chain = ?', [chain])
    })
    expect(await problems()).toEqual([{ chain, seq: last, problem: 'truncated' }])
  })

  test('is refused an ordinary change, removal or emptying', async () => {
    await visitOf(desk, cast.maria)
    for (const role of ['okno_owner', 'postgres']) {
      for (const sql of [`update audit_event set action = 'x'`, 'delete from audit_event', 'truncate audit_event']) {
        await expect(office.owner.transaction(async (trx) => {
          await trx.raw('set local role ??', [role])
          await trx.raw(sql)
        }), `${sql} as ${role}`).rejects.toMatchObject({ code: 'OK403' })
      }
    }
  })

  test('can’t put in an event under another name or time: both come from the server', async () => {
    await office.owner.raw(
      `insert into audit_event (chain, seq, at, staff_login, action, prev_hash, hash) values ('x', 7, now() - interval '1 day', ?, 'visits.close', '', '')`, [staff.first.login],
    )
    const { rows } = await office.owner.raw(`select staff_login, seq, at > now() - interval '1 minute' as "isNow" from audit_event where action = 'visits.close'`)
    expect(rows).toEqual([{ staff_login: office.ownerLogin.user, seq: 1, isNow: true }])
    expect(await problems()).toEqual([])
  })

  test.each([
    ['an e-mail', `update subscriber_contact set value = 'thief@example.org' where id = (select min(id) from subscriber_contact)`, 'direct.update', 'subscriber_contact'],
    ['a document', 'delete from identity_document where id = (select max(id) from identity_document)', 'direct.delete', 'identity_document'],
    ['roles of staff', `update staff set roles = array_append(roles, 'admin') where login = '${staff.first.login}'`, 'direct.update', 'staff'],
    ['a portal user', `update portal_user set state = 'blocked' where id = (select min(id) from portal_user)`, 'direct.update', 'portal_user'],
  ])('leaves a trace of changing %s past the program', async (_what, sql, action, table) => {
    await office.owner.raw(sql)
    const { rows } = await office.owner.raw('select staff_login, action, details from audit_event order by at desc limit 1')
    expect(rows).toMatchObject([{ staff_login: office.ownerLogin.user, action, details: { table } }])
  })
})

test('what staff do in the program is not taken for a change past it', async () => {
  await wholeVisit()
  const { rows } = await office.owner.raw(`select action, details from audit_event where action like 'direct.%' and staff_login <> ?`, [office.ownerLogin.user])
  expect(rows).toEqual([])
})

test('a session that meddles with the setting beside its chain writes into no other’s', async () => {
  await visitOf(desk, cast.maria)
  const psql = await office.psql('senior', { straight: true })
  await psql.query(`set okno.chain = 'begun'`)
  await expect(psql.query('select audit_search()')).rejects.toMatchObject({ code: '55000' })
  await psql.query(`set okno.chain = ''`)
  for (const setting of ['', 'begun', 'other']) {
    await psql.query('select set_config($1, $2, false)', ['okno.chain', setting])
    await psql.query('select audit_search()')
  }
  const { rows } = await office.owner.raw('select chain, count(distinct staff_login)::int as people, count(*)::int as events from audit_event group by chain having bool_or(staff_login = ?)', [staff.senior.login])
  expect(rows.every(({ people }: { people: number }) => people === 1)).toBe(true)
  expect((await senior.api.audit.verify({})).problems).toEqual([])
})

test('an operator does not look into the log of actions', async () => {
  await expect(desk.api.audit.events({})).rejects.toMatchObject({ failure: { code: 'forbidden', reason: 'roleMissing' } })
  await expect(desk.api.audit.verify({})).rejects.toMatchObject({ failure: { code: 'forbidden', reason: 'roleMissing' } })
})
