import { randomUUID } from 'node:crypto'
import type { FleetState, FleetWindow, Rollout, ShutOut } from '@shared/contract/fleet'
import { rolloutPlace } from '@shared/contract/fleet'
import { feedChannels, type FeedChannel } from '@shared/domain/signed-feed'
import type { InstallMoment } from '@shared/domain/update-policy'
import { AppError, type Result } from '@shared/errors'
import type { App } from '../app'
import type { Command } from './commands'

const channel = { channel: { type: 'string' } } as const
const comment = { comment: { type: 'string' } } as const

/** `okno rollout …`: the page «Парк окон» for scripts and monitors. All but the readings are an administrator's. */
export const rolloutCommands: Command[] = [
  {
    name: 'rollout status',
    positionals: [],
    options: channel,
    about: 'rollouts, windows by version, what was decided (supervisor, administrator)',
    help: `okno rollout status [--channel main|pilot]
  Prints {schema, settings, windows, versions, rollouts}: the latest rollout of each channel with its progress and history.
  Exit 1 when a rollout has held itself: good for a monitor.`,
  },
  {
    name: 'rollout start',
    positionals: ['VERSION'],
    options: { ...channel, ...comment, percent: { type: 'string' }, limit: { type: 'string' }, 'at-least': { type: 'string' } },
    about: 'let windows update to a version (administrator)',
    help: `okno rollout start VERSION [--channel main|pilot] [--percent N] [--limit N] [--at-least N] [--comment TEXT]
  The feed offers a version, a rollout lets it in: without one no window installs it. Takes the place of the channel's rollout before.
  --channel    main unless told
  --percent    share of the windows that go first, 1 to 100; 10 unless told
  --limit      it holds itself when more than this share (percent) of the windows that tried has failed; 10 unless told
  --at-least   and at least so many of them; 3 unless told
  Prints the rollout.`,
  },
  { name: 'rollout percent', positionals: ['N'], options: channel, about: 'change the share of windows (administrator)', help: `okno rollout percent N [--channel main|pilot]\n  1 to 100. Who is inside a smaller share is inside every greater one. Prints the rollout.` },
  { name: 'rollout hold', positionals: [], options: { ...channel, ...comment }, about: 'nobody else updates for now (administrator)', help: `okno rollout hold [--channel main|pilot] [--comment TEXT]\n  Every window hears of it within half a minute; one that is installing at that moment goes on. Prints the rollout.` },
  { name: 'rollout resume', positionals: [], options: { ...channel, ...comment }, about: 'go on after a hold (administrator)', help: `okno rollout resume [--channel main|pilot] [--comment TEXT]\n  What has failed so far no longer counts for the hold. Prints the rollout.` },
  { name: 'rollout stop', positionals: [], options: { ...channel, ...comment }, about: 'stop a rollout for good (administrator)', help: `okno rollout stop [--channel main|pilot] [--comment TEXT]\n  Windows that have updated stay so (the way back: docs/rollout.md). Prints the rollout.` },
  {
    name: 'rollout minimum',
    positionals: ['VERSION'],
    options: { 'shut-out': { type: 'string' } },
    about: 'the oldest version that may sign in (administrator)',
    help: `okno rollout minimum VERSION|none [--shut-out N]
  Older windows let nobody but administrators in and update as soon as the rollout allows it, without waiting for their share.
  --shut-out N   so many windows may be shut out; with fewer told, nothing changes, {windows, first} are printed and the exit is 1
  Prints {minimumVersion, installAt, revision, changedBy, changedAt}.`,
  },
  {
    name: 'rollout moment',
    positionals: ['WHEN'],
    options: {},
    about: 'when a downloaded version goes in (administrator)',
    help: `okno rollout moment quit|lock|HOUR
  quit: as Okno is closed; lock: as the window is locked; HOUR: 0 to 23 by the clock of the office. Never in the middle of a visit. Prints the settings.`,
  },
  {
    name: 'rollout channel',
    positionals: ['NAME', 'DESKS'],
    options: {},
    about: 'which feed computers read (administrator)',
    help: `okno rollout channel main|pilot DESK[,DESK…]
  Names of computers as okno rollout windows tells them. Prints {changed}.`,
  },
  {
    name: 'rollout windows',
    positionals: [],
    options: { ...channel, version: { type: 'string' }, office: { type: 'string' }, place: { type: 'string' }, silent: { type: 'boolean' } },
    about: 'the windows of the offices (supervisor, administrator)',
    help: `okno rollout windows [--channel main|pilot] [--version V] [--office NAME] [--place ${rolloutPlace.options.join('|')}] [--silent]
  --place    where they are in the latest rollout of their channel
  --silent   somebody is signed in there but it tells nothing, or it was not seen for two weeks
  Prints a list. Exit 1 when --place failing or --silent finds any.`,
  },
]

type Options = Record<string, string | boolean | undefined>

