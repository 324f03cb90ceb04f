import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEvent } from '@shared/contract/audit'
import { addDays } from '@shared/domain/dates'
import { cast } from '../../../../src/main/training'
import { auditCommand, checkArchive } from '../../../../src/main/headless/audit'
import { commands } from '../../../../src/main/headless/commands'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf, visitOf } from '../visits/visit-of'

let office: TestOffice
let desk: TestDesk
let senior: TestDesk
let admin: TestDesk
let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'okno-journal-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  senior = await office.desk('senior')
  admin = await office.desk('admin')
})
afterEach(() => office.close())

const today = async (): Promise<string> => (await office.owner.raw('select office_today()::text as day')).rows[0].day
/** Past the triggers, as a superuser of the server can. */
const tamper = (sql: string, values: (string | number)[] = []) =>
  office.owner.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica')
    await trx.raw(sql, values)
  })
/** Words of a command as okno parses them, run by a desk that is signed in. */
const command = (of: TestDesk, name: string, options: Record<string, string | boolean> = {}) =>
  auditCommand({ dispatch: of.dispatch } as never, { command: commands.find((one) => one.name === name)!, positionals: [], options })

describe('the journal is found', () => {
  test('by the subscriber, also where they were only shown among others', async () => {
    const { id, subscriberId } = await identifiedVisitOf(desk, cast.maria)
    await senior.api.desk.search({ text: cast.maria.email })
    const own = await senior.api.audit.search({ subscriberId })
    expect(own.events.map(({ action }) => action)).toEqual(['visits.identify', 'visits.open'])
    expect(own.events.every((event) => event.visitId === id)).toBe(true)
    const shown = await senior.api.audit.search({ subscriberId, shown: true })
    expect(shown.events.map(({ action }) => action)).toEqual(['audit.events', 'desk.search', 'visits.identify', 'visits.open', 'desk.search'])
  })

  test('by the window and the office of the session, with what the person was there and from which computer', async () => {
    await office.owner.raw(`update staff set window_code = '7' where login = ?`, [staff.second.login])
    const other = await office.desk('second')
    await visitOf(other, cast.fyodor)
    await visitOf(desk, cast.maria)
    const { events } = await senior.api.audit.search({ window: '7', group: 'visits' })
    expect(events).toMatchObject([{ action: 'visits.open', staffLogin: staff.second.login, staffName: staff.second.fullName, roles: ['operator'], window: '7', address: '127.0.0.1' }])
    expect(events[0]!.program).toMatch(/^okno ./)
    const { offices } = await senior.api.audit.choices({})
    expect((await senior.api.audit.search({ officeId: offices[0]!.id, window: '7' })).events.length).toBeGreaterThan(1)
    expect((await senior.api.audit.search({ officeId: 999, group: 'visits' })).events).toEqual([])
  })

  test('by what was done and when, page by page, each event once', async () => {
    for (let n = 0; n < 7; n++) await desk.api.desk.search({ text: '04012345' })
    const day = await today()
    const filter = { staffLogin: staff.first.login, group: 'searches' as const, from: day, to: day }
    const seen: AuditEvent[] = []
    for (let more = true; more; ) {
      const last = seen.at(-1)
      const page = await senior.api.audit.search({ ...filter, limit: 3, ...(last && { before: { at: last.at, chain: last.chain, seq: last.seq } }) })
      seen.push(...page.events)
      more = page.more
    }
    expect(seen).toHaveLength(7)
    expect(new Set(seen.map(({ chain, seq }) => `${chain} ${seq}`)).size).toBe(7)
    expect(seen.map(({ at }) => at)).toEqual(seen.map(({ at }) => at).sort().reverse())
    expect((await senior.api.audit.search({ ...filter, from: addDays(day, -9), to: addDays(day, -1) })).events).toEqual([])
  })

  test.each([
    ['a subscriber', { subscriberId: 1 }, 'audit_event_.*subscriber_id'],
    ['a member of staff', { staffLogin: staff.first.login }, 'audit_event_.*staff_login'],
    ['a kind of action', { group: 'prints' as const }, 'audit_event_.*action'],
  ])('by %s through its index, not by reading the months', async (_what, filter, index) => {
    await senior.api.audit.search(filter)
    const arguments_ = { logins: 'staffLogin' in filter ? `'{${filter.staffLogin}}'::text[]` : 'null::text[]', subscriber: 'subscriberId' in filter ? '1' : 'null', actions: 'group' in filter ? `'{paymentDocuments.print}'::text[]` : 'null::text[]' }
    // As at volume: a plan that reads everything must look dear.
    const notices: string[] = []
    await office.owner.transaction(async (trx) => {
      const client = (await trx.client.acquireConnection()) as { on(name: string, heard: (notice: { message: string }) => void): void }
      client.on('notice', ({ message }) => notices.push(message))
      await trx.raw(`set local enable_seqscan = off; set local enable_sort = off; load 'auto_explain'; set local auto_explain.log_min_duration = 0; set local auto_explain.log_nested_statements = on; set local client_min_messages = log`)
      await trx.raw(`select count(*) from audit_page('-infinity', 'infinity', null, ${arguments_.subscriber}, false, ${arguments_.logins}, null, null, ${arguments_.actions}, false, null, null, null, 100)`)
    })
    const plan = notices.find((notice) => notice.includes('audit_event_2') && notice.includes('limit $14')) ?? ''
    expect(plan).toMatch(new RegExp(`Index Scan (Backward )?using ${index}`))
    expect(plan).not.toContain('Seq Scan on audit_event')
  })

  test('and each look into it is recorded: what was asked, not what was answered', async () => {
    await senior.api.audit.search({ staffLogin: staff.first.login, group: 'views' })
    const [event] = await admin.api.audit.events({ staffLogin: staff.senior.login, limit: 1 })
    expect(event).toMatchObject({ action: 'audit.events', details: { of: staff.first.login, rows: 0 } })
  })
})

