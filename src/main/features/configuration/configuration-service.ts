import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { ownParts, type ComparedItem, type ConfigurationPart, type ConfigurationState, type ImportedConfiguration } from '@shared/contract/configuration'
import { differencesOf, isSame } from '@shared/domain/differences'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import type { ChooseFile } from '../../printing/sheets'
import { saveWhole } from '../../whole-file'
import { checkValue, MOST_BYTES, readConfiguration, tooLarge, writeConfiguration, type ConfigurationItem } from './configuration-file'

export interface ConfigurationDeps {
  /** As with registers: the page holds tokens of files a person chose; for the commands of IT a token is the path. */
  files: {
    choose(): Promise<{ file: string; fileName: string } | null>
    /** Throws AppError notFound for a token it did not give out. */
    open(file: string): string
  }
  chooseSavePath: ChooseFile
}

interface State {
  state: string
  office: string
  items: (ConfigurationItem & { name: string; version: number })[]
}
type StoredImport = Omit<ImportedConfiguration, 'items'> & { items: { part: ConfigurationPart; key: string; name: string | null; before: unknown; after: unknown }[] }
type StoredState = Omit<ConfigurationState, 'changes'> & { before: unknown }

/** Nobody chooses, and nothing is open. */
export const noConfigurationFiles: ConfigurationDeps['files'] = {
  choose: () => Promise.resolve(null),
  open: () => {
    throw new AppError('notFound', 'configurationFile')
  },
}

export function configurationService({ files, chooseSavePath }: ConfigurationDeps): Service<'configuration'> {
  return {
    async export({ operationId }, { db }) {
      const { office, items } = await db.call<State>('configuration_state')
      const path = await chooseSavePath(`Конфигурация ${office.replace(/[\\/:*?"<>|]/g, ' ').slice(0, 60)} ${new Date().toISOString().slice(0, 10)}.json`)
      if (path === null) throw new AppError('conflict', 'saveCancelled')
      const { text, checksum } = writeConfiguration(items)
      await saveWhole(path, [Buffer.from(text)])
      // Noted once it has left; a note of a file that could not be written would be wrong.
      await db.call('configuration_export', { operationId })
      return { fileName: basename(path), items: items.length, checksum }
    },

    chooseFile: () => files.choose(),

    async preview({ file }, { db }) {
      const { path, checksum, items } = await opened(files.open(file))
      const here = await db.call<State>('configuration_state')
      return { fileName: basename(path), checksum, state: here.state, items: compared(items, here.items) }
    },

    async import({ operationId, file, checksum, state, choice }, { db }) {
      const opening = await opened(files.open(file))
      if (opening.checksum !== checksum) throw new AppError('conflict', 'configurationFileChanged')
      const here = await db.call<State>('configuration_state')
      const items = known(opening.items, here.items)
      const chosen = choice.map(({ part, key }) => {
        const item = items.find((one) => one.part === part && one.key === key)
        if (!item) throw new AppError('notFound', 'configurationItem')
        return { ...item, ...checkValue(item) }
      })
      const wrong = chosen.filter(({ problems }) => problems.length > 0)
      if (wrong.length > 0) throw new AppError('invalidInput', 'configurationWrong', { names: wrong.map(({ part, key, value }) => nameOf(part, key, value)).join('; ') })
      return db.call('configuration_import', { operationId, state, fileName: basename(opening.path), items: chosen.map(({ part, key, value }) => ({ part, key, value })) })
    },

    imports: async (_input, { db }) => (await db.call<StoredImport[]>('configuration_imports')).map(({ items, ...rest }) => ({ ...rest, items: items.map(({ part, key, name, before, after }) => ({ part, key, name: name ?? key, isNew: before === null, changes: differencesOf(before, after) })) })),

    async previewRevert({ importId }, { db }) {
      const { items, now } = await db.call<StoredImport & { now: ConfigurationItem[] }>('configuration_import_now', { importId })
      const nowOf = (part: ConfigurationPart, key: string) => now.find((one) => one.part === part && one.key === key)?.value ?? null
      return {
        items: items.map(({ part, key, name, before }) => ({ part, key, name: name ?? key, isRemoved: before === null, changes: before === null ? [] : differencesOf(nowOf(part, key), before) })),
        changedSince: items.filter(({ part, key, after }) => !isSame(nowOf(part, key), after)).map(({ name, key }) => name || key),
      }
    },
    revert: (input, { db }) => db.call('configuration_revert', { ...input }),

    history: async ({ part, key, limit }, { db }) => (await states(db, { part, key, limit })).map(({ before, ...rest }) => ({ ...rest, changes: before === null ? null : differencesOf(before, rest.value) })),

    async previewRestore({ part, key, version }, { db }) {
      const all = await states(db, { part, key, limit: 300 })
      const wanted = all.find((one) => one.version === version)
      const inForce = all.find((one) => one.isInForce)
      if (!wanted || !inForce) throw new AppError('notFound', 'configurationVersion')
      return { current: inForce.version, changes: differencesOf(inForce.value, wanted.value) }
    },
    async restore(input, { db }) {
      await db.call('configuration_restore', { ...input })
      return {}
    },
  }
}

