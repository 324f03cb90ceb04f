import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setInterval } from 'node:timers'
import type { BackupFrom, BackupPreview, BackupProgress, BackupUnlock, BackupsState } from '@shared/contract/backups'
import { backupNote } from '@shared/contract/backups'
import { isBackupDue } from '@shared/domain/backup-due'
import { AppError } from '@shared/errors'
import { unlockOf, type Unlock } from '../../backup/age-file'
import { freeSpace, listBackups } from '../../backup/backup-file'
import { secretFrom } from '../../backup/backup-jobs'
import type { BackupStep } from '../../backup/office-header'
import { withOfficeClient } from '../../backup/read-office'
import { backupsFolder, makeBackupKey } from '../../backup/run-backup'
import type { OpenContext, Service } from '../../ipc/context'
import { toAppError } from '../../ipc/to-app-error'
import type { BackupsHost } from './backups-host'

interface Known {
  madeAt: string | null
  failedAt: string | null
  failure: string | null
  restoredAt: string | null
  restoredFrom: string | null
  office: string
}

/** How often the schedule is looked at. */
const lookMs = 60_000

/**
 * Backups of the embedded database of this computer: one piece of work at a time, whoever asked for it. `told` hears how far it is.
 * `follow` watches the schedule; it returns the function that ends that.
 */
