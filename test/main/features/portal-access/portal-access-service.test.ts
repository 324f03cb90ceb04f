import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { verify } from '@node-rs/argon2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { passwordProblems } from '@shared/domain/password-policy'
import { readyProvider } from '../../../../src/main/features/providers/ready-profiles'
import { cast } from '../../../../src/main/training'
import type { CastMember } from '../../../../src/main/training/cast'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { changeEmail } from './change-email'
import { auditedActions, credentialsOf, savedPassword } from './memo'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

async function ask(person: CastMember, provider: string, identification?: 'readingsOnly' | 'none') {
  const { visit, account } = await openVisit(desk, person, identification)
  const accountId = account(provider).id
  return { visit, accountId, target: { visitId: visit.id, accountId } }
}

const save = { how: 'save' } as const
const reissue = (target: { visitId: number; accountId: number }, operationId = operation()) => desk.api.portalAccess.reissuePassword({ operationId, ...target, output: save })

describe('before a password is reissued the operator sees what it touches', () => {
  test('linked accounts, links with Госуслуги, the last sign-in', async () => {
    const { target } = await ask(cast.samir, 'enicom')
    const impact = await desk.api.portalAccess.impact(target)
    expect(impact).toMatchObject({ provider: 'Эником', login: '0045708', refusal: null, pinRequests: 0, passwordIssuedAt: null, recentContactChange: false })
    expect(impact.linkedAccounts.map(({ number }) => number)).toEqual(['0045708'])
    expect(impact.esiaLinks).toMatchObject([{ number: '0045708', maskedName: expect.stringContaining('А***в С. Р') }])
    expect(Date.parse(impact.lastSignInAt ?? '')).toBeLessThan(Date.now())
    expect(impact.policy).toMatchObject({ length: 12, oneTime: false, ttlHours: null })
    expect(impact).toMatchObject({ blocked: false, approval: 'none', deliverBy: ['paper'], letter: null, passwordChosenBy: null })
  })

  test('PIN requests that wait, and several accounts in one cabinet', async () => {
    const { visit, target } = await ask(cast.maria, 'smorodina')
    const { portalUserId } = await desk.api.portalAccess.impact(target)
    await office.owner('portal_pin_request').insert([{ portal_user_id: portalUserId }, { portal_user_id: portalUserId, state: 'refused' }])
    await office.owner.raw(
      `with a as (insert into account (provider_id, number, number_key, subscriber_id, address_id, status)
         select provider_id, '04099999', '04099999', subscriber_id, address_id, 'active' from account where id = ? returning id)
       insert into portal_account_link (portal_user_id, account_id) select ?, id from a`,
      [target.accountId, portalUserId],
    )
    const impact = await desk.api.portalAccess.impact({ ...target, visitId: visit.id })
    expect(impact.pinRequests).toBe(1)
    expect(impact.linkedAccounts.map(({ number }) => number)).toEqual(['04012345', '04099999'])
    expect(impact.linkedAccounts[0]?.address).toContain('ул. Ленина')
  })

  test('an e-mail confirmed at the desk within the last day is pointed out, and the log says so too', async () => {
    const { visit, target } = await ask(cast.maria, 'enicom')
    await changeEmail(office, desk, visit, 'maria.new@example.org')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ recentContactChange: true, approval: 'none' })
    await reissue(target)
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toMatchObject([{ afterContactChange: true, identification: 'document', delivered: 'save', provider: 'enicom' }])
  })

  test('a password that the subscriber has chosen at the portal, and a cabinet that is blocked', async () => {
    const { target } = await ask(cast.maria, 'enser')
    await reissue(target)
    await office.owner.raw(`select credential_chosen(u, c.password_hash) from portal_user u join portal_credential c on c.portal_user_id = u.id and c.revoked_at is null where u.login = '012345'`)
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ passwordChosenBy: 'subscriber', passwordExpiresAt: null })
    await office.owner.raw(`update portal_user set state = 'blocked' where login = '012345'`)
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ blocked: true, refusal: 'portalUserBlocked' })
  })
})