describe('a transaction that is taken back', () => {
  test('takes its events with it, and its numbers are told by the check', async () => {
    const psql = await office.psql('first', { straight: true })
    await psql.query('begin')
    await psql.query(`select desk_search_keys(p_accounts => '{04012345}')`)
    await psql.query(`select desk_search_keys(p_accounts => '{04012345}')`)
    await psql.query('rollback')
    await desk.api.desk.search({ text: '04012345' })
    const { problems, takenBack, missingSessions } = await senior.api.audit.verify({})
    expect(problems).toEqual([])
    expect(takenBack).toMatchObject([{ staffLogin: staff.first.login, events: 2 }])
    expect(missingSessions).toBeGreaterThan(0)
  })

  test('is told also when nothing was done after it, and once by checks of what is new', async () => {
    await desk.close()
    await senior.api.audit.verify({})
    const psql = await office.psql('first')
    await psql.query('begin')
    await psql.query(`select desk_search_keys(p_accounts => '{04012345}')`)
    await psql.query('rollback')
    await psql.end()
    expect((await senior.api.audit.verify({ incremental: true })).takenBack).toMatchObject([{ staffLogin: staff.first.login, events: 1 }])
  })

  test('of an honest day there is none', async () => {
    const { id } = await identifiedVisitOf(desk, cast.maria)
    await desk.api.visits.close({ operationId: operation(), visitId: id })
    expect((await senior.api.audit.verify({})).takenBack).toEqual([])
  })
})

describe('the proof', () => {
  test('of what is new reads only that, and a change of what was proved is found by the next whole one', async () => {
    await visitOf(desk, cast.maria)
    const whole = await senior.api.audit.verify({})
    await visitOf(desk, cast.fyodor)
    const part = await senior.api.audit.verify({ incremental: true })
    expect(part.events).toBeLessThan(whole.events)
    expect(part.problems).toEqual([])
    await tamper(`update audit_event set details = '{"forged": true}' where action = 'visits.open' and subscriber_id = (select min(subscriber_id) from audit_event where action = 'visits.open')`)
    expect((await senior.api.audit.verify({ incremental: true })).problems).toEqual([])
    expect((await senior.api.audit.verify({})).problems).toMatchObject([{ problem: 'changed' }])
  })

  test('finds a session whose origin was rewritten', async () => {
    await visitOf(desk, cast.maria)
    await desk.close()
    await tamper(`update audit_session set program = 'another computer' where chain = (select chain from audit_event where action = 'visits.open')`)
    expect((await senior.api.audit.verify({})).problems).toMatchObject([{ seq: 1, problem: 'gap' }])
  })

  test('goes in chunks, tells how far it is and can be stopped', async () => {
    await visitOf(desk, cast.maria)
    await senior.api.audit.verify({})
    expect(senior.events['audit.checking']!.at(-1)).toMatchObject({ events: expect.any(Number), of: expect.any(Number) })
    // One event a chunk ends in the same verdict.
    const psql = await office.psql('senior')
    const { rows } = await psql.query<{ id: number }>(`select (audit_check_begin() ->> 'id')::int as id`)
    const steps: { result: { problems: object[]; events: number } | null }[] = []
    while (!steps.at(-1)?.result) steps.push((await psql.query(`select audit_check_next($1, 1) as step`, [rows[0]!.id])).rows[0].step)
    expect(steps.length).toBeGreaterThan(4)
    expect(steps.at(-1)!.result!.problems).toEqual([])
    expect(await senior.api.audit.stopVerify({})).toEqual({ stopped: false })
  })

  test('is its own: nobody goes on with the check of another', async () => {
    const psql = await office.psql('senior')
    const { rows } = await psql.query<{ id: number }>(`select (audit_check_begin() ->> 'id')::int as id`)
    await expect((await office.psql('admin')).query('select audit_check_next($1)', [rows[0]!.id])).rejects.toMatchObject({ message: 'auditCheck' })
  })
})

