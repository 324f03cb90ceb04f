import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { Result } from '@shared/errors'
import { createApp } from '../../src/main/app'
import { openDataFolder } from '../../src/main/data-folder'
import { clientConfig, connect, type Login } from '../../src/main/db/connection'
import { createDatabase } from '../../src/main/db/database'
import { openLog, silentLog } from '../../src/main/log'
import { createOffice, officeExists, openOffice, type Office, type Owner } from '../../src/main/office'
import { systemPrinter } from '../../src/main/printing/printer'
import { scramVerifier } from '../../src/main/session/scram'
import { loadData } from './data/load'
import { benchData, type BenchData, type Counts } from './data/rows'
import type { BenchOptions } from './options'

const password = 'password-of-the-bench-1'
const admin = { login: 'bench.admin', fullName: 'Снегирёв Лев Андреевич', password }
/** Eight windows and a supervisor. */
const operators = Array.from({ length: 8 }, (_, index) => ({ login: `bench.window${index + 1}`, fullName: `Оператор Окна ${index + 1}`, role: 'operator' }))
const supervisor = { login: 'bench.senior', fullName: 'Громов Игорь Станиславович', role: 'supervisor' }

export interface BenchDesk {
  /** As the router answers the page. */
  dispatch(name: string, input: unknown): Promise<Result<unknown>>
  /** The value; a refusal is thrown. */
  call<T>(name: string, input: unknown): Promise<T>
  close(): Promise<void>
}

export interface BenchOffice {
  data: BenchData
  /** The data folder, for the real program. */
  path: string
  staff: { operators: Login[]; supervisor: Login; admin: Login }
  /** The whole application, with a member of staff signed in. */
  desk(login: Login): Promise<BenchDesk>
  /** A connection past the application: the baseline. */
  owner(): Promise<pg.Client>
  /** A connection as psql has it under a login. */
  client(login: Login): Promise<pg.Client>
  close(): Promise<void>
}

const migrations = import.meta.glob<string>('../../src/main/db/migrations/*.sql', { eager: true, query: '?raw', import: 'default' })

/** An office on the embedded PostgreSQL with the generated rows: loaded, or found loaded in the folder that is kept. */
export async function openBenchOffice(options: BenchOptions, counts: Counts, say: (text: string) => void): Promise<BenchOffice> {
  const path = options.keep === null ? mkdtempSync(join(tmpdir(), 'okno-bench-')) : resolve(options.keep)
  const asOf = `${new Date().toISOString().slice(0, 7)}-01`
  const data = benchData({ ...counts, seed: options.seed, asOf })
  const note = join(path, 'bench.json')
  const wanted = JSON.stringify({ ...data.options, schema: createHash('sha256').update(JSON.stringify(Object.entries(migrations).sort())).digest('hex') })
  const isLoaded = existsSync(note) && readFileSync(note, 'utf8') === wanted
  if (!isLoaded && existsSync(join(path, 'postgres'))) {
    // Only a folder that a bench has made is emptied, and only when somebody says so: loading takes minutes, and another bench may be at it.
    if (!existsSync(note)) throw new Error(`${path} holds an office that is not a bench's`)
    if (!options.reload) throw new Error(`${path} was loaded with other rows or migrations. Add --reload to load it anew`)
    rmSync(path, { recursive: true, force: true })
  }
  const folder = await openDataFolder({ OKNO_DATA: path })
  if (!isLoaded) writeFileSync(note, 'loading')

  const opened = await openOffice({ folder, log: silentLog, appVersion: 'bench' })
  const closing: (() => Promise<unknown>)[] = []
  const client = async (login: Login) => {
    const connection = new pg.Client(clientConfig(opened.address(), login))
    await connection.connect()
    closing.push(() => connection.end())
    return connection
  }
  try {
    const owner = ownerOf(opened)
    if (!(await officeExists(owner))) {
      await createOffice(owner, { folder }, { training: false, name: 'Центр обслуживания под нагрузкой', admin })
      await createStaff(owner)
    }
    if (!isLoaded) {
      say(`loading ${Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', ')}`)
      const startedAt = performance.now()
      await loadData(await client(owner.login), data, (what, seconds) => say(`  ${what}: ${seconds.toFixed(1)} s`))
      say(`loaded in ${Math.round((performance.now() - startedAt) / 1000)} s`)
      writeFileSync(note, wanted)
    }
    return {
      data,
      path,
      staff: { operators: operators.map(({ login }) => ({ user: login, password })), supervisor: { user: supervisor.login, password }, admin: { user: admin.login, password } },
      desk: async (login) => {
        const desk = await openDesk(opened, login)
        closing.push(desk.close)
        return desk
      },
      owner: () => client(owner.login),
      client,
      async close() {
        for (const close of closing.reverse()) await close().catch(() => undefined)
        await opened.close()
        if (options.keep === null) rmSync(path, { recursive: true, force: true })
      },
    }
  } catch (cause) {
    for (const close of closing.reverse()) await close().catch(() => undefined)
    await opened.close()
    throw cause
  }
}

function ownerOf(office: Office & { owner: Owner | null }): Owner {
  if (!office.owner) throw new Error('the bench measures an embedded database')
  return office.owner
}

async function createStaff({ address, login }: Owner): Promise<void> {
  const knex = connect(address, login, { max: 1 })
  try {
    const db = createDatabase(knex)
    const verifier = await scramVerifier(password)
    for (const { role, ...person } of [...operators, supervisor]) await db.call('staff_create', { ...person, roles: [role], verifier, mustChangePassword: false })
  } finally {
    await knex.destroy()
  }
}

async function openDesk(office: Office, { user, password: secret }: Login): Promise<BenchDesk> {
  const path = mkdtempSync(join(tmpdir(), 'okno-bench-desk-'))
  const folder = await openDataFolder({ OKNO_DATA: path })
  const app = createApp({
    folder,
    printer: systemPrinter({ privateFolder: join(path, 'run') }),
    chooseSavePath: () => Promise.resolve(null),
    registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
    emit: () => undefined,
    log: openLog(folder.logs),
    appVersion: 'bench',
  })
  await app.useOffice({ ...office, address: () => office.address(), close: () => Promise.resolve() })
  app.tellDatabaseState({ state: 'ready' })
  const call = async <T>(name: string, input: unknown): Promise<T> => {
    const result = await app.dispatch(name, input)
    if (!result.ok) throw new Error(`${name}: ${result.failure.code} ${result.failure.reason ?? ''} ${JSON.stringify(result.failure.details ?? {})}`)
    return result.value as T
  }
  await call('session.signIn', { login: user, password: secret })
  return {
    dispatch: app.dispatch,
    call,
    async close() {
      await app.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

export const operation = (): string => randomUUID()