/** Runs one of `rolloutCommands`. Throws AppError: 'usage' {text}, notFound 'rollout', what the call refuses. */
export async function runRollout(app: Pick<App, 'dispatch'>, { name, help }: Command, positionals: string[], options: Options): Promise<{ value: unknown; exitCode?: number }> {
  const usage = new AppError('invalidInput', 'usage', { text: help })
  const call = async <T>(callName: string, input: object) => unwrap<T>(await app.dispatch(`fleet.${callName}`, input))
  const operationId = randomUUID()
  const asked = channelOf(options['channel'], usage)
  const remark = typeof options['comment'] === 'string' ? options['comment'] : null
  const state = await call<FleetState>('state', {})
  const latest = state.rollouts.find((one) => one.channel === (asked ?? 'main')) ?? null
  const going = (): Rollout => {
    if (!latest) throw new AppError('notFound', 'rollout')
    return latest
  }
  switch (name) {
    case 'rollout status': {
      const { schema, settings, versions } = state
      const rollouts = state.rollouts.filter((one) => asked === null || one.channel === asked)
      return { value: { schema, settings, windows: state.windows.length, versions, rollouts }, exitCode: rollouts.some(({ state: now, heldByFailures }) => now === 'held' && heldByFailures) ? 1 : 0 }
    }
    case 'rollout start':
      return {
        value: await call<Rollout>('start', {
          operationId, channel: asked ?? 'main', version: positionals[0] ?? '', percent: whole(options['percent'], usage, 1, 100) ?? 10, replaces: latest?.id ?? null,
          limitPercent: whole(options['limit'], usage, 1, 100) ?? 10, atLeast: whole(options['at-least'], usage, 1, 1000) ?? 3, comment: remark,
        }),
      }
    case 'rollout percent': {
      const percent = whole(positionals[0], usage, 1, 100)
      return { value: await call<Rollout>('percent', { operationId, rolloutId: going().id, revision: going().revision, percent }) }
    }
    case 'rollout hold':
      return { value: await call<Rollout>('hold', { operationId, rolloutId: going().id, comment: remark }) }
    case 'rollout resume':
      return { value: await call<Rollout>('resume', { operationId, rolloutId: going().id, revision: going().revision, comment: remark }) }
    case 'rollout stop':
      return { value: await call<Rollout>('stop', { operationId, rolloutId: going().id, comment: remark }) }
    case 'rollout minimum': {
      const version = positionals[0] === 'none' ? null : (positionals[0] ?? '')
      const allowed = whole(options['shut-out'], usage, 0, 100_000) ?? 0
      if (version !== null) {
        const found = await call<ShutOut>('shutOut', { version })
        if (found.windows > allowed) return { value: { code: 'conflict', reason: 'minimumShutsOut', details: found }, exitCode: 1 }
      }
      return { value: await call('minimum', { operationId, version, shutOut: allowed, revision: state.settings.revision }) }
    }
    case 'rollout moment':
      return { value: await call('installAt', { operationId, installAt: momentOf(positionals[0], usage), revision: state.settings.revision }) }
    case 'rollout channel': {
      const to = channelOf(positionals[0], usage)
      const desks = (positionals[1] ?? '').split(',').map((desk) => desk.trim()).filter(Boolean)
      const ids = state.windows.filter(({ desk }) => desks.includes(desk)).map(({ id }) => id)
      const unknown = desks.filter((desk) => !state.windows.some((window) => window.desk === desk))
      if (to === null || desks.length === 0) throw usage
      if (unknown.length > 0) throw new AppError('notFound', 'fleetWindow', { desks: unknown })
      return { value: await call('channel', { operationId, ids, channel: to }) }
    }
    default: {
      const windows = state.windows.filter((window) => isAsked(window, options, asked))
      return { value: windows, exitCode: windows.length > 0 && (options['place'] === 'failing' || options['silent'] === true) ? 1 : 0 }
    }
  }
}

function isAsked(window: FleetWindow, { version, office, place, silent }: Options, channelAsked: FeedChannel | null): boolean {
  return (
    (channelAsked === null || window.channel === channelAsked) &&
    (version === undefined || window.version === version) &&
    (office === undefined || window.office === office) &&
    (place === undefined || window.rollout?.state === place) &&
    (silent !== true || window.presence === 'lost' || window.presence === 'gone')
  )
}

function channelOf(text: string | boolean | undefined, usage: AppError): FeedChannel | null {
  if (text === undefined) return null
  const found = feedChannels.find((one) => one === text)
  if (!found) throw usage
  return found
}

function momentOf(text: string | undefined, usage: AppError): InstallMoment {
  if (text === 'quit' || text === 'lock') return text
  return { hour: whole(text, usage, 0, 23) ?? 0 }
}

function whole(text: string | boolean | undefined, usage: AppError, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : -1
  if (value < least || value > most) throw usage
  return value
}

function unwrap<T>(result: Result<unknown>): T {
  if (!result.ok) throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
  return result.value as T // The router checked it against the contract.
}