describe('a control point kept elsewhere', () => {
  test('agrees while the journal only grows, and tells when a chain was made anew with its head', async () => {
    await visitOf(desk, cast.maria)
    await desk.close()
    senior.saveTo.path = join(folder, 'anchor.json')
    const { chains, sha256 } = await senior.api.audit.anchor({})
    const written = JSON.parse(readFileSync(senior.saveTo.path, 'utf8'))
    expect([written.heads.length, written.sha256]).toEqual([chains, sha256])
    const other = await office.desk('second')
    await visitOf(other, cast.fyodor)
    expect(await command(senior, 'audit verify', { anchor: senior.saveTo.path })).toMatchObject({ exitCode: 0, value: { problems: [], anchor: { same: chains, problems: [] } } })

    // Everything of the chain is made consistent again: nothing inside can tell.
    const { chain } = (await office.owner.raw(`select chain from audit_event where action = 'visits.open' order by at limit 1`)).rows[0]
    await tamper(`delete from audit_event where chain = ? and seq > 1`, [chain])
    await tamper(`update audit_chain c set last_seq = 1, last_hash = (select hash from audit_event e where e.chain = c.chain) where chain = ?`, [chain])
    expect(await command(senior, 'audit verify')).toMatchObject({ exitCode: 0, value: { problems: [] } })
    expect(await command(senior, 'audit verify', { anchor: senior.saveTo.path })).toMatchObject({ exitCode: 1, value: { anchor: { problems: [{ chain, problem: 'removed' }] } } })
  })

  test('that was edited is no proof', async () => {
    senior.saveTo.path = join(folder, 'edited.json')
    await senior.api.audit.anchor({})
    const written = JSON.parse(readFileSync(senior.saveTo.path, 'utf8'))
    written.heads[0][2] = createHash('sha256').update('x').digest('hex')
    writeFileSync(senior.saveTo.path, JSON.stringify(written))
    await expect(command(senior, 'audit verify', { anchor: senior.saveTo.path })).rejects.toMatchObject({ reason: 'anchorDamaged' })
  })
})

describe('an extract', () => {
  test('is a file of everything about the subject, with a note beside it, and is itself in the journal', async () => {
    const { subscriberId } = await identifiedVisitOf(desk, cast.maria)
    await desk.api.desk.card({ subscriberId })
    const day = await today()
    senior.saveTo.path = join(folder, 'extract.csv')
    const done = await senior.api.audit.export({ operationId: operation(), subscriberId, from: day, to: day, basis: 'Запрос РКН № 17' })
    const bytes = readFileSync(senior.saveTo.path)
    const lines = bytes.toString('utf8').trim().split('\r\n')
    expect(lines).toHaveLength(1 + done.rows)
    expect(lines.slice(1).map((line) => line.split(';')[9])).toEqual(['desk.openCard', 'visits.identify', 'visits.open', 'desk.search'])
    expect(lines[1]).toMatch(/^\ufeff?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+03:00;window\.one;Ветрова Анна Павловна;operator;/)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(done.sha256)
    expect(readFileSync(join(folder, done.noteName)).subarray(0, 5).toString()).toBe('%PDF-')
    expect(bytes.toString()).not.toContain('Соколова')
    const taken = await admin.api.audit.search({ staffLogin: staff.senior.login, group: 'journal' })
    expect(taken.events.map(({ action, details }) => [action, details['basis'] ?? details['sha256']])).toEqual([['audit.exported', done.sha256], ['audit.export', 'Запрос РКН № 17']])
  })

  test('has no formula in it whatever a program calls itself', async () => {
    const psql = await office.psql('first', { straight: true })
    await psql.query(`set application_name = '=cmd|calc'`)
    await psql.query(`select desk_search_keys(p_accounts => '{04012345}')`)
    const day = await today()
    senior.saveTo.path = join(folder, 'formula.csv')
    await senior.api.audit.export({ operationId: operation(), staffLogin: staff.first.login, from: day, to: day, basis: 'проверка' })
    const text = readFileSync(senior.saveTo.path, 'utf8')
    expect(text).toContain(`;'=cmd|calc;`)
    expect(text).not.toMatch(/;=cmd/)
  })

  test('leaves nothing when the dialog is closed or the place can’t be written, and is refused without a ground', async () => {
    const day = await today()
    const ask = { operationId: operation(), from: day, to: day, basis: 'проверка' }
    senior.saveTo.path = null
    await expect(senior.api.audit.export(ask)).rejects.toMatchObject({ failure: { reason: 'saveCancelled' } })
    expect((await admin.api.audit.search({ group: 'journal', staffLogin: staff.senior.login })).events).toEqual([])
    senior.saveTo.path = join(folder, 'no', 'such', 'folder.csv')
    await expect(senior.api.audit.export(ask)).rejects.toMatchObject({ failure: { reason: 'fileNotWritten' } })
    await expect(senior.api.audit.export({ ...ask, basis: ' ' })).rejects.toMatchObject({ failure: { code: 'invalidInput' } })
  })

  test('gives nobody rows of an extract that was not recorded as theirs, nor more than was recorded', async () => {
    const day = await today()
    senior.saveTo.path = join(folder, 'mine.csv')
    const id = operation()
    await senior.api.audit.export({ operationId: id, staffLogin: staff.first.login, from: day, to: day, basis: 'проверка' })
    const rows = async (who: 'senior' | 'admin', filter: object) => (await office.psql(who)).query('select audit_export_rows($1, $2)', [id, JSON.stringify(filter)])
    await expect(rows('admin', { staffLogin: staff.first.login, from: day, to: day })).rejects.toMatchObject({ message: 'auditExport' })
    await expect(rows('senior', { from: day, to: day })).rejects.toMatchObject({ message: 'auditExport' })
    await expect(rows('senior', { staffLogin: staff.first.login, from: day, to: day })).resolves.toBeTruthy()
  })
})

