import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Card, Hit } from '@shared/contract/desk'
import type { DocumentBatchProgress } from '@shared/contract/document-batches'
import type { MemoBatch, MemoBatchProgress } from '@shared/contract/memo-batches'
import type { PaymentPeriod } from '@shared/contract/payment-documents'
import type { ReadingExport, RegisterImport, RegisterProgress } from '@shared/contract/registers'
import type { Visit } from '@shared/contract/visits'
import { AppError, type Result } from '@shared/errors'
import type { PaymentClosingProgress } from '@shared/events'
import { createApp, type App } from '../app'
import { openDataFolder, type DataFolder } from '../data-folder'
import { connect } from '../db/connection'
import { migrate } from '../db/migrate'
import { toAppError } from '../ipc/to-app-error'
import { openLog, type Log } from '../log'
import { createOffice, createTrainingOffice, officeExists, openOffice, type Migrated, type Office, type Owner } from '../office'
import { openSenderKeys } from '../outbox/sealed'
import { drainOutbox } from '../outbox/sender'
import { systemPrinter } from '../printing/printer'
import { drawingThreads } from '../printing/worker/drawing-threads'
import { saveWhole } from '../whole-file'
import { isBackupCommand, runBackupCommand } from './backup'
import { checkConnection } from './connection'
import { auditCommand, checkArchive } from './audit'
import { checkFeedFile, makeFeedKey, signFeedFile } from './feed'
import { checkConfiguration, exportConfiguration, importConfiguration } from './configuration'
import { documentLine, printDocuments } from './print-documents'
import { parseCommand, type Given } from './commands'
import { hintOf } from './hints'
import { rolloutCommands, runRollout } from './rollout'
import { askPassword, readStandardInput } from './password'
import { rememberedMapping, watchRegisters } from './watch-registers'
import { signIn } from './sign-in'

interface Surroundings {
  folder: DataFolder
  log: Log
  appVersion: string
  env: NodeJS.ProcessEnv
  /** Progress for people; standard output belongs to the result. */
  tell(line: string): void
  /** Where files of a batch go. */
  folderOut?: string | null
  /** Progress for programs. */
  jsonProgress?: boolean
}

/** Runs one command; resolves to the exit code. The result, and nothing else, goes to `print`. */
export async function runHeadless(args: string[], { appVersion, env, print, tell }: { appVersion: string; env: NodeJS.ProcessEnv; print(text: string): void; tell(line: string): void }): Promise<number> {
  try {
    const given = parseCommand(args)
    if ('show' in given) {
      print(given.show)
      return 0
    }
    const folder = await openDataFolder(env)
    const log = openLog(folder.logs)
    const { value, exitCode = 0 } = await runCommand(given, { folder, log, appVersion, env, tell }).catch((cause: unknown) => {
      // The answer says «internal» and no more; whoever mends it needs the cause.
      if (toAppError(cause).code === 'internal') log.error('command broke', { command: given.command.name, cause })
      throw cause
    })
    print(toJson(value))
    return exitCode
  } catch (cause) {
    const { code, reason, details } = toAppError(cause)
    if (reason === 'usage' && typeof details?.['text'] === 'string') {
      tell(details['text'])
      return 2
    }
    print(toJson({ code, reason, details }))
    const hint = hintOf({ code, reason })
    if (hint !== null) tell(hint)
    return 1
  }
}

