import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newKeyPair, unlockOf } from '../../../src/main/backup/age-file'
import { listBackups, removeOld } from '../../../src/main/backup/backup-file'
import { makeBackup, previewBackup, restoreBackup, verifyBackup, type MadeBackup } from '../../../src/main/backup/backup-jobs'
import { scramVerifier } from '../../../src/main/session/scram'
import { AppError } from '../../../src/shared/errors'
import { adminPassword, embeddedOffice, emptyFolder, inOffice, publicRights, type EmbeddedOffice } from '../../support/embedded-office'

let office: EmbeddedOffice
let made: MadeBackup
let before: unknown
let keys: { signedIn: string; blocked: string }
const key = newKeyPair()
const folder = mkdtempSync(join(tmpdir(), 'okno-copies-'))
const others: EmbeddedOffice[] = []

beforeAll(async () => {
  office = await embeddedOffice()
  const { recipient } = await key
  await inOffice(office, async (source) => {
    await source.sql("insert into outbox_message (operation_id, channel, recipient, template, params) values (gen_random_uuid(), 'email', 'a@b.invalid', 'test', '{}')")
    // One is signed in while the copy is made, the other may not come in.
    keys = { signedIn: await withFactor(source.address, 'doorman'), blocked: await withFactor(source.address, 'blocked') }
    await as(source.address, 'admin', adminPassword, (admin) => admin.query(`select staff_block('blocked', (select (m ->> 'version')::int from jsonb_array_elements(staff_list()) m where m ->> 'login' = 'blocked'))`))
    before = await facts(source.sql)
    made = await makeBackup(office.place, source, { folder, lock: { recipients: [recipient] } })
  })
}, 240_000)

afterAll(() => {
  for (const { remove } of [office, ...others]) remove()
  rmSync(folder, { recursive: true, force: true })
})

async function as<T>(address: pg.ClientConfig, user: string, password: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...address, user, password })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const codeOf = (key: string, steps: number) => new TOTP({ secret: Secret.fromHex(key) }).generate({ timestamp: Date.now() + steps * 30_000 })
const typed = 'typed-by-the-person'

/** An operator with the second factor; answers the key of the authenticator, in hex. */
async function withFactor(address: pg.ClientConfig, login: string): Promise<string> {
  const typedVerifier = await scramVerifier(typed)
  await as(address, 'admin', adminPassword, (admin) => admin.query('select staff_create($1, $2, $3, $4, false)', [login, 'Зимин Олег Петрович', ['operator'], typedVerifier]))
  return as(address, login, typed, async (member) => {
    const key: string = (await member.query(`select factor_begin() ->> 'secret' as key`)).rows[0].key
    await member.query('select factor_enrol($1)', [codeOf(key, -1)])
    return key
  })
}

/** What an office is, in figures that a lost or doubled row changes. */
async function facts(sql: (text: string) => Promise<Record<string, unknown>[]>) {
  return sql(`select (select count(*) from subscriber) as subscribers, (select count(*) from meter_reading) as readings, (select md5(string_agg(md5(r::text), '' order by r.id, r.taken_on)) from meter_reading r) as "readingText",
    (select md5(string_agg(a::text, '' order by a.chain, a.seq)) from audit_event a where action not in ('audit.verify', 'backups.restore')) as audit,
    (select count(*) from pg_inherits where inhparent = 'meter_reading'::regclass) as partitions, (select last_value from subscriber_id_seq) as "lastSubscriber",
    (select string_agg(rolname || rolpassword, ',' order by rolname) from pg_authid where not rolsuper and rolpassword is not null and rolname <> 'okno_sender' and not has_door(rolname)) as logins,
    (select string_agg(password_mark::text, ',' order by id) from staff) as marks, (select origin::text from backup_state) as origin`)
}

const refused = async (work: Promise<unknown>): Promise<string | undefined> => {
  const cause: unknown = await work.then(() => 'done', (error: unknown) => error)
  return cause instanceof AppError ? cause.reason : String(cause)
}

it('a backup is made while the office works, is verified by restoring it, and lies there alone with its note', async () => {
  expect(made.note).toMatchObject({ verifiedAt: expect.any(String), auditProblems: 0, recipients: [(await key).recipient] })
  expect(readdirSync(folder).sort()).toEqual([made.file, `${made.file}.json`].map((path) => path.slice(folder.length + 1)).sort())
  expect(statSync(made.file).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(office.place.folder, 'run')).filter((name) => name.startsWith('side-'))).toEqual([])
  // Neither names nor anything else of the office can be read without the key.
  expect(readFileSync(made.file).includes('Учебный')).toBe(false)
})

it('on another computer the office comes out of it to the last row, and its people sign in with their passwords', async () => {
  const other = await emptyFolder()
  others.push(other)
  const restored = await restoreBackup(other.place, made.file, unlockOf((await key).identity), 'okno restore', other.folder)
  expect(restored).toMatchObject({ kept: null, auditProblems: 0 })
  await inOffice(other, async (source) => {
    expect(await facts(source.sql)).toEqual(before)
    // No copy holds the rights of the database itself: they are made anew.
    expect(await source.sql(publicRights)).toEqual([{ connect: false, temporary: false }])
    // What waited may have been sent since: nothing goes out by itself.
    expect(await source.sql("select state, error from outbox_message where recipient = 'a@b.invalid'")).toEqual([{ state: 'uncertain', error: 'restored' }])
    expect(await source.sql("select count(*)::int as events from audit_event where action = 'backups.restore'")).toEqual([{ events: 1 }])
    // A new row gets the next number, and staff still belong to okno_owner, who alters them.
    const client = new pg.Client({ ...source.address, user: 'admin', password: adminPassword })
    await client.connect()
    await client.query("select session_start('test', 'desk')")
    const { rows } = await client.query(`select staff_create(p_login => 'novikova', p_full_name => 'Новикова Н. Н.', p_roles => array['operator'], p_verifier => $1, p_must_change_password => false) ->> 'id' as id`, [verifier])
    expect(Number(rows[0].id)).toBeGreaterThan(0)
    await client.end()
  })
}, 120_000)