export function createBackups(host: BackupsHost | null, { told, now = Date.now }: { told: (progress: BackupProgress | null) => void; now?: (() => number) | undefined }): { service: Service<'backups'>; follow(): () => void; close(): Promise<void> } {
  /** Paths stay here: the page has tokens, so it can't name a file that nobody chose. */
  const chosen = new Map<string, string>()
  let running: { progress: BackupProgress; cancel: AbortController; ended: Promise<unknown> } | null = null

  function needed(): BackupsHost {
    if (!host) throw new AppError('invalidInput', 'notEmbedded')
    return host
  }

  async function alone<T>(doing: BackupProgress['doing'], work: (around: { signal: AbortSignal; step: (step: BackupStep) => void }) => Promise<T>): Promise<T> {
    if (running) throw new AppError('conflict', 'backupRunning')
    const cancel = new AbortController()
    const progress: BackupProgress = { doing, phase: 'counting', rows: 0, of: 0 }
    let toldAt = 0
    const done = Promise.resolve().then(() =>
      work({
        signal: cancel.signal,
        step: ({ phase, rows, of }) => {
          const isNews = progress.phase !== phase || rows === of || Date.now() - toldAt > 150
          Object.assign(progress, { phase, rows, of })
          if (!isNews) return
          toldAt = Date.now()
          told({ ...progress })
        },
      }),
    )
    running = { progress, cancel, ended: done.catch(() => undefined) }
    told({ ...progress })
    try {
      return await done
    } finally {
      running = null
      told(null)
    }
  }

  async function pathOf(from: BackupFrom): Promise<string> {
    const path = 'chosen' in from ? chosen.get(from.chosen) : (await listed()).find(({ file }) => basename(file) === from.listed)?.file
    if (path === undefined) throw new AppError('notFound', 'backupFile')
    return path
  }

  const listed = async () => listBackups(backupsFolder(needed().data, (await needed().data.readSettings()).backups))

  async function unlockWith(unlock: BackupUnlock): Promise<Unlock> {
    if ('typed' in unlock) return unlockOf(unlock.typed)
    const path = chosen.get(unlock.key)
    if (path === undefined) throw new AppError('notFound', 'backupKeyFile')
    return unlockOf(await secretFrom(path))
  }

  /** An administrator who is at work, or a desk without an office. */
  function requireRestorer({ actor }: OpenContext): void {
    const here = needed()
    if (!actor) {
      if (!here.isWithoutOffice()) throw new AppError('notSignedIn')
      return
    }
    if (actor.mustChangePassword || actor.factor === 'due' || !actor.roles.includes('admin')) throw new AppError('forbidden', 'roleMissing', { roles: ['admin'] })
  }

  function remember(path: string): string {
    const token = randomUUID()
    chosen.set(token, path)
    for (const old of [...chosen.keys()].slice(0, -50)) chosen.delete(old)
    return token
  }

  const service: Service<'backups'> = {
    async state(_input, { db }): Promise<BackupsState> {
      const known = await dbOf(db).call<Known>('backup_state_get')
      const settings = host ? await host.data.readSettings() : null
      const isEmbedded = settings?.database.kind === 'embedded'
      const folder = host && settings ? backupsFolder(host.data, settings.backups) : ''
      const base = { ...known, folder, hour: settings?.backups.hour ?? null, keep: settings?.backups.keep ?? 7, recipient: settings?.backups.recipient ?? null, running: running ? { ...running.progress } : null }
      if (!host || !isEmbedded) return { place: 'server', ...base, freeBytes: null, folderProblem: null, backups: [] }
      try {
        const backups = (await listBackups(folder)).map(({ file, bytes, changedAt, note }) => ({ name: basename(file), bytes, changedAt, note }))
        return { place: 'embedded', ...base, freeBytes: await freeSpace(folder), folderProblem: null, backups }
      } catch (cause) {
        const { reason, code } = toAppError(cause)
        // The data folder's own place is made by the first backup.
        const isYetToCome = reason === 'backupFolder' && settings.backups.folder === undefined
        return { place: 'embedded', ...base, freeBytes: isYetToCome ? await freeSpace(host.data.path) : null, folderProblem: isYetToCome ? null : (reason ?? code), backups: [] }
      }
    },

    async chooseFolder(_input, { db }) {
      const folder = await needed().chooseFolder()
      if (folder !== null) {
        await needed().data.updateSettings((settings) => ({ ...settings, backups: { ...settings.backups, folder } }))
        await dbOf(db).call('backup_audit', { action: 'backups.schedule', details: { folderChanged: true } })
      }
      return { folder }
    },

    async schedule({ hour, keep }, { db }) {
      const { backups } = await needed().data.readSettings()
      if (hour !== null && backups.recipient === undefined) throw new AppError('invalidInput', 'backupKeyMissing')
      await needed().data.updateSettings((settings) => {
        const { hour: _before, ...rest } = settings.backups
        return { ...settings, backups: { ...rest, keep, ...(hour === null ? {} : { hour }) } }
      })
      await dbOf(db).call('backup_audit', { action: 'backups.schedule', details: { hour, keep } })
      return {}
    },

    async makeKey(_input, { db }) {
      const path = await needed().chooseKeyPath('okno-backup-key.txt')
      if (path === null) return { recipient: null }
      const { recipient } = await makeBackupKey(needed().data, path)
      await dbOf(db).call('backup_audit', { action: 'backups.makeKey', details: { recipient } })
      return { recipient }
    },

    async make({ passphrase }, { db }) {
      const source = needed().source()
      if (!source) throw new AppError('invalidInput', 'notEmbedded')
      const { file, bytes, seconds, note, removed } = await alone('make', (around) =>
        needed().jobs.make(source, passphrase === undefined ? undefined : { passphrase }, {
          ...around,
          tell: (outcome, reason, dueBy, details) => dbOf(db).call('backup_told', { outcome, reason, dueBy, details }),
        }),
      )
      return { name: basename(file), bytes, seconds, note, removed }
    },

    async verify({ from, unlock }, { db }) {
      const path = await pathOf(from)
      const key = await unlockWith(unlock)
      const note = await alone('verify', (around) => needed().jobs.verify(path, key, around))
      await dbOf(db).call('backup_audit', { action: 'backups.verify', details: { file: basename(path), madeAt: note.madeAt } })
      return note
    },

    cancel(_input, context) {
      requireRestorer(context)
      running?.cancel.abort(new AppError('conflict', 'backupCancelled'))
      return {}
    },

    async choose(_input, context) {
      requireRestorer(context)
      const path = await needed().chooseFile('backup')
      if (path === null) return { file: null }
      const note = backupNote.safeParse(await readFile(`${path}.json`, 'utf8').then((text) => JSON.parse(text) as unknown, () => null))
      return { file: { chosen: remember(path), name: basename(path), note: note.success ? note.data : null } }
    },

    async chooseKey(_input, context) {
      requireRestorer(context)
      const path = await needed().chooseFile('key')
      return { file: path === null ? null : { key: remember(path), name: basename(path) } }
    },

    async preview({ from, unlock }, context): Promise<BackupPreview> {
      requireRestorer(context)
      const path = await pathOf(from)
      const { origin, office, madeAt, appVersion, migrations, postgres, holds } = await needed().jobs.preview(path, await unlockWith(unlock))
      const { db } = context
      let here: BackupPreview['here'] = null
      let loss: BackupPreview['loss'] = null
      if (db) {
        await db.call('backup_audit', { action: 'backups.preview', details: { file: basename(path), madeAt } })
        here = (await db.call<Known>('backup_state_get')).office
        const found = await db.call<NonNullable<BackupPreview['loss']> & { origin: string }>('backup_loss', { since: madeAt })
        if (found.origin === origin) loss = found
      }
      return { name: basename(path), office: office.name, isTraining: office.isTraining, madeAt, appVersion, schema: migrations.at(-1)?.version ?? 0, postgres, holds, loss, here }
    },

    async restore({ from, unlock, confirm }, context) {
      requireRestorer(context)
      const here = needed()
      const path = await pathOf(from)
      const key = await unlockWith(unlock)
      const by = context.actor?.login ?? 'first screen'
      const { header, kept, auditProblems } = await alone('restore', async (around) => {
        const { office } = await here.jobs.preview(path, key)
        if (confirm.trim() !== office.name.trim()) throw new AppError('invalidInput', 'backupConfirmation')
        let isClosed = false
        try {
          return await here.jobs.restore(path, key, by, {
            ...around,
            stop: async () => {
              isClosed = true
              await here.closeOffice()
            },
          })
        } finally {
          if (isClosed) await here.openOffice()
        }
      })
      return { office: header.office.name, madeAt: header.madeAt, kept: kept === null ? null : join(here.data.path, kept), auditProblems }
    },
  }

  /** Once a day at its hour of this computer, or at the first moment after it when the computer was off; after a failure an hour later. */
  async function look(): Promise<void> {
    if (!host || running) return
    const source = host.source()
    if (!source) return
    const { backups } = await host.data.readSettings()
    if (backups.hour === undefined || backups.recipient === undefined) return
    const [known] = await withOfficeClient(source.address, source.owner, async (client) => (await client.query<{ madeAt: Date | null; failedAt: Date | null }>('select made_at as "madeAt", failed_at as "failedAt" from backup_state')).rows)
    if (running || !isBackupDue({ hour: backups.hour, madeAt: known?.madeAt?.getTime() ?? null, failedAt: known?.failedAt?.getTime() ?? null, now: now() })) return
    await alone('make', (around) => host.jobs.make(source, undefined, around))
  }

  return {
    service,
    follow() {
      const looking = () =>
        void look().catch((cause: unknown) => {
          host?.log.error('scheduled backup failed', { cause })
        })
      const timer = setInterval(looking, lookMs)
      timer.unref()
      return () => clearInterval(timer)
    },
    /** The program ends: what is under way is stopped and leaves nothing. */
    async close() {
      running?.cancel.abort(new AppError('conflict', 'backupCancelled'))
      await running?.ended
    },
  }
}

function dbOf<T>(db: T | null): T {
  if (!db) throw new AppError('notSignedIn')
  return db
}