async function runCommand({ command, positionals, options }: Given, around: Surroundings): Promise<{ value: unknown; exitCode?: number }> {
  const text = (name: string): string => {
    const value = options[name]
    if (typeof value !== 'string' || value === '') throw new AppError('invalidInput', 'usage', { text: command.help })
    return value
  }
  const given = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined)
  if (rolloutCommands.includes(command)) return withApp(around, undefined, (app) => runRollout(app, command, positionals, options))
  switch (command.name) {
    case 'connection check':
      return checkConnection(around.folder, around.env)
    case 'init':
      return { value: await init(around, { training: options['training'] === true, subscribers: wholeNumber(options['subscribers'], command.help), admin: text('admin'), adminName: given('admin-name'), office: given('office'), timeZone: given('time-zone') }) }
    case 'migrate':
      return { value: await migrateDatabase(around) }
    case 'call': {
      const [name = '', input = '{}'] = positionals
      const parsed = parseInput(input === '-' ? await inputOfCall(around.env) : input)
      return withApp(around, options['out'], async (app) => ({ value: unwrap(await app.dispatch(name, parsed)) }))
    }
    case 'import': {
      const [kind = '', file = ''] = positionals
      return withApp(around, undefined, async (app) => ({ value: await importFile(app, kind, resolve(file), options) }))
    }
    case 'import watch':
      return withApp(around, undefined, (app) => watchRegisters(app, { once: options['once'] === true, tell: around.tell }))
    case 'audit verify':
    case 'audit anchor':
    case 'audit export':
    case 'audit retention':
    case 'audit archive':
      return withApp(around, options['out'], (app) => auditCommand(app, { command, positionals, options }))
    case 'audit check-archive':
      return checkArchive(positionals[0] ?? '')
    case 'feed key':
      return { value: await makeFeedKey(options, around.env, command.help) }
    case 'feed sign':
      return { value: await signFeedFile(resolve(positionals[0] ?? ''), options, around.env, command.help) }
    case 'feed check':
      return checkFeedFile(resolve(positionals[0] ?? ''), options)
    case 'config export':
      return withApp(around, text('out'), exportConfiguration)
    case 'config check':
      return withApp(around, undefined, (app) => checkConfiguration(app, positionals[0] ?? ''))
    case 'config import':
      return withApp(around, undefined, (app) => importConfiguration(app, positionals[0] ?? '', options, command.help))
    case 'outbox list':
      return withApp(around, undefined, async (app) => {
        const what = options['what'] ?? 'dead'
        const limit = wholeNumber(options['limit'], command.help)
        const overview = unwrap(await app.dispatch('outbox.overview', {}))
        const { messages } = unwrap<{ messages: unknown[] }>(await app.dispatch('outbox.list', { what, template: options['template'], limit }))
        return { value: { overview, messages }, exitCode: what === 'dead' && messages.length > 0 ? 1 : 0 }
      })
    case 'outbox resend':
      return withApp(around, undefined, async (app) => {
        const value = unwrap<{ left: number[] }>(await app.dispatch('outbox.resend', { ids: idsOf(positionals[0], command.help), evenIfArrived: options['even-if-arrived'] === true }))
        return { value, exitCode: value.left.length > 0 ? 1 : 0 }
      })
    case 'outbox cancel':
      return withApp(around, undefined, async (app) => {
        const value = unwrap<{ left: number[] }>(await app.dispatch('outbox.cancel', { ids: idsOf(positionals[0], command.help) }))
        return { value, exitCode: value.left.length > 0 ? 1 : 0 }
      })
    case 'export readings':
      return withApp(around, text('out'), async (app) => ({ value: await exportReadings(app, options, command.help) }))
    case 'export contacts':
      return withApp(around, text('out'), async (app) => ({ value: unwrap(await app.dispatch('registers.exportContacts', { operationId: randomUUID(), provider: options['provider'], encoding: options['encoding'], again: options['again'] })) }))
    case 'print document':
      return withApp(around, text('out'), async (app) => ({ value: await printDocument(app, { account: text('account'), provider: options['provider'], period: text('period') }) }))
    case 'close-period':
      return withApp(around, undefined, (app) => closePeriod(app, { provider: text('provider'), period: text('period') }))
    case 'print documents': {
      const folder = typeof options['out'] === 'string' ? resolve(options['out']) : null
      return withApp({ ...around, folderOut: folder, jsonProgress: options['json'] === true }, undefined, (app) => printDocuments(app, options, command.help))
    }
    case 'print memos':
      return withApp(around, undefined, (app) => printMemos(app, options, command.help))
    default:
      if (isBackupCommand(command.name)) return runBackupCommand(command, positionals, options, around)
      throw new AppError('internal')
  }
}

