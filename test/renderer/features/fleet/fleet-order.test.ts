import { describe, expect, test } from 'vitest'
import type { FleetWindow } from '@shared/contract/fleet'
import { fitsFilter, inOrder, type FleetFilter } from '@renderer/features/fleet/fleet-order'

const window = (id: number, other: Partial<FleetWindow> = {}): FleetWindow => ({
  id, desk: `OKNO-${id}`, officeId: 1, office: 'Центральный', staffName: 'Ветрова Анна Павловна', window: '1', version: '1.2.0', isTooOld: false, channel: 'main', schema: 42, runtime: 'Electron 43.1.0', os: 'Windows 10',
  freeMb: 10_000, printerTest: null, lastError: null, update: { state: 'none', version: null, reason: null }, firstSeenAt: '2026-10-01T08:00:00Z', seenAt: '2026-11-22T08:00:00Z', presence: 'on', rollout: null, ...other,
})
const none: FleetFilter = { quick: 'all', text: '', version: '', place: '', office: '', channel: '' }
const ids = (windows: FleetWindow[]) => windows.map(({ id }) => id)

describe('windows are sorted', () => {
  test('by the computer, its number as a number, office by office', () => {
    expect(ids(inOrder([window(10), window(9), window(2, { office: 'Восточный' })], 'desk', false))).toEqual([2, 9, 10])
    expect(ids(inOrder([window(10), window(9), window(2, { office: 'Восточный' })], 'desk', true))).toEqual([10, 9, 2])
  })

  test('by the version as versions go', () => {
    expect(ids(inOrder([window(1, { version: '1.10.0' }), window(2, { version: '1.9.0' }), window(3, { version: '1.10.0-pilot.1' })], 'version', false))).toEqual([2, 3, 1])
  })

  test('by the update: what fails first, what has updated last', () => {
    const at = (state: NonNullable<FleetWindow['rollout']>['state']) => ({ rollout: { state, reason: null } })
    expect(ids(inOrder([window(1, at('updated')), window(2, at('waiting')), window(3, at('failing')), window(4)], 'update', false))).toEqual([3, 2, 1, 4])
  })

  test('by what is scarce: little disk, a fresh error, long silence', () => {
    expect(ids(inOrder([window(1, { freeMb: null }), window(2, { freeMb: 900 }), window(3)], 'disk', false))).toEqual([2, 3, 1])
    expect(ids(inOrder([window(1), window(2, { lastError: { code: 'x', at: '2026-11-20T08:00:00Z' } }), window(3, { lastError: { code: 'x', at: '2026-11-21T08:00:00Z' } })], 'error', false))).toEqual([3, 2, 1])
    expect(ids(inOrder([window(1, { seenAt: '2026-11-01T08:00:00Z' }), window(2)], 'seen', true))).toEqual([1, 2])
  })
})

describe('windows are found', () => {
  const silent = window(1, { presence: 'lost' })
  const failing = window(2, { rollout: { state: 'failing', reason: 'silent' }, version: '1.1.0', isTooOld: true, channel: 'pilot', officeId: 2, office: 'Берёзовский' })
  const found = (filter: Partial<FleetFilter>) => ids([silent, failing, window(3)].filter((one) => fitsFilter(one, { ...none, ...filter })))

  test('by what is wrong with them', () => {
    expect(found({})).toEqual([1, 2, 3])
    expect(found({ quick: 'silent' })).toEqual([1, 2])
    expect(found({ quick: 'failing' })).toEqual([2])
    expect(found({ quick: 'tooOld' })).toEqual([2])
    expect(found({ quick: 'on' })).toEqual([2, 3])
  })

  test('by words in any order, е for ё', () => {
    expect(found({ text: 'okno-2 березовский' })).toEqual([2])
    expect(found({ text: 'ветрова центр' })).toEqual([1, 3])
    expect(found({ text: 'никого' })).toEqual([])
  })

  test('by version, place, office and channel together', () => {
    expect(found({ version: '1.1.0', place: 'failing', office: '2', channel: 'pilot' })).toEqual([2])
    expect(found({ version: '1.1.0', channel: 'main' })).toEqual([])
  })
})