describe('a reissued password follows the policy of its provider', () => {
  const visitors: [string, CastMember, string][] = [
    ['enser', cast.maria, '012345'],
    ['smorodina', cast.maria, 'maria.sokolova@example.org'],
    ['eis24', cast.pyotrYounger, 'petr.ivanov@example.com'],
    ['enicom', cast.maria, '0045612'],
    ['is-telecom', cast.artyom, '10012314'],
    ['tctr', cast.haiNguyen, '14003512'],
  ]
  test.each(visitors)('%s: the memo holds a password that opens the cabinet', async (code, visitor, login) => {
    const { target } = await ask(visitor, code)
    const before = await desk.api.portalAccess.impact(target)
    const issued = await reissue(target)
    const card = readyProvider(code)!
    const policy = card.profile.password

    const password = savedPassword(desk.saveTo.path!, policy.length)
    expect(passwordProblems(policy, password, { login, account: visitor.accounts.find(({ provider }) => provider === code)?.account ?? '' })).toEqual([])
    const stored = (await credentialsOf(office.owner, target.accountId)).filter(({ revoked_at }) => revoked_at === null)
    expect(stored).toHaveLength(1)
    expect(await verify(stored[0]!.password_hash, password)).toBe(true)
    expect(await verify(stored[0]!.password_hash, password.toUpperCase())).toBe(false)
    expect(stored[0]!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)

    expect(issued).toMatchObject({ login, delivered: { how: 'saved', fileName: 'saved.pdf' }, memoNumber: stored[0]!.memo_number })
    expect(stored[0]!.one_time).toBe(policy.oneTime)
    const hours = issued.expiresAt === null ? null : (Date.parse(issued.expiresAt) - Date.parse(issued.issuedAt)) / 3_600_000
    expect(hours).toBe(policy.ttlHours)
    expect(before.login).toBe(login)
    expect((await desk.api.portalAccess.impact(target)).passwordIssuedAt).toBe(issued.issuedAt)

    const text = textOf(readFileSync(desk.saveTo.path!))
    for (const words of [card.profile.memo.title, issued.memoNumber, card.profile.portal.url, login, visitor.name, 'Ветрова Анна Павловна']) expect(text).toContain(words)
    expect(statSync(desk.saveTo.path!).mode & 0o077).toBe(0)
  })

  test('the password before stops working', async () => {
    const { target } = await ask(cast.maria, 'enser')
    await reissue(target)
    const old = savedPassword(desk.saveTo.path!, 12)
    await reissue(target)
    const [first, second] = await credentialsOf(office.owner, target.accountId)
    expect(first!.revoked_at).not.toBeNull()
    expect(second!.revoked_at).toBeNull()
    expect(await verify(second!.password_hash, old)).toBe(false)
  })
})

describe('an account without a cabinet', () => {
  test('gets one under the account number where that is the login', async () => {
    const { target } = await ask(cast.fyodor, 'enser')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ portalUserId: null, login: '012305', refusal: null, linkedAccounts: [] })
    expect(await reissue(target)).toMatchObject({ login: '012305' })
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ login: '012305', linkedAccounts: [{ number: '012305' }] })
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toMatchObject([{ registered: true }])
  })

  test('gets one under the contract number, written without spaces, where that is the login', async () => {
    const { target } = await ask(cast.zhanna, 'tctr')
    await office.owner.raw('delete from portal_account_link where account_id = ?', [target.accountId])
    await office.owner.raw(`delete from portal_user where login = '14003511'`)
    expect(await reissue(target)).toMatchObject({ login: '14003511' })
  })

  test('gets none under an e-mail that nobody has confirmed', async () => {
    const { visit, target } = await ask(cast.pyotrElder, 'eis24')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ portalUserId: null, login: null, refusal: 'emailNotConfirmed' })
    expect(await failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: save })).toMatchObject({ code: 'conflict', reason: 'emailNotConfirmed' })

    await changeEmail(office, desk, visit, 'elder@example.org')
    expect(await reissue(target)).toMatchObject({ login: 'elder@example.org' })
  })

  test('gets none under a login that is another subscriber’s', async () => {
    const { target } = await ask(cast.fyodor, 'enser')
    const { rows } = await office.owner.raw(
      `insert into portal_user (provider_id, login) select provider_id, '012305' from account where id = ? returning id`,
      [target.accountId],
    )
    await office.owner.raw(`insert into portal_account_link (portal_user_id, account_id) select ?, id from account where number = 'А-012345'`, [rows[0].id])
    expect(await failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: save })).toMatchObject({ code: 'conflict', reason: 'loginOfAnotherSubscriber' })
    expect(await office.owner('portal_credential').select()).toEqual([])
  })
})