/** The application under a staff login, without a window. Letters it caused are sent before it ends. */
async function withApp<T>({ folder, log, appVersion, env, tell, folderOut = null, jsonProgress = false }: Surroundings, out: string | boolean | undefined, work: (app: App) => Promise<T>): Promise<T> {
  const login = env['OKNO_LOGIN']
  if (!login) throw new AppError('notSignedIn', 'loginMissing')
  const password = await askPassword(`Password of ${login}`, env['OKNO_PASSWORD_FILE'])
  const path = typeof out === 'string' ? resolve(out) : null
  const office = await openOffice({ folder, log, appVersion, onStep: tell })
  try {
    await requireOffice(office)
    const drawing = drawingThreads(join(__dirname, 'drawing-thread.js'), log)
    const app = createApp({
      folder,
      drawing,
      chooseFolder: () => (folderOut === null ? Promise.reject(new AppError('invalidInput', 'outMissing')) : Promise.resolve(folderOut)),
      log,
      appVersion,
      printer: systemPrinter({ privateFolder: join(folder.path, 'run') }),
      chooseSavePath: () => (path === null ? Promise.reject(new AppError('invalidInput', 'outMissing')) : Promise.resolve(path)),
      // A file is named by its path here: nobody hostile stands between IT and the command.
      registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined, anyFolder: true },
      configurationFiles: { choose: () => Promise.resolve(null), open: (file) => file },
      emit: (name, payload) => {
        if (name === 'registers.progress') tell(progressLine(payload as RegisterProgress)) // What the name says.
        if (name === 'memoBatches.progress') tell(memoLine(payload as MemoBatchProgress))
        if (name === 'documentBatches.progress') tell(jsonProgress ? JSON.stringify(payload) : documentLine(payload as DocumentBatchProgress))
        if (name === 'paymentDocuments.closing') tell(closingLine(payload as PaymentClosingProgress))
      },
    })
    try {
      await app.useOffice(office)
      app.tellDatabaseState({ state: 'ready' })
      unwrap(await signIn(app, { login, password }, env))
      const result = await work(app)
      if (office.outboxLogin) await drainOutbox({ address: office.address, login: office.outboxLogin, fallback: { mail: null, sms: null }, keys: await openSenderKeys(folder), drawBill: drawing.bill, log })
      await app.dispatch('session.signOut', {})
      return result
    } finally {
      await app.close()
    }
  } finally {
    await office.close()
  }
}

async function requireOffice(office: Office & { owner: Owner | null }): Promise<void> {
  if (office.owner && !(await officeExists(office.owner))) throw new AppError('notFound', 'noOffice')
}

/** The owner of the database: the embedded one's own, or the login IT names for a shared server. */
async function ownerOf(office: Office & { owner: Owner | null }, env: NodeJS.ProcessEnv): Promise<Owner> {
  if (office.owner) return office.owner
  const user = env['OKNO_OWNER_LOGIN']
  if (!user) throw new AppError('notSignedIn', 'ownerLoginMissing')
  return { address: office.address(), login: { user, password: await askPassword(`Password of ${user}`, env['OKNO_OWNER_PASSWORD_FILE']) } }
}

async function migrateDatabase({ folder, log, appVersion, env, tell }: Surroundings): Promise<unknown> {
  const office = await openOffice({ folder, log, appVersion, onStep: tell })
  try {
    // An embedded database has been migrated by being opened.
    return office.migrated ?? (await migrateAs(await ownerOf(office, env), appVersion, tell))
  } finally {
    await office.close()
  }
}

async function migrateAs({ address, login }: Owner, appVersion: string, tell: (line: string) => void): Promise<Migrated> {
  const knex = connect(address, login, { max: 1 })
  try {
    return await migrate(knex, { appVersion, onProgress: ({ name, step, total }) => tell(`migration ${step}/${total} ${name}`) })
  } finally {
    await knex.destroy()
  }
}

