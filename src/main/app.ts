import { hostname } from 'node:os'
import { join } from 'node:path'
import { contract, type FeatureName } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import type { DatabaseState, SessionStatus } from '@shared/contract/session'
import { AppError } from '@shared/errors'
import type { EventName, Events } from '@shared/events'
import type { DataFolder } from './data-folder'
import { diagnose, isLoginRefused } from './db/diagnose'
import { schemaVersion } from './db/migrate'
import { approvalsService } from './features/approvals/approvals-service'
import { createBackups } from './features/backups/backups-service'
import type { BackupsHost } from './features/backups/backups-host'
import { auditService } from './features/audit/audit-service'
import { configurationService, noConfigurationFiles, type ConfigurationDeps } from './features/configuration/configuration-service'
import { connectionService } from './features/connection/connection-service'
import { consentsService } from './features/consents/consents-service'
import { contactsService } from './features/contacts/contacts-service'
import { deskService } from './features/desk/desk-service'
import { documentBatchesService, type ChooseFolder } from './features/document-batches/document-batches-service'
import { flagsService } from './features/flags/flags-service'
import { fleetService } from './features/fleet/fleet-service'
import { deskPrinters } from './features/live-desk/desk-printers'
import { liveDeskService } from './features/live-desk/live-desk-service'
import { officesService } from './features/offices/offices-service'
import { outboxService } from './features/outbox/outbox-service'
import { memoBatchesService } from './features/memo-batches/memo-batches-service'
import { partitionsAhead } from './features/readings/partitions-ahead'
import { paymentDocumentsService } from './features/payment-documents/payment-documents-service'
import { portalAccessService } from './features/portal-access/portal-access-service'
import { portalRequestsService, portalUsersService } from './features/portal-users/portal-users-service'
import { printingService } from './features/printing/printing-service'
import { providersService } from './features/providers/providers-service'
import { readingsService } from './features/readings/readings-service'
import { registersService, type RegistersDeps } from './features/registers/registers-service'
import { registerWatch } from './features/registers/watch/register-watch'
import { reportSettingsService } from './features/reports/report-settings-service'
import { reportsService } from './features/reports/reports-service'
import { reportRunner } from './features/reports/run-report'
import { requestsService } from './features/requests/requests-service'
import { createFleet } from './fleet/fleet'
import { rememberErrors } from './fleet/last-error'
import { windowFacts } from './fleet/window-facts'
import { addressOfServer, readServer, writeServer } from './server-settings'
import { createSession } from './session/session'
import { sessionService } from './features/session/session-service'
import { settingsService } from './features/settings/settings-service'
import { sheetTemplatesService } from './features/sheet-templates/sheet-templates-service'
import { staffService } from './features/staff/staff-service'
import { updatesService } from './features/updates/updates-service'
import { visitsService } from './features/visits/visits-service'
import type { Services } from './ipc/context'
import { createRouter, type Dispatch } from './ipc/router'
import type { Log } from './log'
import type { Office } from './office'
import type { Printer } from './printing/printer'
import { drawHere, type BillDrawing } from './printing/worker/drawing'
import { sheets as createSheets, type ChooseFile } from './printing/sheets'
import type { UpdateMeans } from './updates/means'
import { createUpdater } from './updates/updater'

export type Emit = <Name extends EventName>(name: Name, payload: Events[Name]) => void

export interface AppOptions {
  folder: DataFolder
  printer: Printer
  /** Dialogs of the window; a headless command gives its paths beforehand. */
  chooseSavePath: ChooseFile
  /** Where the files of a batch go; without it a batch can only be printed. */
  chooseFolder?: ChooseFolder
  /** Threads that draw batches; without them this thread does. */
  drawing?: BillDrawing
  registerFiles: RegistersDeps['files']
  /** Without it no file of a configuration can be chosen. */
  configurationFiles?: ConfigurationDeps['files']
  /** Backups of this computer's own database; without it there are none here. */
  backups?: BackupsHost
  /** Opens the office anew by the settings as they are now; a command can't. */
  reopen?: () => Promise<void>
  emit: Emit
  log: Log
  appVersion: string
  /** Follow what other desks change (a window); a command ends before it could matter. */
  followChanges?: boolean
  /** What this installed program knows of updates; null or left out: it takes none. */
  updates?: UpdateMeans | null
  /** Name of this computer, unless it is the system's. */
  desk?: string
  now?: () => number
}