const states = (db: Database, asked: { part: string | null; key: string | null; limit: number }) => db.call<StoredState[]>('configuration_history', asked)

async function opened(path: string): Promise<{ path: string; checksum: string; items: ConfigurationItem[] }> {
  const file = await stat(path).catch(() => null)
  if (!file?.isFile()) throw new AppError('notFound', 'configurationFile')
  // What is larger is not read at all.
  if (file.size > MOST_BYTES) throw tooLarge()
  return { path, ...readConfiguration(await readFile(path)) }
}

/**
 * The items of a file by the keys this office has for them. Two offices that took the same ready form each made one of their own: the same provider, kind and title is the same form.
 */
function known(items: readonly ConfigurationItem[], here: readonly ConfigurationItem[]): ConfigurationItem[] {
  const forms = here.filter(({ part }) => part === 'sheetTemplates')
  const taken = new Set(items.map(({ key }) => key))
  return items.map((item) => {
    if (item.part !== 'sheetTemplates' || forms.some(({ key }) => key === item.key)) return item
    const same = forms.find(({ key, value }) => !taken.has(key) && formOf(value) === formOf(item.value))
    if (same) taken.add(same.key)
    return same ? { ...item, key: same.key } : item
  })
}
function formOf(value: unknown): string {
  const { kind, provider, title } = Object(value) as Record<string, unknown>
  return JSON.stringify([kind, provider ?? null, title])
}

function compared(file: readonly ConfigurationItem[], here: State['items']): ComparedItem[] {
  const items = known(file, here)
  const both = items.map((item): ComparedItem => {
    const { part, key } = item
    const { value, problems } = checkValue(item)
    const own = here.find((one) => one.part === part && one.key === key)
    const common = { part, key, name: nameOf(part, key, value), isOwn: ownParts.includes(part), problems }
    if (problems.length > 0) return { ...common, state: 'wrong', changes: [] }
    if (!own) return { ...common, state: 'new', changes: differencesOf({}, value) }
    // Compared as both would be written: a default that nobody has written down is no difference.
    const changes = differencesOf(checkValue(own).value, value)
    return { ...common, state: changes.length > 0 ? 'changed' : 'same', changes }
  })
  const onlyHere = here.filter(({ part, key }) => !items.some((one) => one.part === part && one.key === key))
  return [...both, ...onlyHere.map(({ part, key, name }): ComparedItem => ({ part, key, name, state: 'onlyHere', isOwn: ownParts.includes(part), changes: [], problems: [] }))]
}

/** What people call it; keys where they have words of their own (rules of flags, limits). */
function nameOf(part: ConfigurationPart, key: string, value: unknown): string {
  const { name, title } = Object(value) as Record<string, unknown>
  const named = part === 'sheetTemplates' ? title : part === 'providers' || part === 'office' || part === 'reportSettings' ? name : key
  return typeof named === 'string' && named !== '' ? named.slice(0, 160) : key
}