async function init(around: Surroundings, { training, subscribers, admin, adminName, office: name, timeZone }: { training: boolean; subscribers: number | undefined; admin: string; adminName: string | undefined; office: string | undefined; timeZone: string | undefined }): Promise<unknown> {
  const { folder, log, appVersion, env, tell } = around
  const password = await askPassword(`New password of ${admin}`, env['OKNO_PASSWORD_FILE'])
  if (password.length < 10) throw new AppError('invalidInput', 'passwordTooShort', { least: 10 })
  const office = await openOffice({ folder, log, appVersion, onStep: tell })
  try {
    const owner = await ownerOf(office, env)
    await migrateAs(owner, appVersion, tell)
    const options = { folder, onStep: tell }
    if (training) await createTrainingOffice(owner, options, { login: admin, password }, subscribers, timeZone)
    else {
      await createOffice(owner, options, {
        training: false,
        name: name ?? 'Центр обслуживания',
        admin: { login: admin, password, fullName: adminName ?? 'Администратор' },
        ...(timeZone === undefined ? {} : { timeZone }),
      })
    }
    return { office: training ? 'training' : 'empty', admin }
  } finally {
    await office.close()
  }
}

/** The verdict file goes where it was asked for; without `--verdict` it stays in the data folder. */
async function importFile(app: App, kind: string, file: string, { verdict, provider }: Given['options']): Promise<RegisterImport> {
  const mapping = await rememberedMapping(app, { kind, file, provider })
  const done = unwrap<RegisterImport>(await app.dispatch('registers.run', { operationId: randomUUID(), kind, file, mapping }))
  if (typeof verdict !== 'string' || done.verdictFile === null) return done
  const verdictFile = resolve(verdict)
  const kept = done.verdictFile
  await saveWhole(verdictFile, createReadStream(kept), 'verdictNotCopied').catch((cause: unknown) => {
    if (cause instanceof AppError && cause.reason === 'verdictNotCopied') throw new AppError(cause.code, cause.reason, { ...cause.details, batchId: done.batchId, file: kept })
    throw cause
  })
  await rm(kept)
  return { ...done, verdictFile }
}

/** A batch that is asked for again needs no period: it has its own. */
async function exportReadings(app: App, { period, provider, encoding, again }: Given['options'], help: string): Promise<unknown> {
  const known = again === undefined ? null : unwrap<ReadingExport[]>(await app.dispatch('registers.exports', {})).find(({ batchId }) => batchId === again)
  if (known === undefined) throw new AppError('notFound', 'exportBatch')
  if (known === null && period === undefined) throw new AppError('invalidInput', 'usage', { text: help })
  return unwrap(await app.dispatch('registers.exportReadings', { operationId: randomUUID(), period: known?.period ?? period, provider, encoding, again }))
}

/** The desk's own way: find the account, open a visit without identification, give the document out, close. A visit that is open at the operator's window stays open. */
async function printDocument(app: App, { account, provider, period }: { account: string; provider: unknown; period: string }): Promise<unknown> {
  const call = async <T>(name: string, input: object) => unwrap<T>(await app.dispatch(name, input))
  const { subscriberId, number } = await holderOf(account, provider, call)
  const open = (await call<Visit[]>('visits.mine', {})).find((visit) => visit.subscriberId === subscriberId)
  const visit = open ?? (await call<Visit>('visits.open', { operationId: randomUUID(), subscriberId }))
  try {
    if (!open) await call('visits.readingsOnly', { operationId: randomUUID(), visitId: visit.id })
    const { accounts } = await call<Card>('desk.card', { subscriberId })
    const [only, another] = accounts.filter((item) => (item.number === number || item.contract === number) && (provider === undefined || item.provider.code === provider))
    if (!only) throw new AppError('notFound', 'account')
    if (another) throw new AppError('conflict', 'accountAmbiguous')
    return await call('paymentDocuments.give', { operationId: randomUUID(), visitId: visit.id, accountId: only.id, period, output: { how: 'save' } })
  } finally {
    if (!open) await call('visits.close', { operationId: randomUUID(), visitId: visit.id })
  }
}

/** Closes a period and makes its documents; the number of those per second is told as it goes. Broken off, the same command goes on. */
async function closePeriod(app: App, target: { provider: string; period: string }): Promise<{ value: unknown }> {
  const startedAt = performance.now()
  const { provider, period, state, accounts, made, kept, differing } = unwrap<PaymentPeriod>(await app.dispatch('paymentDocuments.closePeriod', { operationId: randomUUID(), ...target }))
  return { value: { provider, period, state, accounts, made, kept, differing, seconds: Math.round((performance.now() - startedAt) / 100) / 10 } }
}

