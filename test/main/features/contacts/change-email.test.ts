import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contactConflict } from '@shared/contract/contacts'
import type { Visit } from '@shared/contract/visits'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { staff } from '../../../support/staff'
import { failureOf } from '../../../support/visit'
import { codeIn, openMailOffice, type MailOffice } from '../../outbox/mail-office'
import { identifiedVisitOf } from '../visits/visit-of'

let office: TestOffice
let post: MailOffice
let desk: TestDesk
let visit: Visit
const address = 'm.sokolova@new.example'

beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
  desk = await office.desk('first')
  visit = await identifiedVisitOf(desk, cast.maria)
})
afterEach(async () => {
  await post.close()
  await office.close()
})

const failure = (code: string, reason: string) => ({ failure: { code, reason } })
/** The main e-mail, confirmed by a code. */
const to = (email: string) => ({ kind: 'email' as const, purpose: 'main' as const, contactId: null, value: email, way: 'emailCode' as const })
const card = () => desk.api.desk.card({ subscriberId: visit.subscriberId })
const emails = async () => (await card()).contacts.filter(({ kind }) => kind === 'email').map(({ masked, state, isCurrent }) => `${masked} ${state}${isCurrent ? ' current' : ''}`)

async function change(email = address) {
  const operationId = operation()
  const { subscriber } = await card()
  const { confirmation } = await desk.api.contacts.change({ operationId, visitId: visit.id, ...to(email), version: subscriber.version })
  return { operationId, pending: confirmation! }
}

async function confirm(confirmationId: number, code: string) {
  const operationId = operation()
  return { operationId, answer: await desk.api.contacts.confirm({ operationId, visitId: visit.id, confirmationId, code }) }
}

/** A change whose code has come to the new address. */
async function changeWithCode(email = address) {
  const { operationId, pending } = await change(email)
  await post.drain()
  return { operationId, pending, code: codeIn(post.mail.lettersTo(email.toLowerCase()).at(-1)!) }
}

