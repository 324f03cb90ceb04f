import { hash } from '@node-rs/argon2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { groups } from '@shared/domain/password-policy'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { auditedActions, savedPassword } from './memo'

// «Мне дали не тот пароль»: the sheet is typed, and the database says which memo it is of (domain §4.3, lessons §3.4).

let office: TestOffice
let desk: TestDesk
let target: { visitId: number; accountId: number }

beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  const { visit, account } = await openVisit(desk, cast.maria)
  target = { visitId: visit.id, accountId: account('enser').id }
})
afterEach(() => office.close())

async function issue(): Promise<{ number: string; password: string }> {
  const { memoNumber } = await desk.api.portalAccess.reissuePassword({ operationId: operation(), ...target, output: { how: 'save' } })
  return { number: memoNumber, password: savedPassword(desk.saveTo.path!, 12) }
}
const check = (password: string, operationId = operation()) => desk.api.portalAccess.checkSheet({ operationId, ...target, password })
const refused = (password: string) => failureOf(desk, 'portalAccess.checkSheet', { operationId: operation(), ...target, password })

describe('a sheet that is typed', () => {
  test('is the one in force, or of an earlier memo, or of none', async () => {
    const first = await issue()
    const second = await issue()
    expect(await check(second.password)).toMatchObject({ matches: 'current', memoNumber: second.number, expired: false, replacedBy: null })
    expect(await check(first.password)).toMatchObject({ matches: 'replaced', memoNumber: first.number, replacedBy: 'office', replacedAt: expect.any(String), triesLeft: 5 })
    expect(await check('zzzzzzzzzzz2')).toMatchObject({ matches: 'none', memoNumber: null, issuedAt: null, triesLeft: 4 })
    expect(await check(second.password.toUpperCase())).toMatchObject({ matches: 'none' })
  })

  test('is typed with the spaces of its groups', async () => {
    const { number, password } = await issue()
    expect(await check(groups(password).join(' '))).toMatchObject({ matches: 'current', memoNumber: number })
    expect(await check(groups(password).join('\u2009'))).toMatchObject({ matches: 'current' })
  })

  test('whose term has passed, or that the subscriber has replaced at the portal', async () => {
    const { number, password } = await issue()
    await office.owner.raw(`update portal_credential set expires_at = now() - interval '1 minute'`)
    expect(await check(password)).toMatchObject({ matches: 'current', expired: true })
    const own = await hash('own-password-1', { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    await office.owner.raw(`select credential_chosen(u, ?) from portal_user u where u.login = '012345'`, [own])
    expect(await check(password)).toMatchObject({ matches: 'replaced', memoNumber: number, replacedBy: 'subscriber' })
    // What a person has chosen is nobody's to guess.
    expect(await check('own-password-1')).toMatchObject({ matches: 'none' })
  })

  test('older than the last five memos is not looked for', async () => {
    const first = await issue()
    for (let memo = 0; memo < 5; memo++) await issue()
    expect(await check(first.password)).toMatchObject({ matches: 'none' })
  })

  test('of an account without a cabinet is of no memo', async () => {
    const { visit, account } = await openVisit(desk, cast.fyodor)
    target = { visitId: visit.id, accountId: account('enser').id }
    expect(await check('zzzzzzzzzzz2')).toMatchObject({ matches: 'none' })
  })

  test('leaves the number of the memo in the log, and nothing that was typed', async () => {
    const { number, password } = await issue()
    await check(password)
    await check('zzzzzzzzzzz2')
    const logged = await auditedActions(office.owner, 'portalAccess.checkSheet')
    expect(logged).toMatchObject([{ matches: 'current', memoNumber: number }, { matches: 'none' }])
    const { rows } = await office.owner.raw(`select string_agg(o::text, ' ') as text from operation o`)
    for (const typed of [password, 'zzzzzzzzzzz2']) expect(JSON.stringify(logged) + rows[0].text).not.toContain(typed)
  })
})

describe('guessing', () => {
  test('ends after five wrong sheets a day for this subscriber, at whatever window', async () => {
    const { password } = await issue()
    for (let time = 0; time < 5; time++) await check(`wrongwrong2${time}`)
    expect(await refused(password)).toMatchObject({ code: 'forbidden', reason: 'sheetTriesExceeded' })
    const other = await office.desk('second')
    const { visit, account } = await openVisit(other, cast.maria)
    expect(await failureOf(other, 'portalAccess.checkSheet', { operationId: operation(), visitId: visit.id, accountId: account('smorodina').id, password })).toMatchObject({ reason: 'sheetTriesExceeded' })
    await office.owner.raw(`update operation set at = at - interval '1 day' where kind = 'portalAccess.checkSheet'`)
    expect(await check(password)).toMatchObject({ matches: 'current' })
  })

  test('is counted for the member of staff also when psql takes the question back', async () => {
    await issue()
    const psql = await office.psql('first')
    const guess = async () => {
      await psql.query('begin')
      try {
        await psql.query('select portal_sheet_check($1, $2, $3, $4)', [operation(), target.visitId, target.accountId, '[{"id": 1, "hash": "x"}]'])
      } finally {
        await psql.query('rollback')
      }
    }
    const ends = async () => {
      for (let time = 0; time < 40; time++) await guess()
    }
    await expect(ends()).rejects.toMatchObject({ code: 'OK403', message: 'sheetGuessesTooMany' })
    expect(await refused('zzzzzzzzzzz2')).toMatchObject({ reason: 'sheetGuessesTooMany', details: { waitSeconds: expect.any(Number) } })
  })

  test('one answer to one question: a repeat is answered with the first', async () => {
    const { password } = await issue()
    const operationId = operation()
    expect(await check('zzzzzzzzzzz2', operationId)).toMatchObject({ matches: 'none' })
    expect(await check(password, operationId)).toMatchObject({ matches: 'none' })
  })
})

describe('what main is told to hash with', () => {
  test('is the salt and the cost, and never a hash', async () => {
    await issue()
    const psql = await office.psql('first')
    const { rows } = await psql.query('select portal_sheet_salts($1, $2) as told', [target.visitId, target.accountId])
    const { rows: stored } = await office.owner.raw('select id::int, password_hash from portal_credential')
    const [, , , , salt, tag] = stored[0].password_hash.split('$')
    expect(rows[0].told).toEqual([{ id: stored[0].id, salt, memory: 19_456, iterations: 2, parallelism: 1 }])
    expect(JSON.stringify(rows[0].told)).not.toContain(tag)
  })

  test('is told in an identified visit of one’s own only', async () => {
    await issue()
    const other = await office.psql('second')
    await expect(other.query('select portal_sheet_salts($1, $2)', [target.visitId, target.accountId])).rejects.toMatchObject({ message: 'notYourVisit' })
    const { visit, account } = await openVisit(desk, cast.fyodor, 'none')
    expect(await failureOf(desk, 'portalAccess.checkSheet', { operationId: operation(), visitId: visit.id, accountId: account('enser').id, password: 'zzzzzzzzzzz2' })).toMatchObject({ reason: 'notIdentified' })
  })
})