/** The page's own way: keep the list, print what is ready, tell of the rest. */
async function printMemos(app: App, { list, provider, name, large, printer, resume }: Given['options'], help: string): Promise<{ value: unknown; exitCode: number }> {
  const usage = new AppError('invalidInput', 'usage', { text: help })
  let batchId = resume
  if (typeof resume !== 'string') {
    if (typeof list !== 'string' || typeof provider !== 'string') throw usage
    const bytes = await readFile(resolve(list)).catch(() => {
      throw new AppError('notFound', 'memoListFile')
    })
    const text = isUtf8(bytes) ? bytes.toString() : new TextDecoder('windows-1251').decode(bytes)
    const made = await app.dispatch('memoBatches.create', { operationId: randomUUID(), provider, text, name: typeof name === 'string' ? name : basename(list), large: large === true })
    batchId = unwrap<MemoBatch>(made).batchId
  }
  const batch = unwrap<MemoBatch>(await app.dispatch('memoBatches.run', { batchId, printer: typeof printer === 'string' ? printer : null }))
  const rows = batch.items.filter(({ state }) => state !== 'printed').map(({ line, typed, state, reason, verdict }) => ({ line, typed, state, reason: reason ?? verdict }))
  return { value: { batchId, state: batch.state, ...batch.counts, rows }, exitCode: rows.length > 0 ? 1 : 0 }
}

/** Whose account it is and how its number is written; AppError notFound 'account', conflict 'accountAmbiguous' when several people have the number. */
async function holderOf(account: string, provider: unknown, call: <T>(name: string, input: object) => Promise<T>): Promise<{ subscriberId: number; number: string }> {
  const [{ hits }, providers] = await Promise.all([
    call<{ hits: Hit[] }>('desk.search', { text: account, includeClosed: true }),
    call<{ code: string; name: string }[]>('providers.list', {}),
  ])
  const byNumber = hits.filter(({ match }) => match.kind === 'account' || match.kind === 'contract')
  const named = byNumber.filter((hit) => providers.some(({ code, name }) => code === provider && name === hit.account?.provider))
  const [only, another] = named.length > 0 ? named : byNumber
  if (!only) throw new AppError('notFound', 'account')
  if (another) throw new AppError('conflict', 'accountAmbiguous')
  return { subscriberId: only.subscriberId, number: only.match.text }
}

function unwrap<T>(result: Result<unknown>): T {
  if (result.ok) return result.value as T // The router has checked it against the contract.
  throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
}

/** «12,13» */
function idsOf(text: string | undefined, help: string): number[] {
  if (text === undefined || !/^\d{1,15}(,\d{1,15})*$/.test(text)) throw new AppError('invalidInput', 'usage', { text: help })
  return text.split(',').map(Number)
}

function wholeNumber(text: unknown, help: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,6}$/.test(String(text))) throw new AppError('invalidInput', 'usage', { text: help })
  return Number(text)
}

/** Standard input is the password's unless that comes from a file. */
function inputOfCall(env: NodeJS.ProcessEnv): Promise<string> {
  if (!env['OKNO_PASSWORD_FILE']) throw new AppError('invalidInput', 'passwordFileNeeded')
  return readStandardInput()
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('invalidInput', 'notJson')
  }
}

// Sheets come as bytes; JSON has none, so they are written in base64.
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (item instanceof Uint8Array ? { base64: Buffer.from(item).toString('base64') } : item), 2)
}

function progressLine({ phase, rows, of }: RegisterProgress): string {
  return of === null ? phase : `${phase} ${rows} of ${of}`
}

function closingLine({ made, accounts, perSecond }: PaymentClosingProgress): string {
  return [`${made} of ${accounts}`, perSecond === null ? '' : `${perSecond} a second`].filter(Boolean).join(', ')
}

function memoLine({ doing, counts, perMinute, heldBecause }: MemoBatchProgress): string {
  return [heldBecause ?? doing, `${counts.printed} of ${counts.rows - counts.refused}`, perMinute === null ? '' : `${perMinute} a minute`].filter(Boolean).join(', ')
}
