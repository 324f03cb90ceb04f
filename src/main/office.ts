import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { z } from 'zod'
import type { SessionStatus } from '@shared/contract/session'
import { staffLogin } from '@shared/contract/staff'
import { AppError } from '@shared/errors'
import { roles, type Role } from '@shared/roles'
import { folderError, type DataFolder, type MachineSettings } from './data-folder'
import { removeLeftSides } from './backup/side-office'
import { upgradeCluster } from './backup/upgrade-cluster'
import { connect, type DatabaseAddress, type Login } from './db/connection'
import { createDatabase } from './db/database'
import { startEmbeddedServer, type EmbeddedServer } from './db/embedded-server'
import { assertSchemaIsCurrent, migrate, pendingMigrations } from './db/migrate'
import { withProcessLock } from './db/process-lock'
import { warmUp } from './db/warm-up'
import { readyProviders } from './features/providers/ready-profiles'
import { scramMatches, scramVerifier } from './session/scram'
import type { ReportServer } from './session/session'
import type { Log } from './log'

export interface OfficeOptions {
  folder: DataFolder
  log: Log
  appVersion: string
  /** Codes of what is being done now; words are the renderer's and the command's. */
  onStep?: (step: string) => void
}

/** The office's database as this machine reaches it: its own embedded server, or the office's. */
export interface Office {
  address(): DatabaseAddress
  /** Where reports are counted besides; null: nowhere else. */
  reports: ReportServer | null
  /** Brings a stopped embedded server back; a server elsewhere is not ours to start. */
  recover(): Promise<void>
  checkSchema(knex: Knex): Promise<void>
  /** The login that sends letters; null on a desk that does not. */
  outboxLogin: Login | null
  training(): Promise<SessionStatus['training']>
  close(): Promise<void>
}

const trainingSecret = 'training-staff'
const outboxSecret = 'outbox-sender'
const outboxRole = 'okno_sender'

/**
 * Opens the database of this machine's settings. An embedded one is started, backed up when a migration is due, and migrated; on a shared server
 * a desk only checks the schema when somebody signs in. `owner` and `migrated` are given only for the embedded one.
 */
export async function openOffice(options: OfficeOptions): Promise<Office & { owner: Owner | null; migrated: Migrated | null }> {
  const { folder, log, appVersion, onStep = () => undefined } = options
  const { database, outbox } = await folder.readSettings()
  if (database.kind === 'server') {
    const address: DatabaseAddress = { ...(await addressOf(database, database.database)), others: database.others }
    return {
      address: () => address,
      reports: await reportsOf(database, database.database),
      recover: () => Promise.resolve(),
      checkSchema: assertSchemaIsCurrent,
      outboxLogin: outbox ? { user: outbox.login, password: (await readFile(outbox.passwordFile, 'utf8')).trim() } : null,
      training: () => Promise.resolve(null),
      close: () => Promise.resolve(),
      owner: null,
      migrated: null,
    }
  }
  // One program at a time brings it up to date: a copy before a migration needs the server alone.
  return withProcessLock(join(folder.path, 'run', 'opening-lock'), async () => {
    // The copy of the office that a killed backup was verifying is nobody's to read.
    await removeLeftSides(folder.path)
    await upgradeCluster({ folder: folder.path, log, appVersion }, { step: ({ phase }) => onStep(`upgrading ${phase}`) })
    const server = await startEmbeddedServer({ folder: folder.path, preferredPort: database.port, log, onProgress: onStep })
    try {
      return await embeddedOffice(server, options)
    } catch (cause) {
      await server.stop()
      throw cause
    }
  }).catch((cause: unknown) => {
    throw folderError(cause, folder.path)
  })
}

type Reached = Pick<Extract<MachineSettings['database'], { kind: 'server' }>, 'host' | 'port' | 'tls' | 'caFile'>

export async function addressOf({ host, port, tls, caFile }: Reached, database: string): Promise<DatabaseAddress> {
  const ca = caFile ? await readFile(caFile, 'utf8') : undefined
  return { host, port, database, ...(tls === 'off' ? {} : { tls: ca === undefined ? {} : { ca } }) }
}

/** A replica has the same databases under the same names. */
async function reportsOf({ reports }: MachineSettings['database'], database: string): Promise<ReportServer | null> {
  return reports ? { address: await addressOf(reports, database), maxLagSeconds: reports.maxLagSeconds } : null
}

