import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { ComparedItem, ConfigurationPreview } from '@shared/contract/configuration'
import { AppError, type Result } from '@shared/errors'
import type { App } from '../app'

type Options = Record<string, string | boolean | undefined>

/** The file goes where `--out` says; the page's own way. */
export async function exportConfiguration(app: App): Promise<{ value: unknown }> {
  return { value: unwrap(await app.dispatch('configuration.export', { operationId: randomUUID() })) }
}

/** What a file would change; writes nothing. Exit 1 when it differs or has something wrong, so that a script can ask «is this office as it should be». */
export async function checkConfiguration(app: App, file: string): Promise<{ value: unknown; exitCode: number }> {
  const { items, ...preview } = await compare(app, file)
  const telling = items.filter(({ state }) => state !== 'same')
  return { value: { ...preview, same: items.length - telling.length, items: telling }, exitCode: telling.some(({ state }) => state !== 'onlyHere') ? 1 : 0 }
}

/**
 * Takes in what differs: all of it but an office's own (`--own` takes that, too), or what `--only part/key,…` names. Exit 1 when something of the file was not in order and stayed out.
 */
export async function importConfiguration(app: App, file: string, options: Options, help: string): Promise<{ value: unknown; exitCode: number }> {
  const { items, checksum, state } = await compare(app, file)
  const wrong = items.filter((item) => item.state === 'wrong')
  const chosen = chosenOf(items.filter((item) => item.state === 'new' || item.state === 'changed'), options, help)
  const left = wrong.map(({ part, key, problems }) => ({ part, key, problems }))
  if (chosen.length === 0) return { value: { importId: null, items: 0, wrong: left }, exitCode: left.length > 0 ? 1 : 0 }
  const done = unwrap<object>(await app.dispatch('configuration.import', { operationId: randomUUID(), file: resolve(file), checksum, state, choice: chosen.map(({ part, key }) => ({ part, key })) }))
  return { value: { ...done, taken: chosen.map(({ part, key }) => `${part}/${key}`), wrong: left }, exitCode: left.length > 0 ? 1 : 0 }
}

function chosenOf(items: readonly ComparedItem[], { own, only }: Options, help: string): readonly ComparedItem[] {
  if (typeof only !== 'string') return items.filter(({ isOwn }) => own === true || !isOwn)
  const named = only.split(',').map((one) => one.trim()).filter(Boolean)
  if (named.length === 0) throw new AppError('invalidInput', 'usage', { text: help })
  const unknown = named.filter((name) => !items.some(({ part, key }) => name === part || name === `${part}/${key}`))
  if (unknown.length > 0) throw new AppError('notFound', 'configurationItem', { names: unknown.join(', ') })
  return items.filter(({ part, key }) => named.includes(part) || named.includes(`${part}/${key}`))
}

const compare = async (app: App, file: string): Promise<ConfigurationPreview> => unwrap(await app.dispatch('configuration.preview', { file: resolve(file) }))

function unwrap<T>(result: Result<unknown>): T {
  if (result.ok) return result.value as T // The router has checked it against the contract.
  throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
}