describe('how long it is kept', () => {
  /** A month of four years ago with a chain of its own, written as the functions write. */
  const oldMonth = async (): Promise<string> => {
    const { rows } = await office.owner.raw(`
      do $$ declare v audit_event; v_at timestamptz := date_trunc('month', now()) - interval '48 months' + interval '5 days'; begin
        perform audit_partitions_make(v_at::date, v_at::date);
        perform audit_chain_begin('s9000001', v_at, '${staff.first.login}', null, 'okno old');
        select chain, last_seq, last_hash into v.chain, v.seq, v.prev_hash from audit_chain where chain = 's9000001';
        alter table audit_event disable trigger user;
        for n in 1 .. 3 loop
          v.seq := n; v.at := v_at + n * interval '1 minute'; v.staff_login := '${staff.first.login}'; v.action := 'desk.search'; v.details := jsonb_build_object('hits', n);
          v.hash := audit_hash(v);
          insert into audit_event values (v.*);
          update audit_chain set last_seq = n, last_hash = v.hash where chain = v.chain;
          v.prev_hash := v.hash;
        end loop;
        alter table audit_event enable trigger user;
      end $$; select to_char(date_trunc('month', now()) - interval '48 months', 'YYYY-MM') as month`).then((results: { rows: { month: string }[] } | { rows: { month: string }[] }[]) => (Array.isArray(results) ? results.at(-1)! : results))
    return rows[0]!.month
  }

  test('a shorter term waits thirty days and stands in the journal, a longer one is in force at once, below a year there is none', async () => {
    const { version } = await admin.api.audit.retention({})
    const shorter = await admin.api.audit.saveRetention({ operationId: operation(), months: 12, version })
    expect(shorter).toMatchObject({ months: 36, nextMonths: 12, nextOn: addDays(await today(), 30) })
    const longer = await admin.api.audit.saveRetention({ operationId: operation(), months: 60, version: shorter.version })
    expect(longer).toMatchObject({ months: 60, nextMonths: null, nextOn: null })
    await expect(admin.api.audit.saveRetention({ operationId: operation(), months: 11, version: longer.version })).rejects.toMatchObject({ failure: { reason: 'auditRetentionLimits' } })
    await expect(admin.api.audit.saveRetention({ operationId: operation(), months: 36, version })).rejects.toMatchObject({ failure: { reason: 'changedByAnotherDesk' } })
    await expect(senior.api.audit.saveRetention({ operationId: operation(), months: 60, version: longer.version })).rejects.toMatchObject({ failure: { code: 'forbidden' } })
    const { events } = await senior.api.audit.search({ group: 'journal', staffLogin: staff.admin.login })
    expect(events.map(({ details }) => [details['from'], details['to']])).toEqual([[36, 60], [36, 12]])
  })

  test('a month past its term goes into a file and out of the database, and what is left is still proved', async () => {
    const month = await oldMonth()
    expect((await admin.api.audit.retention({})).parts.at(-1)).toMatchObject({ month, state: 'mayGo' })
    admin.saveTo.path = join(folder, 'month.jsonl.gz')
    const done = await admin.api.audit.archive({ operationId: operation(), month })
    expect(done).toMatchObject({ month, events: 3 })
    expect((await office.owner.raw(`select count(*)::int as n from audit_event where chain = 's9000001'`)).rows[0].n).toBe(0)
    expect(await senior.api.audit.verify({})).toMatchObject({ problems: [], takenBack: [], archived: { months: 1, events: 3 } })
    expect((await admin.api.audit.retention({})).parts.at(-1)).toMatchObject({ month, state: 'archived', sha256: done.sha256, events: 3 })

    expect(await checkArchive(admin.saveTo.path)).toMatchObject({ exitCode: 0, value: { month, events: 3, problems: [], sha256: done.sha256 } })
    const lines = gunzipSync(readFileSync(admin.saveTo.path)).toString().split('\n')
    writeFileSync(join(folder, 'forged.jsonl.gz'), gzipSync(lines.map((line) => line.replace('hits\\": 2', 'hits\\": 0')).join('\n')))
    expect(await checkArchive(join(folder, 'forged.jsonl.gz'))).toMatchObject({ exitCode: 1, value: { problems: [{ chain: 's9000001', seq: 2, problem: 'changed' }] } })
    writeFileSync(join(folder, 'short.jsonl.gz'), gzipSync(lines.filter((_line, n) => n !== 2).join('\n')))
    expect(await checkArchive(join(folder, 'short.jsonl.gz'))).toMatchObject({ value: { problems: [{ seq: 3, problem: 'gap' }] } })
  })

  test('an event put behind the seal is found', async () => {
    const month = await oldMonth()
    admin.saveTo.path = join(folder, 'sealed.jsonl.gz')
    await admin.api.audit.archive({ operationId: operation(), month })
    await tamper(`insert into audit_event select 's9000001', 4, now(), e.staff_login, e.action, null, null, '{}', e.hash, e.hash, null from audit_event e limit 1`)
    expect((await senior.api.audit.verify({})).problems).toContainEqual({ chain: 's9000001', seq: 4, problem: 'gap' })
  })

  test('a month that is kept, not the oldest, damaged, or not wholly in the file does not go, and leaves no file', async () => {
    const month = await oldMonth()
    const now = (await today()).slice(0, 7)
    const ask = async (of: string) => {
      admin.saveTo.path = join(folder, 'kept.jsonl.gz')
      await expect(admin.api.audit.archive({ operationId: operation(), month: of })).rejects.toMatchObject({ failure: { reason: expect.stringMatching(/^auditMonth|^auditOldest/) } })
      expect(existsSync(admin.saveTo.path)).toBe(false)
      expect(readdirSync(folder).filter((name) => name.endsWith('.okno'))).toEqual([])
    }
    await ask(now)
    await ask('2020-01')
    await tamper(`update audit_event set details = '{"hits": 9}' where chain = 's9000001' and seq = 2`)
    await ask(month)
    const psql = await office.psql('admin')
    await tamper(`update audit_event set details = '{"hits": 2}' where chain = 's9000001' and seq = 2`)
    await expect(psql.query('select audit_archive_end($1, $2, $3, $4, $5)', [operation(), `${month}-01`, 'ab'.repeat(32), 'x', 'ab'.repeat(32)])).rejects.toMatchObject({ message: 'auditArchiveDiffers' })
    expect((await office.owner.raw(`select count(*)::int as n from audit_event where chain = 's9000001'`)).rows[0].n).toBe(3)
  })

  test('each month ahead has its part, and a part is append-only by itself', async () => {
    const { rows } = await office.owner.raw(`select t.relname as name from pg_inherits i join pg_class t on t.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass and t.relname ~ '\\d$' order by 1`)
    expect(rows.length).toBeGreaterThanOrEqual(12)
    for (const { name } of [...rows, { name: 'audit_event_rest' }]) {
      for (const sql of [`delete from ${name}`, `truncate ${name}`, `update ${name} set action = 'x'`]) {
        await expect(office.owner.transaction(async (trx) => {
          await trx.raw('set local role okno_owner')
          await trx.raw(sql)
        }), sql).rejects.toMatchObject({ code: 'OK403' })
      }
    }
    expect((await desk.dispatch('audit.retention', {})).ok).toBe(false)
  })
})
