import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { addDays, weekday, type LocalDate } from '@shared/domain/dates'
import { random, type Random } from './random'

/**
 * What the windows of the training office have done in the last thirty days, so that a supervisor can try every report: visits of people of nobody's guide, what was done in them, looks,
 * passwords, changed contacts, requests, messages that did not arrive. The same for the same day; only ids are new. Times are those of the office's clock.
 */

interface Person { accountId: number; subscriberId: number; number: string; provider: string; providerId: number; portalUserId: number | null; email: { id: number; value: string } | null }
interface Reading { id: number; accountId: number; subscriberId: number; number: string; day: LocalDate }
interface Operator { id: number; login: string; officeId: number; window: string | null }
interface Step { kind: string; after: number; details?: object; accountId?: number; id?: string }
interface Visit { n: number; staff: Operator; subscriberId: number; at: string; seconds: number; identification: 'document' | 'readingsOnly'; steps: Step[] }

const days = 35
/** Visits between two full hours: mornings and the time after work. */
const hours = [[8, 7], [9, 11], [10, 14], [11, 13], [12, 8], [13, 6], [14, 8], [15, 8], [16, 9], [17, 11], [18, 6]] as const
/** Seconds of an ordinary visit of each operator: not everybody is as quick. */
const pace: Record<string, number> = { zaytseva: 170, belkin: 210, voskresenskaya: 250, kim: 330, sorokina: 230 }

const pad = (n: number) => String(n).padStart(2, '0')
/** A time of the day, seconds after midnight. */
const clock = (day: LocalDate, seconds: number) => `${day} ${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`
const masked = (email: string) => `${email.slice(0, 1)}***${email.slice(email.indexOf('@'))}`