test('a cabinet of somebody else, to which the account is linked, is not opened to the visitor', async () => {
  const { visit, target } = await ask(cast.fyodor, 'enser')
  await office.owner.raw(
    `insert into portal_account_link (portal_user_id, account_id)
     select l.portal_user_id, ? from portal_account_link l join account a on a.id = l.account_id where a.number = 'А-012345'`,
    [target.accountId],
  )
  expect(await desk.api.portalAccess.impact(target)).toMatchObject({ login: '012305', portalUserId: null, linkedAccounts: [] })
  expect(await reissue(target)).toMatchObject({ login: '012305' })
  const card = await desk.api.desk.card({ subscriberId: visit.subscriberId })
  expect(card.accounts[0]?.portalUser?.login).toBe('012305')

  const maria = await ask(cast.maria, 'enser')
  expect(await desk.api.portalAccess.impact(maria.target)).toMatchObject({ login: '012345' })
})

describe('nobody gets a password', () => {
  const refusal = (target: object) => failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: save })
  afterEach(async () => {
    expect(await office.owner('portal_credential').select()).toEqual([])
    expect(readdirSync(dirname(desk.saveTo.path!))).not.toContain('saved.pdf')
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toEqual([])
  })

  test.each(['none', 'readingsOnly'] as const)('who was not identified (%s)', async (identification) => {
    const { target } = await ask(cast.maria, 'enser', identification)
    expect(await refusal(target)).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
    expect(await failureOf(desk, 'portalAccess.impact', target)).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
  })

  test('whose account is closed', async () => {
    const { target } = await ask(cast.lidia, 'is-telecom')
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ refusal: 'accountClosed' })
    expect(await refusal(target)).toMatchObject({ code: 'conflict', reason: 'accountClosed' })
  })

  test('whose cabinet is blocked', async () => {
    const { target } = await ask(cast.maria, 'enser')
    await office.owner.raw(`update portal_user set state = 'blocked' where login = '012345'`)
    expect(await desk.api.portalAccess.impact(target)).toMatchObject({ refusal: 'portalUserBlocked' })
    expect(await refusal(target)).toMatchObject({ code: 'conflict', reason: 'portalUserBlocked' })
  })

  test('for the account of another subscriber, or in the visit of another operator', async () => {
    const maria = await ask(cast.maria, 'enser')
    const fyodor = await ask(cast.fyodor, 'enser')
    expect(await refusal({ visitId: maria.visit.id, accountId: fyodor.accountId })).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
    const other = await office.desk('second')
    expect(await failureOf(other, 'portalAccess.reissuePassword', { operationId: operation(), ...maria.target, output: save })).toMatchObject({ code: 'forbidden', reason: 'notYourVisit' })
  })

  test('after the visit was closed', async () => {
    const { visit, target } = await ask(cast.maria, 'enser')
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    expect(await refusal(target)).toMatchObject({ code: 'conflict', reason: 'visitClosed' })
  })
})

test('the same press twice makes one memo: a lost sheet is reissued, never printed again', async () => {
  const { target } = await ask(cast.maria, 'enser')
  const operationId = operation()
  await reissue(target, operationId)
  const first = readFileSync(desk.saveTo.path!)
  desk.saveTo.path = join(dirname(desk.saveTo.path!), 'again.pdf')
  expect(await failureOf(desk, 'portalAccess.reissuePassword', { operationId, ...target, output: save })).toMatchObject({ code: 'conflict', reason: 'memoAlreadyIssued' })
  expect(readdirSync(dirname(desk.saveTo.path))).not.toContain('again.pdf')
  const stored = await credentialsOf(office.owner, target.accountId)
  expect(stored).toHaveLength(1)
  expect(await verify(stored[0]!.password_hash, savedPassword(join(dirname(desk.saveTo.path), 'saved.pdf'), 12))).toBe(true)
  expect(first.length).toBeGreaterThan(1000)
})

