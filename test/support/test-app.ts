import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knex, { type Knex } from 'knex'
import pg from 'pg'
import { inject } from 'vitest'
import type { Api, FeatureName } from '@shared/contract'
import type { EventName, Events } from '@shared/events'
import type { Failure, Result } from '@shared/errors'
import { createApp } from '../../src/main/app'
import { openDataFolder, type DataFolder } from '../../src/main/data-folder'
import type { DatabaseAddress, Login } from '../../src/main/db/connection'
import { assertSchemaIsCurrent } from '../../src/main/db/migrate'
import { openLog } from '../../src/main/log'
import type { ReportServer } from '../../src/main/session/session'
import { runProgram, systemPrinter } from '../../src/main/printing/printer'
import type { ServerAddress } from './postgres'
import { staff, template, type StaffKey } from './staff'

export interface TestOffice {
  address: DatabaseAddress
  /** As desks and psql have it: through the pooler of this run where there is one. */
  deskAddress: DatabaseAddress
  /** The owner's connection, to arrange what a test starts from and to see what it left. */
  owner: Knex
  ownerLogin: Login
  /** A desk of this office with somebody signed in, or nobody. */
  desk(person: StaffKey | null, options?: DeskOptions): Promise<TestDesk>
  /** What psql sees under a login; `straight`: past the pooler, where the connection must be nobody else's. */
  psql(person: StaffKey, how?: { straight: boolean }): Promise<pg.Client>
  close(): Promise<void>
}

export interface DeskOptions {
  /** Environment of lp and lpstat, for a private CUPS. */
  printingEnv?: NodeJS.ProcessEnv
  now?: () => number
  /** The data folder of a desk that was closed, or of another program of the same computer; it is left as it is in the end. */
  folder?: DataFolder
  /** Where the files of a batch go; without it the dialog is cancelled. */
  batchFolder?: string
  /** Hears of what other desks change, as a window does. */
  followChanges?: boolean
  /** Of the program; 'test' is no version, hence never too old. */
  appVersion?: string
  /** Opens the office anew, as a window does after its connection was changed. */
  reopen?: () => Promise<void>
  /** A server that answers the reports. */
  reports?: ReportServer
  /** Name of the computer; this one's unless told. */
  desk?: string
}

export interface TestDesk {
  dispatch(name: string, input: unknown): Promise<Result<unknown>>
  /** As the page calls: the value, or the failure thrown as DeskFailure. */
  api: Api
  events: { [Name in EventName]?: Events[Name][] }
  folder: DataFolder
  /** Where the next sheet is saved; null = «Отмена» in the dialog. */
  saveTo: { path: string | null }
  close(): Promise<void>
}

export class DeskFailure extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.code} ${failure.reason ?? ''} ${JSON.stringify(failure.details ?? {})}`)
  }
}

/** A copy of the migrated training office, or of another database, on the server of this run (tens of milliseconds), and desks that work on it. */
export async function openTestOffice(given?: ServerAddress, from = template): Promise<TestOffice> {
  const { user, password, host, port } = given ?? inject('postgres')
  const pooler = given ? null : inject('pooler')
  const server = { host, port }
  const database = `office_${randomBytes(6).toString('hex')}`
  const cluster = knex({ client: 'pg', connection: { ...server, user, password, database: 'postgres' }, pool: { min: 0, max: 1 } })
  await cluster.raw('create database ?? template ?? strategy file_copy', [database, from])
  const address = { ...server, database }
  // Desks and psql go through the pooler where there is one; whoever arranges a test goes straight.
  const deskAddress = { ...address, ...pooler }
  const owner = knex({ client: 'pg', connection: { ...address, user, password }, pool: { min: 0, max: 4 } })
  const closing: (() => Promise<unknown>)[] = []

  async function desk(person: StaffKey | null, { batchFolder, printingEnv, now, folder: given, followChanges = false, appVersion = 'test', reopen, reports, desk: computer }: DeskOptions = {}): Promise<TestDesk> {
    const path = given?.path ?? mkdtempSync(join(tmpdir(), 'okno-desk-'))
    const folder = given ?? (await openDataFolder({ OKNO_DATA: path }))
    const events: TestDesk['events'] = {}
    const saveTo: TestDesk['saveTo'] = { path: join(path, 'saved.pdf') }
    const app = createApp({
      folder,
      printer: systemPrinter({ privateFolder: join(path, 'run'), ...(printingEnv ? { run: runProgram(printingEnv) } : {}) }),
      chooseSavePath: () => Promise.resolve(saveTo.path),
      chooseFolder: () => Promise.resolve(batchFolder ?? null),
      registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
      configurationFiles: { choose: () => Promise.resolve(null), open: (file) => file },
      emit: (name, payload) => {
        const told: unknown[] = (events[name] ??= [])
        told.push(payload)
      },
      log: openLog(folder.logs),
      appVersion,
      followChanges,
      ...(computer ? { desk: computer } : {}),
      ...(now ? { now } : {}),
      ...(reopen ? { reopen } : {}),
    })
    await app.useOffice({
      address: () => deskAddress,
      reports: reports ?? null,
      recover: () => Promise.resolve(),
      checkSchema: assertSchemaIsCurrent,
      outboxLogin: null,
      training: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    })
    app.tellDatabaseState({ state: 'ready' })
    const close = async () => {
      await app.close()
      if (!given) rmSync(path, { recursive: true, force: true })
    }
    closing.push(close)
    const api = apiOver(app.dispatch)
    if (person) await api.session.signIn({ login: staff[person].login, password: staff[person].password })
    return { dispatch: app.dispatch, api, events, folder, saveTo, close }
  }

  return {
    address,
    deskAddress,
    owner,
    ownerLogin: { user, password },
    desk,
    async psql(person, { straight } = { straight: false }) {
      const client = new pg.Client({ ...(straight ? address : deskAddress), user: staff[person].login, password: staff[person].password })
      await client.connect()
      closing.push(() => client.end())
      return client
    },
    async close() {
      for (const close of closing.reverse()) await close().catch(() => undefined)
      await owner.destroy()
      await cluster.raw('drop database ?? with (force)', [database])
      await cluster.destroy()
    },
  }
}

function apiOver(dispatch: TestDesk['dispatch']): Api {
  const feature = (name: FeatureName) =>
    new Proxy({}, {
      get: (_target, call: string) => async (input: unknown) => {
        const result = await dispatch(`${name}.${call}`, input)
        if (!result.ok) throw new DeskFailure(result.failure)
        return result.value
      },
    })
  return new Proxy({}, { get: (_target, name: FeatureName) => feature(name) }) as Api
}

/** A fresh operation id, as a form makes one when it opens. */
export const operation = (): string => randomUUID()