async function embeddedOffice(server: EmbeddedServer, { folder, appVersion, log, onStep = () => undefined }: OfficeOptions): Promise<Office & { owner: Owner; migrated: Migrated }> {
  const address = () => ({ host: server.host, port: server.port, database: server.database })
  const owned = <T>(work: (knex: Knex) => Promise<T>) => withOwner(address(), server.owner, work)
  const settle = async (knex: Knex) => {
    const outboxLogin = await ensureOutboxLogin(knex, folder)
    const { workShift } = await import('./training/shift')
    await createDatabase(knex).withClient(workShift)
    return outboxLogin
  }
  const { databaseVersion: from, current } = await owned(async (knex) => {
    const { databaseVersion, pending } = await pendingMigrations(knex)
    return { databaseVersion, current: pending.length === 0 ? { migrated: { from: databaseVersion, to: databaseVersion }, outboxLogin: await settle(knex) } : null }
  })
  // The pool is closed before the copy: the server stops for it.
  if (!current && from > 0) await server.backup(`before-schema-${String(from + 1).padStart(4, '0')}`)
  const { migrated, outboxLogin } = current ?? (await owned(async (knex) => ({
    migrated: await migrate(knex, { appVersion, onProgress: ({ step, total }) => onStep(total > 0 ? `migrating ${step}/${total}` : 'migrating') }),
    outboxLogin: await settle(knex),
  })))
  // Behind the sign-in; an office that is left meanwhile ends it with the server.
  const warming = owned(warmUp).catch((cause: unknown) => log.info('not warmed up', { cause }))
  return {
    address,
    reports: await reportsOf((await folder.readSettings()).database, server.database),
    recover: () => server.ensureRunning(),
    checkSchema: assertSchemaIsCurrent,
    outboxLogin,
    training: async () => {
      const kept = await folder.readSecret(trainingSecret)
      return kept === null ? null : trainingLogins.parse(JSON.parse(kept))
    },
    async close() {
      await server.stop()
      await warming
    },
    owner: { address: address(), login: server.owner },
    migrated,
  }
}

/** Versions of the schema before and after. */
export interface Migrated {
  from: number
  to: number
}

export interface Owner {
  address: DatabaseAddress
  login: Login
}

async function withOwner<T>(address: DatabaseAddress, login: Login, work: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = connect(address, login, { max: 4 })
  try {
    return await work(knex)
  } finally {
    await knex.destroy()
  }
}

/** One program at a time does what two would spoil; the other waits. */
function alone<T>(knex: Knex, lock: string, work: () => Promise<T>): Promise<T> {
  return knex.transaction(async (holder) => {
    await holder.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`okno ${lock}`])
    return work()
  })
}

/** The sender's own login: it may claim letters and nothing else. Its password is made here and kept in the data folder. */
async function ensureOutboxLogin(knex: Knex, folder: DataFolder): Promise<Login> {
  const kept = await folder.readSecret(outboxSecret)
  // An office that came out of a backup brings the login along, with the password of another folder or of another day.
  const isKnown = async (password: string | null) => password !== null && (await scramMatches(await outboxVerifier(knex), password))
  const password = kept !== null && (await isKnown(kept)) ? kept : await alone(knex, 'outbox login', async () => {
    const now = await folder.readSecret(outboxSecret)
    return now !== null && (await isKnown(now)) ? now : makeOutboxLogin(knex, folder)
  })
  return { user: outboxRole, password }
}

async function outboxVerifier(knex: Knex): Promise<string | null> {
  const { rows } = await knex.raw('select rolpassword as verifier from pg_authid where rolname = ?', [outboxRole])
  return rows[0]?.verifier ?? null
}

async function makeOutboxLogin(knex: Knex, folder: DataFolder): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const verifier = await scramVerifier(password)
  const exists = (await knex.raw('select from pg_roles where rolname = ?', [outboxRole])).rows.length > 0
  // Identifiers and verifiers are ours and hold no quotes; a statement for a role takes no parameters.
  await knex.raw(`${exists ? 'alter' : 'create'} role ${outboxRole} login password '${verifier}' connection limit 8`)
  await knex.raw(`grant okno_outbox to ${outboxRole}`)
  await knex.raw('grant connect on database ?? to ??', [(await knex.raw('select current_database() as name')).rows[0].name, outboxRole])
  await folder.writeSecret(outboxSecret, password)
  return password
}

export interface OfficeStart {
  /** With the fictional office of src/main/training, or empty with the ready provider profiles. */
  training: boolean
  /** Colleagues at other windows and flags to look at, in a training office. */
  shift?: boolean
  name: string
  admin: { login: string; password: string; fullName: string }
  /** Of the training office; a test takes a smaller one. */
  subscribers?: number
  /** IANA name of the zone its clocks and days are in; 'Europe/Moscow' unless told. */
  timeZone?: string
}

/** Whether an office has been made in this database: staff come last, so one that was killed while being made counts as not made. */
export async function officeExists({ address, login }: Owner): Promise<boolean> {
  return withOwner(address, login, hasStaff)
}

/**
 * Makes the office in a migrated, empty database: provider profiles, for training also subscribers, loaded through the same import as any register, and staff.
 * Can be started again after a kill: every step but the last may be repeated.
 * AppError conflict 'officeExists', 'loginTaken'; invalidInput 'loginForm', 'timeZone'.
 */
export async function createOffice(owner: Owner, options: Pick<OfficeOptions, 'folder' | 'onStep'>, start: OfficeStart): Promise<void> {
  await withOwner(owner.address, owner.login, (knex) => alone(knex, 'office', () => makeOffice(knex, options, start)))
}