it('whoever has the second factor comes in with password and code there, too, and nobody with the password of a session that went on during the copy', async () => {
  await inOffice(others[0]!, async (source) => {
    const { rolpassword } = (await source.sql(`select rolpassword from pg_authid where rolname = 'doorman'`))[0]!
    expect(rolpassword).toBeNull()
    await as(source.address, 'admin', adminPassword, (admin) => admin.query(`select staff_unblock('blocked', (select (m ->> 'version')::int from jsonb_array_elements(staff_list()) m where m ->> 'login' = 'blocked'))`))
    for (const [login, key] of [['doorman', keys.signedIn], ['blocked', keys.blocked]] as const) {
      const secret = await as(source.address, `okno_door_${login}`, typed, async (door) => (await door.query('select door_open($1) as answer', [codeOf(key, 1)])).rows[0].answer.secret)
      expect(await as(source.address, login, secret, async (member) => (await member.query('select visit_mine() as mine')).rows), login).toEqual([{ mine: [] }])
    }
  })
}, 60_000)

const verifier = `SCRAM-SHA-256$4096:${'A'.repeat(22)}==$${'B'.repeat(43)}=:${'C'.repeat(43)}=`

it('a wrong key, a wrong passphrase, a changed byte, a file cut short and any other file are each told apart, and nothing is touched', async () => {
  const { identity } = await newKeyPair()
  expect(await refused(previewBackup(made.file, unlockOf(identity)))).toBe('backupLocked')
  expect(await refused(previewBackup(made.file, unlockOf('no such passphrase')))).toBe('backupLocked')
  const bad = join(folder, 'bad.age')
  const bytes = readFileSync(made.file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(bad, bytes)
  expect(await refused(verifyBackup(office.place, bad, unlockOf((await key).identity)))).toBe('backupDamaged')
  writeFileSync(bad, readFileSync(made.file))
  truncateSync(bad, statSync(bad).size - 100_000)
  expect(await refused(verifyBackup(office.place, bad, unlockOf((await key).identity)))).toBe('backupDamaged')
  writeFileSync(bad, 'Номер;Фамилия\n')
  expect(await refused(previewBackup(bad, unlockOf((await key).identity)))).toBe('notABackup')
  expect(await refused(previewBackup(join(folder, 'none.age'), unlockOf('x')))).toBe('backupFile')
  rmSync(bad)
}, 120_000)

it('the preview tells what is inside', async () => {
  const { office: name, holds } = await previewBackup(made.file, unlockOf((await key).identity))
  expect(name).toMatchObject({ name: 'Учебный центр обслуживания', isTraining: true })
  expect(holds.subscribers).toBeGreaterThan(10)
})

it('restoring over an office keeps the one that was there', async () => {
  await inOffice(office, ({ sql }) => sql("update office set name = 'После копии'"))
  const { kept } = await restoreBackup(office.place, made.file, unlockOf((await key).identity), 'admin', office.folder)
  expect(readdirSync(join(office.place.folder, kept!))).toContain('PG_VERSION')
  await inOffice(office, async ({ sql }) => expect(await sql('select name from office')).toEqual([{ name: 'Учебный центр обслуживания' }]))
}, 120_000)

it('a backup that is cancelled leaves nothing', async () => {
  const cancel = new AbortController()
  const { recipient } = await key
  const names = readdirSync(folder).sort()
  const end = await inOffice(office, (source) =>
    refused(makeBackup(office.place, source, { folder, lock: { recipients: [recipient] } }, { signal: cancel.signal, step: ({ phase }) => phase === 'checking' && cancel.abort(new AppError('conflict', 'cancelled')) })),
  )
  expect(end).toBe('cancelled')
  expect(readdirSync(folder).sort()).toEqual(names)
}, 120_000)

it('a copy of a newer program is refused and never called good', async () => {
  const { recipient } = await key
  const names = readdirSync(folder).sort()
  await inOffice(office, async (source) => {
    await source.sql("insert into schema_migration (version, name, checksum, app_version) values (9999, 'of-tomorrow', 'x', '99.0.0')")
    expect(await refused(makeBackup(office.place, source, { folder, lock: { recipients: [recipient] } }))).toBe('appIsOlder')
    await source.sql('delete from schema_migration where version = 9999')
  })
  expect(readdirSync(folder).sort()).toEqual(names)
}, 60_000)

it('a folder that is away is told, and not made', async () => {
  const { recipient } = await key
  const away = join(folder, 'share')
  expect(await inOffice(office, (source) => refused(makeBackup(office.place, source, { folder: away, lock: { recipients: [recipient] } })))).toBe('backupFolder')
  expect(readdirSync(folder)).not.toContain('share')
}, 60_000)

it('a passphrase opens what it locked; of an office only the newest verified copies are kept', async () => {
  await inOffice(office, (source) => makeBackup(office.place, source, { folder, lock: { passphrase: 'десять слов' } }))
  const [newest, ...older] = await listBackups(folder)
  expect(newest?.note?.recipients).toBeNull()
  expect((await previewBackup(newest!.file, { passphrase: 'десять слов' })).office.isTraining).toBe(true)
  await removeOld(folder, newest!.note!.origin, 1)
  expect((await listBackups(folder)).map(({ file }) => file)).toEqual([newest!.file])
  expect(older).toHaveLength(1)
}, 240_000)