const another = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('a changed e-mail', () => {
  test('comes into force when the visitor reads out the code that came there', async () => {
    const { pending, code } = await changeWithCode()
    expect(pending).toMatchObject({ value: address, attemptsLeft: 5, delivery: 'queued', error: null })
    expect(await emails()).toEqual(['m***@example.org confirmed current', 'm***@new.example awaiting'])
    expect(await desk.api.contacts.pending({ visitId: visit.id })).toMatchObject({ confirmations: [{ id: pending.id, delivery: 'sent' }] })
    expect(post.mail.letters).toMatchObject([{ to: address, from: '"Центр обслуживания" <office@okno.example>', subject: `Код подтверждения: ${code}` }])

    const { answer } = await confirm(pending.id, code)
    expect(answer).toEqual({ confirmed: true, attemptsLeft: 5 })
    expect(await emails()).toEqual(['m***@new.example confirmed current', 'm***@example.org replaced'])
    expect(await desk.api.contacts.pending({ visitId: visit.id })).toMatchObject({ confirmations: [] })
  })

  test('is told to the old address, without naming the new one in full', async () => {
    const { pending, code } = await changeWithCode()
    await confirm(pending.id, code)
    await post.drain()
    const [notice] = post.mail.lettersTo(cast.maria.email)
    expect(notice).toMatchObject({ subject: 'Изменены данные для связи с вами' })
    expect(notice!.text).toContain('m***@new.example')
    expect(notice!.text).not.toContain(address)
    expect(post.mail.letters).toHaveLength(2)
  })

  test('a first address has no old one to tell', async () => {
    visit = await identifiedVisitOf(desk, cast.fyodor)
    const { pending, code } = await changeWithCode('f.elkin@example.net')
    await confirm(pending.id, code)
    await post.drain()
    expect(post.mail.letters).toHaveLength(1)
    expect(await emails()).toEqual(['f***@example.net confirmed current'])
  })

  test('capitals of the address make no difference', async () => {
    const { pending } = await changeWithCode('M.Sokolova@New.Example')
    expect(pending.value).toBe(address)
    await expect(desk.api.contacts.check({ visitId: visit.id, kind: 'email', value: cast.maria.email.toUpperCase() })).resolves.toMatchObject({ usedByOthers: 0, isCurrent: true })
  })

  test('the same confirmed address is not confirmed a second time', async () => {
    await expect(change(cast.maria.email)).rejects.toMatchObject(failure('conflict', 'emailAlreadyConfirmed'))
  })

  test('gives way to a second change: the first code is good for nothing', async () => {
    const first = await changeWithCode('first@new.example')
    const second = await changeWithCode('second@new.example')
    await expect(confirm(first.pending.id, first.code)).rejects.toMatchObject(failure('conflict', 'confirmationEnded'))
    expect((await confirm(second.pending.id, second.code)).answer.confirmed).toBe(true)
    expect(await emails()).toEqual(['s***@new.example confirmed current', 'f***@new.example cancelled', 'm***@example.org replaced'])
  })

  test('is refused to the desk whose card is older than the other desk’s change', async () => {
    const { subscriber } = await card()
    await change()
    await expect(desk.api.contacts.change({ operationId: operation(), visitId: visit.id, ...to('late@example.org'), version: subscriber.version })).rejects.toMatchObject(
      failure('conflict', 'changedByAnotherDesk'),
    )
    expect(await emails()).toContain('m***@new.example awaiting')
  })

  test('the later of two desks is told, whichever they are', async () => {
    const other = await office.desk('second')
    const theirs = await identifiedVisitOf(other, cast.maria)
    const { subscriber } = await other.api.desk.card({ subscriberId: visit.subscriberId })
    const both = await Promise.allSettled([
      desk.api.contacts.change({ operationId: operation(), visitId: visit.id, ...to('one@new.example'), version: subscriber.version }),
      other.api.contacts.change({ operationId: operation(), visitId: theirs.id, ...to('two@new.example'), version: subscriber.version }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('the later is told who was quicker, when, how, and what the e-mail is now, masked', async () => {
    const other = await office.desk('second')
    const theirs = await identifiedVisitOf(other, cast.maria)
    const mine = (await card()).subscriber
    const before = Date.now()
    await other.api.contacts.change({ operationId: operation(), visitId: theirs.id, ...to('quicker@new.example'), version: mine.version })
    const late = { operationId: operation(), visitId: visit.id, ...to('late@new.example'), version: mine.version }
    const { code, reason, details } = await failureOf(desk, 'contacts.change', late)
    expect([code, reason]).toEqual(['conflict', 'changedByAnotherDesk'])
    const { at, ...told } = contactConflict.parse(details)
    expect(told).toEqual({ staffName: staff.second.fullName, kind: 'contacts.changeEmail', current: { value: 'm***@example.org', state: 'confirmed', awaiting: 'q***@new.example' } })
    expect(Math.abs(Date.parse(at!) - before)).toBeLessThan(60_000)
    // Having seen it, the later one may still go on: the other code is then good for nothing.
    const renewed = (await card()).subscriber
    await desk.api.contacts.change({ ...late, operationId: operation(), version: renewed.version })
    expect(await emails()).toContain('l***@new.example awaiting')
  })

  test('an address that a register has brought meanwhile is told without a name', async () => {
    const mine = (await card()).subscriber
    await office.owner.raw(`update subscriber_contact set state = 'replaced', is_current = false where subscriber_id = ? and kind = 'email'`, [visit.subscriberId])
    await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) values (?, 'email', 'register@new.example', 'register@new.example', 'unconfirmed', true)`, [visit.subscriberId])
    const { details } = await failureOf(desk, 'contacts.change', { operationId: operation(), visitId: visit.id, ...to(address), version: mine.version })
    expect(details).toEqual({ staffName: null, at: null, kind: null, current: { value: 'r***@new.example', state: 'unconfirmed', awaiting: null } })
  })

  test('a note, readings and another name by another desk are no conflict', async () => {
    const other = await office.desk('second')
    const theirs = await identifiedVisitOf(other, cast.maria)
    const mine = (await card()).subscriber
    await other.api.desk.addNote({ operationId: operation(), visitId: theirs.id, text: 'Просит звонить после шести', expiresOn: null })
    await other.api.contacts.unmask({ operationId: operation(), visitId: theirs.id, contactId: (await card()).contacts[0]!.id, reason: 'verify' })
    await office.owner.raw('update subscriber set middle_name = ?, version = version + 1 where id = ?', ['Ильинична', visit.subscriberId])
    await expect(desk.api.contacts.change({ operationId: operation(), visitId: visit.id, ...to(address), version: mine.version })).resolves.toMatchObject({ confirmation: { value: address } })
  })

  test('a change that was taken back is no conflict either: the address is the one the form was opened on', async () => {
    const other = await office.desk('second')
    const theirs = await identifiedVisitOf(other, cast.maria)
    const mine = (await card()).subscriber
    const target = operation()
    await other.api.contacts.change({ operationId: target, visitId: theirs.id, ...to('slip@new.example'), version: mine.version })
    await other.api.visits.undo({ operationId: operation(), target })
    await expect(desk.api.contacts.change({ operationId: operation(), visitId: visit.id, ...to(address), version: mine.version })).resolves.toMatchObject({ confirmation: { value: address } })
  })

  test('of the same form sent twice is one change and one letter', async () => {
    const { subscriber } = await card()
    const form = { operationId: operation(), visitId: visit.id, ...to(address), version: subscriber.version }
    const [first, second] = await Promise.all([desk.api.contacts.change(form), desk.api.contacts.change(form)])
    expect(first).toEqual(second)
    await post.drain()
    expect(post.mail.letters).toHaveLength(1)
  })

  test('an address that other subscribers have is counted, not named', async () => {
    visit = await identifiedVisitOf(desk, cast.alyona)
    expect(await desk.api.contacts.check({ visitId: visit.id, kind: 'email', value: cast.maria.email })).toMatchObject({ usedByOthers: 1, hints: ['С*** М. И.'], isCurrent: false })
    expect(await desk.api.contacts.check({ visitId: visit.id, kind: 'email', value: 'nobody@new.example' })).toMatchObject({ usedByOthers: 0, hints: [], isCurrent: false })
  })

  test('one address can’t be made of two', async () => {
    const { subscriber } = await card()
    for (const email of ['a@new.example,b@thief.example', 'a@new.example>,<b@thief.example', 'x<b@thief.example>', 'a b@new.example', 'a@new']) {
      const result = await desk.dispatch('contacts.change', { operationId: operation(), visitId: visit.id, ...to(email), version: subscriber.version })
      expect(result).toMatchObject({ ok: false, failure: { code: 'invalidInput' } })
      const psql = await office.psql('first')
      await expect(psql.query('select contact_change($1, $2, $$email$$, $$main$$, null, $3, $$emailCode$$, $4)', [operation(), visit.id, email, subscriber.version])).rejects.toMatchObject({ message: 'emailMalformed' })
    }
  })
})

describe('a code', () => {
  test('that is wrong counts down and is taken no more after five', async () => {
    const { pending, code } = await changeWithCode()
    for (const left of [4, 3, 2, 1, 0]) expect((await confirm(pending.id, another(code))).answer).toEqual({ confirmed: false, attemptsLeft: left })
    await expect(confirm(pending.id, code)).rejects.toMatchObject(failure('conflict', 'codeAttemptsExceeded'))
    expect(await emails()).toContain('m***@example.org confirmed current')
  })

  test('is good for ten minutes', async () => {
    const { pending, code } = await changeWithCode()
    expect(Date.parse(pending.expiresAt) - Date.now()).toBeGreaterThan(9 * 60_000)
    await office.owner.raw(`update contact_confirmation set expires_at = now() - interval '1 second'`)
    await expect(confirm(pending.id, code)).rejects.toMatchObject(failure('conflict', 'codeExpired'))
  })

  test('does not leave the office after its ten minutes', async () => {
    await change()
    await office.owner.raw(`update outbox_message set expires_at = now() - interval '1 second'`)
    await post.drain()
    expect(post.mail.letters).toEqual([])
    expect(await desk.api.contacts.pending({ visitId: visit.id })).toMatchObject({ confirmations: [{ delivery: 'failed', error: 'expired' }] })
  })

  test('may be sent again after half a minute; then only the new one is good', async () => {
    const { pending, code } = await changeWithCode()
    const again = () => desk.api.contacts.resend({ operationId: operation(), visitId: visit.id, confirmationId: pending.id })
    await expect(again()).rejects.toMatchObject({ failure: { reason: 'resendTooSoon', details: { waitSeconds: expect.toSatisfy((seconds: number) => seconds > 20 && seconds <= 30) } } })
    await confirm(pending.id, another(code))

    const halfMinutePasses = () => office.owner.raw(`update contact_confirmation set sent_at = sent_at - interval '31 seconds'`)
    await halfMinutePasses()
    expect(await again()).toMatchObject({ id: pending.id, attemptsLeft: 5, delivery: 'queued' })
    await post.drain()
    const letters = post.mail.lettersTo(address)
    expect(letters).toHaveLength(2)
    // One in a million pairs of codes is the same; then the first is good as well.
    if (codeIn(letters[1]!) !== code) expect((await confirm(pending.id, code)).answer.confirmed).toBe(false)

    for (let resend = 2; resend <= 4; resend++) {
      await halfMinutePasses()
      await again()
    }
    await halfMinutePasses()
    await expect(again()).rejects.toMatchObject(failure('conflict', 'resendsExceeded'))
    await post.drain()
    // Letters that had not left when the next code was made are not sent: they would bring a code that no longer fits.
    expect(post.mail.lettersTo(address)).toHaveLength(3)
    expect((await confirm(pending.id, codeIn(post.mail.lettersTo(address)[2]!))).answer.confirmed).toBe(true)
  })

  test('of one visit is not taken in another', async () => {
    const { pending, code } = await changeWithCode()
    const other = await identifiedVisitOf(desk, cast.alyona)
    await expect(desk.api.contacts.confirm({ operationId: operation(), visitId: other.id, confirmationId: pending.id, code })).rejects.toMatchObject(failure('notFound', 'confirmation'))
  })

  test('that nobody told ends with the visit, and the old address stays in force', async () => {
    await change()
    await desk.api.visits.close({ operationId: operation(), visitId: visit.id })
    await post.drain()
    expect(post.mail.letters).toEqual([])
    visit = await identifiedVisitOf(desk, cast.maria)
    expect(await emails()).toEqual(['m***@example.org confirmed current', 'm***@new.example cancelled'])
  })

  /** Rows of every table as text, keyed by table. */
  async function everyTable(): Promise<Map<string, string>> {
    const { rows: tables } = await office.owner.raw(`select c.oid::regclass::text as name from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`)
    const texts = new Map<string, string>()
    for (const { name } of tables) {
      const { rows } = await office.owner.raw(`select coalesce(string_agg(t::text, E'\\n'), '') as text from ${name} t`)
      texts.set(name, rows[0].text)
    }
    return texts
  }

  test('is in no table once its letter has left, in no log, and no call ever shows it to the operator', async () => {
    const answers: unknown[] = []
    const ask = async (name: string, input: unknown) => {
      const result = await desk.dispatch(name, input)
      answers.push(result)
      return result
    }
    const { subscriber } = await card()
    const before = await everyTable()
    await ask('contacts.change', { operationId: operation(), visitId: visit.id, ...to(address), version: subscriber.version })
    const queued = await everyTable()
    await post.drain()
    const code = codeIn(post.mail.letters[0]!)
    // Not as a part of a hash, a fraction of a second or a longer number.
    const alone = new RegExp(`(?<![0-9a-f.])${code}(?![0-9a-f])`)
    const holding = (tables: Map<string, string>) => [...tables].filter(([name, text]) => {
      const known = new Set(before.get(name)?.split('\n'))
      return text.split('\n').some((row) => !known.has(row) && alone.test(row))
    }).map(([name]) => name)
    expect(holding(queued)).toEqual(['outbox_message'])
    expect(holding(await everyTable())).toEqual([])

    await ask('contacts.pending', { visitId: visit.id })
    await ask('contacts.check', { visitId: visit.id, kind: 'email', value: address })
    await ask('desk.card', { subscriberId: visit.subscriberId })
    await ask('desk.search', { text: address })
    await ask('visits.mine', {})
    const [confirmation] = (await desk.api.contacts.pending({ visitId: visit.id })).confirmations
    await ask('contacts.confirm', { operationId: operation(), visitId: visit.id, confirmationId: confirmation!.id, code })
    await ask('desk.card', { subscriberId: visit.subscriberId })
    await ask('visits.close', { operationId: operation(), visitId: visit.id })
    for (const answer of answers) expect(JSON.stringify(answer)).not.toMatch(alone)
    expect(holding(await everyTable())).toEqual([])

    const senior = await office.desk('senior')
    expect(JSON.stringify(await senior.api.audit.events({ limit: 500 }))).not.toMatch(alone)
    for (const { folder } of [desk, senior]) {
      for (const file of readdirSync(folder.logs)) expect(readFileSync(join(folder.logs, file), 'utf8')).not.toMatch(alone)
    }
  })
})

describe('taking a change back', () => {
  const undo = (target: string) => desk.api.visits.undo({ operationId: operation(), target })

  test('before the code was told: nothing is sent any more and nothing can be confirmed', async () => {
    const { operationId, pending } = await change()
    expect(await undo(operationId)).toEqual({ undone: 'contacts.changeEmail' })
    await post.drain()
    expect(post.mail.letters).toEqual([])
    await expect(confirm(pending.id, '000000')).rejects.toMatchObject(failure('conflict', 'confirmationEnded'))
    expect(await emails()).toEqual(['m***@example.org confirmed current', 'm***@new.example cancelled'])
    await expect(undo(operationId)).rejects.toMatchObject(failure('conflict', 'alreadyUndone'))
  })

  test('after the confirmation: the old address is in force again, confirmed as it was', async () => {
    const { operationId, pending, code } = await changeWithCode()
    const confirmed = await confirm(pending.id, code)
    await undo(confirmed.operationId)
    expect(await emails()).toEqual(['m***@example.org confirmed current', 'm***@new.example reverted'])
    // Both are told to the old address, also when neither had left yet: whoever changes an address for a minute leaves a trace with its owner.
    await post.drain()
    expect(post.mail.lettersTo(cast.maria.email).map(({ subject }) => subject)).toEqual(['Изменены данные для связи с вами', 'Изменение данных для связи отменено'])
    await expect(undo(operationId)).rejects.toMatchObject(failure('conflict', 'alreadyUndone'))
    const { timeline } = await card()
    expect(timeline.filter(({ kind }) => kind.startsWith('contacts.')).map(({ kind, undone, canUndo }) => [kind, undone, canUndo])).toEqual([
      ['contacts.revertEmail', false, false],
      ['contacts.confirmEmail', true, false],
      ['contacts.changeEmail', true, false],
    ])
  })

  test('by the entry of the change itself, when it was confirmed meanwhile', async () => {
    const { operationId, pending, code } = await changeWithCode()
    await confirm(pending.id, code)
    await undo(operationId)
    expect(await emails()).toEqual(['m***@example.org confirmed current', 'm***@new.example reverted'])
  })

  test('of an unconfirmed old address leaves it unconfirmed', async () => {
    await office.owner.raw(`update subscriber_contact set state = 'unconfirmed', confirmed_at = null, confirmed_how = null where key = ?`, [cast.maria.email])
    const { pending, code } = await changeWithCode()
    await undo((await confirm(pending.id, code)).operationId)
    expect(await emails()).toContain('m***@example.org unconfirmed current')
  })

  test('is refused when another change came after it', async () => {
    const first = await changeWithCode('first@new.example')
    const confirmed = await confirm(first.pending.id, first.code)
    const second = await changeWithCode('second@new.example')
    await confirm(second.pending.id, second.code)
    await expect(undo(confirmed.operationId)).rejects.toMatchObject(failure('conflict', 'changedSince'))
    expect(await emails()).toContain('s***@new.example confirmed current')
  })

  test('brings back the address that was in force when the code was told, also one a register brought since', async () => {
    const { pending, code } = await changeWithCode()
    await office.owner.raw(`update subscriber_contact set state = 'replaced', is_current = false, ended_at = now() where key = ?`, [cast.maria.email])
    await office.owner.raw(
      `insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) values (?, 'email', 'register@new.example', 'register@new.example', 'unconfirmed', true)`,
      [visit.subscriberId],
    )
    const confirmed = await confirm(pending.id, code)
    await undo(confirmed.operationId)
    expect((await emails()).filter((line) => line.endsWith('current'))).toEqual(['r***@new.example unconfirmed current'])
  })

  test('is refused for a look at a contact and for a wrong code: there is nothing to take back', async () => {
    const { pending, code } = await changeWithCode()
    await expect(undo((await confirm(pending.id, another(code))).operationId)).rejects.toMatchObject(failure('conflict', 'cannotBeUndone'))
    await expect(undo(operation())).rejects.toMatchObject(failure('forbidden', 'notYourOperation'))
  })
})

describe('a contact in full', () => {
  test('is shown for a reason, which is logged with the mask only', async () => {
    const { contacts } = await card()
    const { id: contactId } = contacts.find(({ kind }) => kind === 'phone')!
    expect(await desk.api.contacts.unmask({ operationId: operation(), visitId: visit.id, contactId, reason: 'dictate' })).toEqual({ value: '+79431002030' })
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'contacts.unmask'`)
    expect(rows).toMatchObject([{ details: { contact: '+7 *** ***-**-30', kind: 'phone', reason: 'dictate' } }])
  })

  test('one logged look opens one contact', async () => {
    const { contacts } = await card()
    const [one, two] = contacts
    const look = { operationId: operation(), visitId: visit.id, reason: 'verify' as const }
    const first = await desk.api.contacts.unmask({ ...look, contactId: one!.id })
    expect(await desk.api.contacts.unmask({ ...look, contactId: one!.id })).toEqual(first)
    await expect(desk.api.contacts.unmask({ ...look, contactId: two!.id })).rejects.toMatchObject(failure('conflict', 'operationIdUsed'))
    const psql = await office.psql('first')
    await expect(psql.query('select contact_unmask($1, $2, $3, $4)', [operation(), visit.id, one!.id, 'a word of my own'])).rejects.toMatchObject({ message: 'reason' })
  })

  test('of another subscriber is not shown', async () => {
    const other = await identifiedVisitOf(desk, cast.alyona)
    const { contacts } = await desk.api.desk.card({ subscriberId: other.subscriberId })
    await expect(desk.api.contacts.unmask({ operationId: operation(), visitId: visit.id, contactId: contacts[0]!.id, reason: 'verify' })).rejects.toMatchObject(failure('notFound', 'contact'))
  })
})