async function makeOffice(knex: Knex, { folder, onStep = () => undefined }: Pick<OfficeOptions, 'folder' | 'onStep'>, start: OfficeStart): Promise<void> {
  if (await hasStaff(knex)) throw new AppError('conflict', 'officeExists')
  const staff: FirstStaff[] = [{ ...start.admin, roles: ['admin'], window: null }]
  if (start.training) {
    const { trainingStaff } = await import('./training')
    const others = trainingStaff.filter(({ role }) => role !== 'admin')
    staff.unshift(...others.map(({ login, fullName, role }, index) => ({ login, fullName, roles: [role], password: trainingPassword(), window: String(index + 1) })))
  }
  await checkLogins(knex, staff)
  const timeZone = start.timeZone ?? 'Europe/Moscow'
  if ((await knex.raw('select from pg_timezone_names where name = ?', [timeZone])).rows.length === 0) throw new AppError('invalidInput', 'timeZone', { timeZone })

  onStep('creatingOffice')
  await knex.raw('insert into office (code, name, is_training, time_zone, address, phone, hours) select ?, ?, ?, ?, ?, ?, ? where not exists (select from office)', [
    'main', start.name, start.training, timeZone, ...(start.training ? ['г. Энск, ул. Ленина, д. 1', '8-800-000-00-00', 'пн–пт 8:00–19:00, сб 9:00–15:00'] : ['', '', '']),
  ])
  const db = createDatabase(knex)
  // After a kill some are there already, and are written once more.
  const versions = new Map((await db.call<{ code: string; version: number }[]>('provider_list')).map(({ code, version }) => [code, version]))
  for (const card of readyProviders) await db.call('provider_save', { card: { ...card, version: versions.get(card.code) } })
  if (start.training) {
    const [{ trainingOffice }, { loadTrainingOffice }] = await Promise.all([import('./training'), import('./training/load')])
    const asOf = new Date().toISOString().slice(0, 10)
    await loadTrainingOffice(knex, folder.path, onStep, trainingOffice({ asOf, ...(start.subscribers === undefined ? {} : { subscribers: start.subscribers }) }))
    await folder.writeSecret(trainingSecret, JSON.stringify(staff))
  }
  await db.transaction(async (transaction) => {
    for (const { password, ...person } of staff) {
      await transaction.call('staff_create', { ...person, verifier: await scramVerifier(password), mustChangePassword: false })
    }
    if (!start.shift) return
    const [{ workMonth }, { addColleagues, addFlags, workShift }] = await Promise.all([import('./training/month'), import('./training/shift')])
    await addColleagues(transaction)
    await transaction.withClient(workMonth)
    await transaction.withClient(workShift)
    await transaction.withClient(addFlags)
  })
}

/** Before the long part: a wrong login would be refused only at its end. */
async function checkLogins(knex: Knex, staff: FirstStaff[]): Promise<void> {
  const logins = staff.map(({ login }) => login)
  for (const login of logins) if (!staffLogin.safeParse(login).success) throw new AppError('invalidInput', 'loginForm', { login })
  const { rows } = await knex.raw('select rolname as login from pg_roles where rolname = any(?)', [logins])
  const taken = rows[0]?.login ?? logins.find((login, index) => logins.indexOf(login) < index)
  if (taken) throw new AppError('conflict', 'loginTaken', { login: taken })
}

const hasStaff = async (knex: Knex): Promise<boolean> => (await knex.raw('select from staff limit 1')).rows.length > 0

interface FirstStaff {
  login: string
  fullName: string
  roles: Role[]
  password: string
  window: string | null
}

/** Makes the training office of a first start; the administrator's password is made at random like the others. */
export async function createTrainingOffice(owner: Owner, options: Pick<OfficeOptions, 'folder' | 'onStep'>, admin?: { login: string; password: string }, subscribers?: number, timeZone?: string): Promise<void> {
  const { trainingStaff } = await import('./training')
  const person = trainingStaff.find(({ role }) => role === 'admin')
  return createOffice(owner, options, {
    training: true,
    shift: true,
    name: 'Учебный центр обслуживания',
    admin: { login: admin?.login ?? person?.login ?? 'admin', password: admin?.password ?? trainingPassword(), fullName: person?.fullName ?? 'Администратор' },
    ...(subscribers === undefined ? {} : { subscribers }),
    ...(timeZone === undefined ? {} : { timeZone }),
  })
}

const trainingLogins = z.array(z.object({ login: z.string(), fullName: z.string(), roles: z.array(z.enum(roles)), password: z.string() }))

/** Easily typed from the sign-in screen in a training office; never for real staff. */
function trainingPassword(): string {
  const letters = 'dfghjkmnqrstuvwz'
  const digits = '23456789'
  const pick = (alphabet: string, count: number) => Array.from(randomBytes(count), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
  return `${pick(letters, 4)}-${pick(digits, 4)}-${pick(letters, 4)}`
}