/**
 * The whole application without Electron: what index.ts, the headless commands and the tests start. It exists before there is a database,
 * so that the sign-in screen can tell what the database is doing; `useOffice` gives it one.
 */
export function createApp({ folder, printer, chooseSavePath, chooseFolder = () => Promise.resolve(null), drawing = drawHere(), registerFiles, backups: backupsHost, reopen, configurationFiles = noConfigurationFiles, emit, log: givenLog, appVersion, followChanges = false, updates = null, desk = hostname(), now }: AppOptions) {
  let office: Office | null = null
  let training: SessionStatus['training'] = null
  let databaseState: DatabaseState = { state: 'starting', step: 'opening' }
  const { log, lastError } = rememberErrors(givenLog, now)
  const fleet = followChanges ? createFleet({ folder, appVersion, schema: schemaVersion, facts: windowFacts({ folder, lastError, desk }), log, ...(now ? { now } : {}) }) : null

  const session = createSession({
    reports: () => office?.reports ?? null,
    address: () => {
      if (!office) throw new AppError('databaseUnavailable', 'starting')
      return office.address()
    },
    checkSchema: async (knex) => office?.checkSchema(knex),
    appVersion,
    desk,
    attemptsFile: join(folder.path, 'run', 'sign-in-attempts.json'),
    ended: (reason) => emit('session.ended', { reason }),
    signedIn: partitionsAhead({ log, ...(now ? { now } : {}) }),
    leaving: (db) => {
      reports.leave(db)
      watching.leave(db)
    },
    ...(followChanges ? { live: { changed: (change) => emit('desk.changed', change), officeChanged: (change) => emit('liveDesk.changed', change), listening: (listening) => emit('desk.live', { listening }), log }, beat: { printers: deskPrinters({ printer, folder, jobs: () => sheets.jobs.list() }), ...(fleet ? { fleet } : {}), log } } : {}),
    versionTooOld: async (details) => fleet?.tooOld(details),
    ...(now ? { now } : {}),
  })
  const sheets = createSheets({ printer, folder, chooseFile: chooseSavePath, log, jobsChanged: () => emit('printing.changed', {}), staffId: () => session.current()?.actor.id ?? null })

  /** Of the office somebody is signed in to: sheets show its clock. */
  const timeZone = () => session.current()?.actor.office.timeZone ?? 'Europe/Moscow'

  const reports = reportRunner({ replica: session.replica, progress: (told) => emit('reports.progress', told), log })

  let running = 0
  const updater = createUpdater({
    means: updates,
    folder: folder.path,
    source: async () => (await folder.readSettings()).updates?.source ?? null,
    appVersion,
    migratesItself: async () => (await folder.readSettings()).database.kind === 'embedded',
    fleet,
    working: () => running > 0,
    desk: () => (session.current() === null ? 'signedOut' : session.isLocked() ? 'locked' : 'work'),
    changed: (status) => emit('updates.changed', status),
    log,
    ...(now ? { now } : {}),
  })

  const watching = registerWatch({
    folder,
    administrator: () => {
      const current = session.current()
      return current && !current.actor.mustChangePassword && current.actor.roles.includes('admin') ? current.db : null
    },
    changed: () => emit('registers.watched', {}),
    progress: (progress) => emit('registers.progress', progress),
    log,
  })

  const backups = createBackups(backupsHost ?? null, { told: (progress) => emit('backups.progress', { progress }), now })

  const services: Services = {
    session: sessionService({ session, appVersion, databaseState: () => databaseState, training: () => training }),
    desk: deskService({ told: (stage) => emit('desk.found', stage) }),
    visits: visitsService({ sheets }),
    contacts: contactsService(),
    consents: consentsService({ sheets, timeZone }),
    portalAccess: portalAccessService({ sheets }),
    approvals: approvalsService(session),
    portalUsers: portalUsersService(),
    portalRequests: portalRequestsService(),
    readings: readingsService({ sheets, timeZone }),
    paymentDocuments: paymentDocumentsService({ sheets, timeZone, progress: (told) => emit('paymentDocuments.closing', told) }),
    memoBatches: memoBatchesService({ sheets, desk, progress: (told) => emit('memoBatches.progress', told) }),
    documentBatches: documentBatchesService({ sheets, drawing, chooseFolder, desk, timeZone, progress: (told) => emit('documentBatches.progress', told) }),
    printing: printingService({ printer, sheets, folder, timeZone, desk }),
    registers: registersService({
      files: registerFiles,
      chooseSavePath,
      folders: { verdicts: join(folder.path, 'verdicts') },
      chooseFolder,
      watching,
      progress: (progress) => emit('registers.progress', progress),
    }),
    requests: requestsService({ sheets, timeZone }),
    sheetTemplates: sheetTemplatesService({ sheets, timeZone }),
    staff: staffService(),
    offices: officesService(),
    providers: providersService(),
    audit: auditService({ sheets, progress: (told) => emit('audit.checking', told) }),
    liveDesk: liveDeskService(session),
    flags: flagsService(),
    fleet: fleetService(),
    reports: { ...reportsService(reports), ...reportSettingsService({ sheets, count: reports.run }) },
    settings: settingsService(folder),
    updates: updatesService({ updater, folder }),
    configuration: configurationService({ files: configurationFiles, chooseSavePath }),
    outbox: outboxService(),
    backups: backups.service,
    connection: connectionService({
      read: () => readServer(folder),
      write: (server) => writeServer(folder, server),
      isLocked: async () => (await folder.readSettings()).database.locked === true,
      check: (server, login) => {
        const way = () => diagnose(addressOfServer(server), login && { user: login.login, password: login.password })
        return login ? session.tryElsewhere(login.login, way, isLoginRefused) : way()
      },
      reopen: reopen ?? null,
      databaseState: () => databaseState,
    }),
  }

  const route = createRouter({ services, session, recover: async () => office?.recover(), log })

  /** Counts what runs, so that no update ends it, and tells the updater when somebody comes, goes or locks. */
  const dispatch: Dispatch = async (name, input) => {
    const isWork = changesOffice(name)
    if (isWork) running += 1
    try {
      const result = await route(name, input)
      if (!result.ok && result.failure.reason === 'appIsOlder') updater.databaseIsNewer(Number(result.failure.details?.['database']))
      return result
    } finally {
      if (isWork) running -= 1
      if (isWork || name.startsWith('session.')) updater.deskChanged()
    }
  }

  return {
    /** Updates of this window. */
    updater,
    /** This window among the others of the office; null where there is no window. */
    fleet,
    dispatch,
    async useOffice(opened: Office): Promise<void> {
      training = await opened.training()
      office = opened
      if (followChanges) watching.start()
    },
    /** Signs out whoever is here and forgets the office: it is about to be another one. */
    async leaveOffice(): Promise<void> {
      await session.signOut().catch(() => session.close())
      office = null
      training = null
    },
    backups,
    tellDatabaseState(state: DatabaseState): void {
      databaseState = state
      if (state.state === 'unavailable' && state.reason === 'appIsOlder') updater.databaseIsNewer(Number(state.details?.['database']))
      emit('database.state', state)
    },
    async close(): Promise<void> {
      await backups.close()
      await watching.stop()
      await sheets.withdrawSecrets()
      await drawing.close()
      await session.close()
    },
  }
}

/** A call that would be cut off by an end of the program: a batch, a register, an operation. */
function changesOffice(name: string): boolean {
  const [feature = '', call = ''] = name.split('.')
  if (feature === 'session' || feature === 'updates' || !Object.hasOwn(contract, feature)) return false
  const calls: Record<string, Call> = contract[feature as FeatureName]
  return Object.hasOwn(calls, call) && calls[call]?.kind === 'command'
}

export type App = ReturnType<typeof createApp>