/** Writes the month; once, while the office is made, after its staff. */
export async function workMonth(client: PoolClient): Promise<void> {
  const query = async <Row>(sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows as Row[]
  await client.query(`select set_config('okno.operation', 'training', true)`)
  const [{ today } = { today: '' }] = await query<{ today: LocalDate }>('select office_today()::text as today')
  const operators = await query<Operator>(`select id, login, office_id as "officeId", window_code as "window" from staff where login = any($1) or login = 'operator' order by login`, [Object.keys(pace)])
  const [supervisor] = await query<Operator>(`select id, login, office_id as "officeId", window_code as "window" from staff where 'supervisor' = any(roles) order by id limit 1`)
  const people = await query<Person>(
    `select a.id::int as "accountId", a.subscriber_id::int as "subscriberId", a.number, p.code as provider, p.id as "providerId", u.id::int as "portalUserId",
       case when k.id is not null then json_build_object('id', k.id, 'value', k.value) end as email
     from account a join provider p on p.id = a.provider_id join subscriber s on s.id = a.subscriber_id
     left join lateral (select u.id from portal_account_link l join portal_user u on u.id = l.portal_user_id where l.account_id = a.id and l.unlinked_at is null order by u.id limit 1) u on true
     left join subscriber_contact k on k.subscriber_id = s.id and k.kind = 'email' and k.purpose = 'main' and k.is_current
     where s.external_id > '000115' and s.kind = 'person' and a.status = 'active' order by s.external_id, a.number limit 900`,
  )
  if (!supervisor || operators.length === 0 || people.length === 0) return
  const readings = await query<Reading>(
    `select r.id::int, r.account_id::int as "accountId", a.subscriber_id::int as "subscriberId", a.number, r.taken_on::text as day from meter_reading r join account a on a.id = r.account_id join subscriber s on s.id = a.subscriber_id
     where r.taken_on between $1::date - $2::int and $1::date - 1 and r.channel in ('desk', 'paper', 'phone') and r.status in ('entered', 'accepted', 'calculated') and s.external_id > '000115' and s.kind = 'person' order by s.external_id, r.id limit 500`,
    [today, days],
  )
  const plan = planned({ today, operators, supervisor, people, readings })
  await written(client, plan)
}

interface Plan { visits: Visit[]; readings: object[]; credentials: object[]; contacts: object[]; requests: object[]; messages: object[]; approvals: object[]; looks: object[] }

function planned({ today, operators, supervisor, people, readings }: { today: LocalDate; operators: Operator[]; supervisor: Operator; people: Person[]; readings: Reading[] }): Plan {
  const r = random('month', today)
  const plan: Plan = { visits: [], readings: [], credentials: [], contacts: [], requests: [], messages: [], approvals: [], looks: [] }
  const next = roundOf(people)
  for (let ago = days; ago >= 1; ago--) {
    const day = addDays(today, -ago)
    const isSaturday = weekday(day) === 6
    if (weekday(day) === 7) continue
    const here = operators.filter((_one, i) => (ago + i) % 6 !== 0)
    const waiting = readings.filter((reading) => reading.day === day)
    for (const staff of here) {
      const mine = waiting.splice(0, Math.ceil(waiting.length / Math.max(1, here.length)))
      const ordinary = r.int(isSaturday ? 2 : 4, isSaturday ? 4 : 8)
      const times = Array.from({ length: mine.length + ordinary }, () => startOf(r, isSaturday)).sort((a, b) => a - b)
      times.forEach((at, i) => {
        const reading = mine[i]
        plan.visits.push(reading ? takesReading(plan, r, staff, day, at, reading) : serves(plan, r, staff, supervisor, day, at, next()))
      })
      plan.looks.push({ at: clock(day, 28_200 + r.int(0, 600)), login: staff.login, action: 'session.signIn', details: { appVersion: '0.1.0', desk: `okno-${staff.window ?? '1'}` } })
    }
  }
  exceptions(plan, r, operators, supervisor, today, next)
  return plan
}

/** Everybody in turn, the same people coming back when all have been. */
function roundOf(people: Person[]): () => Person {
  let i = -1
  return () => people[(i = (i + 7) % people.length)] as Person
}

/** Seconds after midnight somebody comes. */
function startOf(r: Random, isSaturday: boolean): number {
  const hour = isSaturday ? 9 + r.int(0, 5) : r.weighted(hours.map(([at, weight]) => [at, weight] as const))
  return hour * 3600 + r.int(0, 3_300)
}

function begun(plan: Plan, r: Random, staff: Operator, day: LocalDate, at: number, subscriberId: number, identification: Visit['identification']): Visit {
  const usual = pace[staff.login] ?? 200
  // Now and then one takes a quarter of an hour.
  const seconds = Math.round(usual * r.between(0.5, 1.6) + (r.chance(0.04) ? r.int(600, 1500) : 0))
  const identified = identification === 'document' ? [{ kind: 'visits.identify', after: 0.15, details: { agrees: true, documentType: 'passport_rf' } }] : [{ kind: 'visits.readingsOnly', after: 0.1 }]
  const visit: Visit = { n: plan.visits.length + 1, staff, subscriberId, at: clock(day, at), seconds, identification, steps: [{ kind: 'visits.open', after: 0, details: { window: staff.window } }, ...identified, { kind: 'visits.close', after: 1 }] }
  if (identification === 'document' && r.chance(0.55)) {
    plan.looks.push({ at: clock(day, at - r.int(5, 40)), login: staff.login, action: 'desk.search', details: { stage: 'keys', hits: 1, subscribers: [subscriberId], by: ['document'] } })
    if (r.chance(0.08)) plan.looks.push({ at: clock(day, at - r.int(50, 90)), login: staff.login, action: 'desk.search', details: { stage: 'keys', hits: 0, subscribers: [], by: ['document'] } })
  }
  return visit
}

function takesReading(plan: Plan, r: Random, staff: Operator, day: LocalDate, at: number, reading: Reading): Visit {
  const visit = begun(plan, r, staff, day, at, reading.subscriberId, 'readingsOnly')
  const id = randomUUID()
  const [warnings, reasons]: [string[], string[]] = plan.readings.length % (staff.login === 'kim' ? 3 : 9) === 0
    ? r.pick([[['aboveUsual'], ['confirmedByVisitor']], [['belowPrevious'], ['previousEntryWrong']], [['aboveNorm'], ['confirmedByVisitor']], [['longSilence'], ['nobodyLivesThere']], [['aboveUsual'], ['controllerChecked']]])
    : [[], []]
  visit.steps.push({ id, kind: 'readings.save', after: 0.7, accountId: reading.accountId, details: { meters: 1, takenOn: reading.day, channel: 'desk', account: reading.number, ...(reasons.length > 0 && { reasons, warnings }) } })
  plan.readings.push({ n: visit.n, readingId: reading.id, takenOn: reading.day, operationId: id, after: 0.7, warnings, reasons })
  return visit
}

/** A visit of somebody who came for one thing, sometimes two. */
function serves(plan: Plan, r: Random, staff: Operator, supervisor: Operator, day: LocalDate, at: number, person: Person): Visit {
  const visit = begun(plan, r, staff, day, at, person.subscriberId, 'document')
  const what = r.weighted([['bill', 30], ['password', 22], ['contact', 18], ['request', 18], ['unmask', 12]])
  if (what === 'bill') bill(visit, r, person, day)
  if (what === 'request') asks(plan, visit, r, person, day)
  if (what === 'unmask') visit.steps.push({ kind: 'contacts.unmask', after: 0.5, details: { kind: 'email', reason: r.weighted([['verify', 5], ['dictate', 4], ['other', 1]]) } })
  const changed = what === 'contact' && person.email ? changes(plan, visit, r, person, person.email) : false
  if (what === 'password' || (changed && r.chance(0.3))) password(plan, visit, r, person, changed, supervisor)
  return visit
}

function bill(visit: Visit, r: Random, person: Person, day: LocalDate): void {
  const period = addDays(`${day.slice(0, 8)}01`, -1).slice(0, 7)
  const duplicate = r.chance(visit.staff.login === 'belkin' ? 0.35 : 0.12) ? r.int(1, 2) : undefined
  const details = { number: `${person.number}-${period.slice(5)}${period.slice(0, 4)}`, period, account: person.number, ...(duplicate && { duplicate }) }
  visit.steps.push({ kind: `paymentDocuments.${r.chance(0.85) ? 'print' : 'save'}`, after: 0.7, accountId: person.accountId, details })
}

function asks(plan: Plan, visit: Visit, r: Random, person: Person, day: LocalDate): void {
  const kind = r.weighted([['specialist', 8], ['recalculation', 6], ['correction', 4], ['letter', 4], ['complaint', 2]] as const)
  const due = addDays(day, { specialist: 3, recalculation: 10, correction: 7, letter: 30, complaint: 30 }[kind])
  const status = r.weighted([['done', 12], ['new', 3], ['inProgress', 4], ['refused', 1]])
  plan.requests.push({ n: visit.n, kind, accountId: person.accountId, dueOn: due, status, closedAfter: status === 'done' || status === 'refused' ? r.int(1, 9) * 86_400 + r.int(0, 20_000) : null })
}

function changes(plan: Plan, visit: Visit, r: Random, person: Person, email: NonNullable<Person['email']>): boolean {
  const value = `${email.value.slice(0, email.value.indexOf('@'))}.${visit.n}@example.org`
  const how = r.weighted([['code', 8], ['link', 2], ['none', 1], ['waiting', 2]])
  const [change, confirm] = [randomUUID(), randomUUID()]
  const facts = { purpose: 'main', from: masked(email.value), to: masked(value) }
  visit.steps.push({ id: change, kind: 'contacts.changeEmail', after: 0.35, details: { ...facts, way: how === 'link' ? 'link' : how === 'none' ? 'none' : 'emailCode', ...(how === 'none' && { mainChanged: true }) } })
  if (how === 'code') visit.steps.push({ id: confirm, kind: 'contacts.confirmEmail', after: 0.55, details: { ...facts, way: 'emailCode', confirmed: true, mainChanged: true } })
  plan.contacts.push({ n: visit.n, subscriberId: person.subscriberId, replaces: email.id, value, how, operationId: change, after: how === 'code' ? 0.55 : 0.35 })
  plan.messages.push({ n: visit.n, operationId: change, channel: 'email', template: how === 'link' ? 'contactLink' : 'contactCode', providerId: person.providerId, ...outcome(r) })
  if (how === 'code') plan.messages.push({ n: visit.n, operationId: confirm, channel: 'email', template: 'contactChanged', providerId: person.providerId, ...outcome(r) })
  return how === 'code' || how === 'none'
}

/** What becomes of a message: nearly all arrive within seconds. */
function outcome(r: Random): { state: string; error: string | null; took: number } {
  return r.weighted([
    [{ state: 'sent', error: null, took: r.int(2, 40) }, 90], [{ state: 'failed', error: 'smtp550', took: 6 }, 4], [{ state: 'failed', error: 'smtp552', took: 86_000 }, 1],
    [{ state: 'uncertain', error: 'brokenOff', took: 200 }, 1], [{ state: 'expired', error: null, took: 1800 }, 3], [{ state: 'failed', error: 'addressRefused', took: 5 }, 1],
  ])
}

function password(plan: Plan, visit: Visit, r: Random, person: Person, changed: boolean, supervisor: Operator): void {
  if (person.portalUserId === null) return
  const id = randomUUID()
  const approved = changed && person.provider === 'enser'
  const delivered = r.weighted([['print', 12], ['email', 3], ['save', 1]])
  const details = { provider: person.provider, delivered, identification: 'document', ...(changed && { afterContactChange: true }), ...(approved && { approvedBy: supervisor.login }) }
  visit.steps.push({ id, kind: 'portalAccess.reissuePassword', after: 0.8, accountId: person.accountId, details })
  plan.credentials.push({ n: visit.n, operationId: id, portalUserId: person.portalUserId, after: 0.8, signedInAfter: r.chance(0.72) ? r.int(600, 500_000) : null })
  if (approved) plan.approvals.push({ n: visit.n, accountId: person.accountId, state: 'granted', usedBy: id, asked: 0.6, decided: 0.7 })
}

/** What a supervisor should find: an evening of somebody with no visitors, searches that open nothing, looks of one's own, questions that were refused or not answered. */
function exceptions(plan: Plan, r: Random, operators: Operator[], supervisor: Operator, today: LocalDate, next: () => Person): void {
  const named = (login: string) => operators.find((one) => one.login === login) ?? (operators[0] as Operator)
  const workday = (ago: number): LocalDate => (weekday(addDays(today, -ago)) >= 6 ? workday(ago + 2) : addDays(today, -ago))
  for (let i = 0; i < 9; i++) {
    const found = i % 3 === 0 ? [] : [next().subscriberId]
    plan.looks.push({ at: clock(workday(4), 45_000 + i * 45), login: named('zaytseva').login, action: 'desk.search', details: { stage: 'keys', hits: found.length, subscribers: found, by: ['document'] } })
  }
  for (let i = 0; i < 5; i++) {
    const { subscriberId } = next()
    plan.looks.push({ at: clock(workday(2 + i * 3), 52_000 + i * 700), login: supervisor.login, action: 'desk.openCard', subscriberId, details: { withoutVisit: true } })
  }
  for (const [i, person] of [next(), next(), next()].entries()) plan.visits.push(evening(plan, r, named('belkin'), workday(9), 73_200 + i * 900, person))
  const asked = [...plan.visits].filter(({ identification }) => identification === 'document').slice(0, 6)
  for (const [i, visit] of asked.entries()) {
    const person = next()
    plan.approvals.push({ n: visit.n, accountId: person.accountId, state: i % 2 === 0 ? 'refused' : 'waiting', usedBy: null, asked: 0.5, decided: i % 2 === 0 ? 0.75 : null })
  }
}

function evening(plan: Plan, r: Random, staff: Operator, day: LocalDate, at: number, person: Person): Visit {
  const visit = begun(plan, r, staff, day, at, person.subscriberId, 'document')
  visit.steps.push({ kind: 'contacts.unmask', after: 0.5, details: { kind: 'phone', reason: 'other' } })
  return visit
}

/** Everything at once, past the triggers that would say it happens now; the journal gets chains of its own, as every session does. */
async function written(client: PoolClient, plan: Plan): Promise<void> {
  const tables = ['operation', 'audit_event', 'subscriber_contact', 'portal_credential', 'approval', 'outbox_message']
  await client.query('set local role okno_owner')
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`)
  await client.query(
    `create temporary table month_visit on commit drop as
       select v.*, v.at::timestamp at time zone office_first_zone() as opened_at, nextval(pg_get_serial_sequence('visit', 'id')) as visit_id
       from jsonb_to_recordset($1::jsonb) as v(n int, "staffId" int, "officeId" int, "window" text, "subscriberId" bigint, at text, seconds int, identification text) order by n`,
    [JSON.stringify(plan.visits.map(({ n, staff, subscriberId, at, seconds, identification }) => ({ n, staffId: staff.id, officeId: staff.officeId, window: staff.window, subscriberId, at, seconds, identification })))],
  )
  await client.query(
    `insert into visit (id, subscriber_id, staff_id, office_id, window_code, opened_at, closed_at, closed_how, identification, identified_at) overriding system value
     select visit_id, "subscriberId", "staffId", "officeId", "window", opened_at, opened_at + seconds * interval '1 second', 'served', identification, case identification when 'document' then opened_at + 0.15 * seconds * interval '1 second' end
     from month_visit order by n`,
  )
  const at = `v.opened_at + x.after * v.seconds * interval '1 second'`
  await client.query(
    `insert into subscriber_contact (subscriber_id, kind, value, key, purpose, state, is_current, replaces_id, created_at, in_force_at, confirmed_at, confirmed_how, operation_id)
     select x."subscriberId", 'email', x.value, lower(x.value), 'extra', 'replaced', false, x.replaces, v.opened_at, case when x.how <> 'waiting' then ${at} end,
       case when x.how in ('code', 'link') then ${at} end, case x.how when 'code' then 'codeAtDesk' when 'link' then 'link' end, x."operationId"
     from jsonb_to_recordset($1::jsonb) as x(n int, "subscriberId" bigint, replaces bigint, value text, how text, "operationId" uuid, after float) join month_visit v on v.n = x.n order by x.n`,
    [JSON.stringify(plan.contacts)],
  )
  // The last change of each person is in force, those before it were replaced by the next; one that waits has replaced nothing.
  await client.query(
    `with mine as (
       select k.id, k.subscriber_id, k.in_force_at, lead(k.in_force_at) over w as next_at, lead(k.id) over w as next_id, lag(k.id) over w as before_id
       from subscriber_contact k where k.operation_id = any($1) and k.in_force_at is not null window w as (partition by k.subscriber_id order by k.in_force_at, k.id)
     ), past as (
       update subscriber_contact o set is_current = false, state = 'replaced', ended_at = m.in_force_at, replaced_by_id = m.id from mine m
       where m.before_id is null and o.subscriber_id = m.subscriber_id and o.kind = 'email' and o.purpose = 'main' and o.is_current returning o.id
     )
     update subscriber_contact k set purpose = 'main', replaces_id = coalesce(m.before_id, k.replaces_id), is_current = m.next_id is null, ended_at = m.next_at, replaced_by_id = m.next_id,
       state = case when m.next_id is not null then 'replaced' when k.confirmed_at is not null then 'confirmed' else 'unconfirmed' end
     from mine m where k.id = m.id and (select count(*) from past) >= 0`,
    [plan.contacts.map((contact) => (contact as { operationId: string }).operationId)],
  )
  await client.query(`update subscriber_contact set purpose = 'main', state = 'cancelled', ended_at = created_at + interval '1 hour' where operation_id = any($1) and in_force_at is null`, [plan.contacts.map((contact) => (contact as { operationId: string }).operationId)])
  await client.query(
    `insert into portal_credential (portal_user_id, password_hash, issued_at, one_time, memo_number, operation_id, signed_in_at, revoked_at)
     select x."portalUserId", '$argon2id$v=19$m=19456,t=2,p=1$' || repeat('A', 22) || '$' || repeat('A', 43), x.at, true, to_char(x.at, 'YYYY') || '-' || lpad(nextval('memo_number')::text, 6, '0'), x."operationId",
       case when x.at + x."signedInAfter" * interval '1 second' < least(x.next_at, now()) then x.at + x."signedInAfter" * interval '1 second' end, x.next_at
     from (select x.*, ${at} as at, lead(${at}) over (partition by x."portalUserId" order by v.opened_at) as next_at
       from jsonb_to_recordset($1::jsonb) as x(n int, "operationId" uuid, "portalUserId" bigint, after float, "signedInAfter" float) join month_visit v on v.n = x.n) x
     where not exists (select from portal_credential c where c.portal_user_id = x."portalUserId" and c.revoked_at is null) order by x.at`,
    [JSON.stringify(plan.credentials)],
  )
  await client.query(
    `insert into portal_sign_in (portal_user_id, at, channel, outcome)
     select portal_user_id, signed_in_at, 'password', 'entered' from portal_credential where operation_id = any($1) and signed_in_at is not null order by signed_in_at`,
    [plan.credentials.map((credential) => (credential as { operationId: string }).operationId)],
  )
  const steps = plan.visits.flatMap(({ n, steps }) => steps.map((step) => ({ ...step, n, id: step.id ?? randomUUID() })))
  await client.query(
    `insert into operation (id, kind, visit_id, subscriber_id, account_id, staff_id, office_id, at, details, result)
     select x.id, x.kind, v.visit_id, v."subscriberId", x."accountId", v."staffId", v."officeId", ${at}, jsonb_strip_nulls(coalesce(x.details, '{}')
       || case x.kind when 'contacts.changeEmail' then jsonb_build_object('contactId', (select k.id from subscriber_contact k where k.operation_id = x.id and k.subscriber_id = v."subscriberId"))
                      when 'portalAccess.reissuePassword' then jsonb_build_object('memoNumber', (select c.memo_number from portal_credential c where c.operation_id = x.id)) else '{}' end), '{}'
     from jsonb_to_recordset($1::jsonb) as x(n int, id uuid, kind text, after float, "accountId" bigint, details jsonb) join month_visit v on v.n = x.n order by ${at}`,
    [JSON.stringify(steps)],
  )
  await client.query(
    `with x as (select x.*, v.visit_id, v."staffId", v."subscriberId", v."officeId", v.opened_at + 0.6 * v.seconds * interval '1 second' as at, request_number() as number
       from jsonb_to_recordset($1::jsonb) as x(n int, kind text, "accountId" bigint, "dueOn" date, status text, "closedAfter" int) join month_visit v on v.n = x.n order by v.opened_at),
     told as (select x.*, case when x.at + x."closedAfter" * interval '1 second' < now() then x.at + x."closedAfter" * interval '1 second' end as closed_at from x),
     made as (
       insert into request (number, kind, subscriber_id, account_id, text, status, due_on, created_by, created_at, closed_at, office_id)
       select number, kind, "subscriberId", "accountId", '', case when closed_at is null and status in ('done', 'refused') then 'inProgress' else status end, "dueOn", "staffId", at, closed_at, "officeId" from told order by at returning *
     ), story as (
       insert into request_event (request_id, at, staff_id, kind, status) select id, created_at, created_by, 'created', 'new' from made
       union all select id, closed_at, created_by, 'status', status from made where closed_at is not null
     )
     insert into operation (id, kind, visit_id, subscriber_id, account_id, staff_id, office_id, at, details, result)
     select gen_random_uuid(), 'requests.create', t.visit_id, m.subscriber_id, m.account_id, m.created_by, m.office_id, m.created_at, jsonb_build_object('request', m.number, 'requestKind', m.kind, 'dueOn', m.due_on), jsonb_build_object('id', m.id)
     from made m join told t on t.number = m.number`,
    [JSON.stringify(plan.requests)],
  )
  await client.query(
    `insert into outbox_message (operation_id, channel, recipient, template, provider_id, state, error, attempts, queued_at, created_at, next_attempt_at, finished_at, office_id)
     select x."operationId", x.channel, 'training-' || x.n || '@example.org', x.template, x."providerId", x.state, x.error, 1, o.at, o.at, o.at, least(o.at + x.took * interval '1 second', now()), v."officeId"
     from jsonb_to_recordset($1::jsonb) as x(n int, "operationId" uuid, channel text, template text, "providerId" int, state text, error text, took int) join month_visit v on v.n = x.n join operation o on o.id = x."operationId" order by o.at`,
    [JSON.stringify(plan.messages)],
  )
  await client.query(
    `insert into approval (visit_id, account_id, kind, deliver, asked_by, asked_at, expires_at, state, decided_by, decided_at, decided_how, comment, used_by, office_id)
     select v.visit_id, x."accountId", 'portalAccess.reissuePassword', 'paper', v."staffId", v.opened_at + x.asked * v.seconds * interval '1 second', v.opened_at + interval '20 minutes', x.state,
       case when x.decided is not null then s.id end, v.opened_at + x.decided * v.seconds * interval '1 second', case when x.decided is not null then 'remote' end,
       case x.state when 'refused' then 'Посетитель не назвал прежний адрес' end, x."usedBy", v."officeId"
     from jsonb_to_recordset($1::jsonb) as x(n int, "accountId" bigint, state text, "usedBy" uuid, asked float, decided float) join month_visit v on v.n = x.n
     cross join (select id from staff where 'supervisor' = any(roles) order by id limit 1) s`,
    [JSON.stringify(plan.approvals)],
  )
  await client.query(
    `update meter_reading r set channel = 'desk', staff_id = v."staffId", office_id = v."officeId", visit_id = v.visit_id, operation_id = x."operationId", entered_at = ${at}, warnings = x.warnings, reasons = x.reasons
     from jsonb_to_recordset($1::jsonb) as x(n int, "readingId" bigint, "takenOn" date, "operationId" uuid, after float, warnings text[], reasons text[]) join month_visit v on v.n = x.n where r.id = x."readingId" and r.taken_on = x."takenOn"`,
    [JSON.stringify(plan.readings)],
  )
  // Now and then a rule keeps a reading out before the right one is typed.
  await client.query(
    `insert into reading_refusal (at, visit_id, account_id, meter_id, rule, channel, staff_id, office_id)
     select r.entered_at - interval '20 seconds', v.visit_id, r.account_id, r.meter_id, (array['exceedsCapacity', 'dateInFuture', 'tooManyDecimals'])[1 + x.o % 3], 'desk', v."staffId", v."officeId"
     from jsonb_array_elements($1::jsonb) with ordinality as x(reading, o) join month_visit v on v.n = (x.reading ->> 'n')::int join meter_reading r on r.id = (x.reading ->> 'readingId')::bigint and r.taken_on = (x.reading ->> 'takenOn')::date
     where x.o % 7 = 0`,
    [JSON.stringify(plan.readings)],
  )
  await client.query(
    `create temporary table month_event on commit drop as
       select o.at, s.login, o.kind as action, o.visit_id, o.subscriber_id, o.details || jsonb_strip_nulls(jsonb_build_object('operation', o.id, 'accountId', o.account_id)) as details
         from month_visit v join operation o on o.visit_id = v.visit_id join staff s on s.id = o.staff_id
       union all select v.opened_at + interval '1 second', s.login, 'desk.openCard', v.visit_id, v."subscriberId", '{}' from month_visit v join staff s on s.id = v."staffId"
       union all select x.at::timestamp at time zone office_first_zone(), x.login, x.action, null, x."subscriberId", x.details from jsonb_to_recordset($1::jsonb) as x(at text, login text, action text, "subscriberId" bigint, details jsonb)`,
    [JSON.stringify(plan.looks)],
  )
  await client.query(journal)
  // Contracts of the month for the installers: two lists, printed but for a number that nobody has.
  await client.query(
    `with list as (
       select gen_random_uuid() as id, p.id as provider_id, s.id as staff_id, s.office_id, x.name, (office_today() - x.ago + time '10:20') at time zone office_first_zone() as at
       from (values ('Подключения, ул. Ленина', 18), ('Подключения, пр-т Мира', 5)) x(name, ago), (select id from provider where code = 'enicom') p, (select id, office_id from staff where 'supervisor' = any(roles) order by id limit 1) s
     ), made as (
       insert into print_batch (id, kind, provider_id, name, created_by, created_at, state, ended_at, office_id) select id, 'memoBatches', provider_id, name, staff_id, at, 'done', at + interval '9 minutes', office_id from list returning id
     ), memo as (insert into memo_batch (id, is_large) select id, false from made returning id)
     insert into memo_batch_item (batch_id, n, line, typed, account_id, verdict, state)
     select l.id, a.n, a.n, a.number, a.id, case when a.id is null then 'unknown' else 'ready' end, case when a.id is null then 'refused' else 'printed' end
     from list l cross join lateral (
       select g.n, x.id, coalesce(x.number, '0049999') as number from generate_series(1, 8) g(n)
         left join (select row_number() over (order by id) as n, id, number from account where provider_id = l.provider_id and status = 'active') x on x.n = g.n and g.n < 8) a
     where (select count(*) from memo) >= 0`,
  )
  await client.query('set constraints all immediate')
  for (const table of tables) await client.query(`alter table ${table} enable trigger user`)
  await client.query('reset role')
}

/** One chain for each login and day, hashed as audit_check_next() counts it. */
const journal = `do $$
declare x record; v audit_event; v_before text := ''; v_counter regclass;
begin
  perform audit_partitions_make((select min(e.at) from month_event e)::date, current_date);
  for x in select e.*, e.login || ' ' || (e.at at time zone office_first_zone())::date as session from month_event e order by e.login, e.at, e.action loop
    if x.session <> v_before then
      v.chain := 's' || nextval('audit_chain_number');
      v.seq := 0;
      perform audit_chain_begin(v.chain, x.at, x.login, null, 'okno training');
      select last_hash, counter into v.hash, v_counter from audit_chain where chain = v.chain;
      v_before := x.session;
    end if;
    v.seq := v.seq + 1;
    v.at := x.at; v.staff_login := x.login; v.action := x.action; v.visit_id := x.visit_id; v.subscriber_id := x.subscriber_id; v.details := x.details; v.number := nextval(v_counter); v.prev_hash := v.hash;
    v.hash := audit_hash(v);
    insert into audit_event values (v.*);
    update audit_chain set last_seq = v.seq, last_hash = v.hash where chain = v.chain;
  end loop;
  -- The next event of this session begins a chain of its own: its number was drawn for others meanwhile.
  perform set_config('okno.chain', '', false);
end $$`