test('two presses at the same moment make one memo', async () => {
  const { target } = await ask(cast.maria, 'enser')
  const operationId = operation()
  const results = await Promise.all([1, 2].map(() => desk.dispatch('portalAccess.reissuePassword', { operationId, ...target, output: save })))
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  expect(results.find(({ ok }) => !ok)).toMatchObject({ failure: { code: 'conflict', reason: 'memoAlreadyIssued' } })
  const stored = await credentialsOf(office.owner, target.accountId)
  expect(stored).toHaveLength(1)
  expect(await verify(stored[0]!.password_hash, savedPassword(desk.saveTo.path!, 12))).toBe(true)
})

describe('when the memo cannot be saved', () => {
  let target: { visitId: number; accountId: number }
  let old: string
  beforeEach(async () => {
    target = (await ask(cast.maria, 'enser')).target
    await reissue(target)
    old = savedPassword(desk.saveTo.path!, 12)
  })
  const attempt = () => failureOf(desk, 'portalAccess.reissuePassword', { operationId: operation(), ...target, output: save })

  async function oldPasswordIsInForce(): Promise<void> {
    const stored = await credentialsOf(office.owner, target.accountId)
    expect(stored).toHaveLength(1)
    expect(stored[0]!.revoked_at).toBeNull()
    expect(await verify(stored[0]!.password_hash, old)).toBe(true)
    expect(await auditedActions(office.owner, 'portalAccess.reissuePassword')).toHaveLength(1)
  }

  test('«Отмена» in the dialog changes nothing', async () => {
    desk.saveTo.path = null
    expect(await attempt()).toMatchObject({ code: 'conflict', reason: 'saveCancelled' })
    await oldPasswordIsInForce()
  })

  test('a place that is a folder is refused in words, and the old password works on', async () => {
    const folder = join(dirname(desk.saveTo.path!), 'folder.pdf')
    mkdirSync(folder)
    writeFileSync(join(folder, 'file'), 'x')
    desk.saveTo.path = folder
    expect(await attempt()).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten', details: { error: 'EISDIR' } })
    expect(readdirSync(dirname(folder)).filter((name) => name.endsWith('.okno'))).toEqual([])
    await oldPasswordIsInForce()
  })

  test('a folder that is gone is refused in words, and the old password works on', async () => {
    desk.saveTo.path = join(dirname(desk.saveTo.path!), 'gone', 'memo.pdf')
    expect(await attempt()).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten', details: { error: 'ENOENT' } })
    await oldPasswordIsInForce()
  })

  test.skipIf(!canMount())('a full disk leaves no half of a memo, and the old password works on', async () => {
    const disk = join(dirname(desk.saveTo.path!), 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', disk])
    try {
      desk.saveTo.path = join(disk, 'memo.pdf')
      expect(await attempt()).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten', details: { error: 'ENOSPC' } })
      expect(readdirSync(disk)).toEqual([])
    } finally {
      execFileSync('umount', [disk])
    }
    await oldPasswordIsInForce()
  })

  test('a memo whose password did not come into force after all is taken away again', async () => {
    await office.owner.raw(
      `create or replace function operation_delivered(p_operation_id uuid, p_delivery jsonb) returns void language plpgsql security definer as $$ begin perform refuse('OK409', 'operationEnded'); end $$`,
    )
    desk.saveTo.path = join(dirname(desk.saveTo.path!), 'other.pdf')
    expect(await attempt()).toMatchObject({ code: 'conflict', reason: 'operationEnded' })
    expect(readdirSync(dirname(desk.saveTo.path))).not.toContain('other.pdf')
    await oldPasswordIsInForce()
  })
})

test('a memo saved over a file that everybody may read is the visitor’s alone', async () => {
  const { target } = await ask(cast.maria, 'enser')
  writeFileSync(desk.saveTo.path!, 'old')
  chmodSync(desk.saveTo.path!, 0o644)
  await reissue(target)
  expect(statSync(desk.saveTo.path!).mode & 0o777).toBe(0o600)
})

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return process.platform === 'linux'
  } catch {
    return false
  }
}
