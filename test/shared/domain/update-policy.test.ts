import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { installMoment, isNewer, isTooOld, mayInstall, shareOf, updatePolicy, type InstallQuestion, type UpdatePolicy } from '@shared/domain/update-policy'

const policy: UpdatePolicy = { channel: 'main', minimumVersion: null, installAt: 'quit', rollout: { version: '1.3.0', state: 'running', percent: 100 }, schema: 42 }
const question: InstallQuestion = { windowId: '0b7f8c52-6f0e-4a8e-9d1e-2f5a3c1b7e90', current: '1.2.0', migratesItself: false, release: { version: '1.3.0', channel: 'main', schema: { from: 42, to: 42 } } }
const refusal = (other: Partial<UpdatePolicy>, asked: Partial<InstallQuestion> = {}) => {
  const answer = mayInstall({ ...policy, ...other }, { ...question, ...asked })
  return answer.verdict === 'yes' ? 'yes' : answer.reason
}
const release = (other: Partial<InstallQuestion['release']>) => ({ release: { ...question.release, ...other } })
const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.constantFrom('', '-pilot.1', '-pilot.2', '-rc')).map(([a, b, c, tail]) => `${a}.${b}.${c}${tail}`)

test('a window installs the version whose rollout reaches it', () => expect(refusal({})).toBe('yes'))

describe('the share', () => {
  test('who is inside a share stays inside every greater one', () => {
    fc.assert(fc.property(fc.uuid(), version, fc.nat(100), fc.nat(100), (windowId, offered, a, b) => {
      const at = (percent: number) => refusal({ rollout: { version: offered, state: 'running', percent } }, { windowId, current: '0.0.0-a', ...release({ version: offered }) })
      const [less, more] = [Math.min(a, b), Math.max(a, b)]
      if (at(less) === 'yes') expect(at(more)).toBe('yes')
      expect(at(100)).toBe('yes')
      expect(at(0)).toBe('rolloutShare')
    }))
  })

  test('ten percent of a thousand windows are about a hundred, for any version', () => {
    const ids = fc.sample(fc.uuid(), { numRuns: 1000, seed: 7 })
    for (const offered of ['1.3.0', '1.3.1', '2.0.0-pilot.1', '10.0.0']) {
      const inside = ids.filter((windowId) => shareOf(windowId, offered) < 10).length
      expect(inside).toBeGreaterThan(65)
      expect(inside).toBeLessThan(140)
    }
  })

  test('it is not the same windows that go first with every version', () => {
    const ids = fc.sample(fc.uuid(), { numRuns: 1000, seed: 7 })
    const first = (offered: string) => ids.filter((windowId) => shareOf(windowId, offered) < 10)
    const again = first('1.3.1')
    expect(first('1.3.0').filter((windowId) => again.includes(windowId)).length).toBeLessThan(40)
  })
})

describe('what holds a window back', () => {
  test('an older version or the same is no update', () => {
    expect(refusal({}, { current: '1.3.0' })).toBe('notNewer')
    expect(refusal({}, { current: '1.10.0' })).toBe('notNewer')
    expect(refusal({ rollout: { version: '1.3.0-pilot.1', state: 'running', percent: 100 } }, { current: '1.3.0', ...release({ version: '1.3.0-pilot.1' }) })).toBe('notNewer')
  })

  test('a release of another channel is not for this window', () => {
    expect(refusal({ channel: 'pilot' })).toBe('otherChannel')
    expect(refusal({}, release({ channel: 'pilot' }))).toBe('otherChannel')
  })

  test('a release whose schema does not fit the database is not installed', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(10), fc.integer({ min: 1, max: 60 }), fc.boolean(), (from, more, schema, migratesItself) => {
      const answer = refusal({ schema }, { migratesItself, ...release({ schema: { from, to: from + more } }) })
      const fits = schema <= from + more && (migratesItself || schema >= from)
      expect(answer).toBe(fits ? 'yes' : schema > from + more ? 'schemaTooOld' : 'schemaTooNew')
    }))
  })

  test('nothing is installed that nobody has started a rollout for', () => {
    expect(refusal({ rollout: null })).toBe('rolloutMissing')
    expect(refusal({ rollout: { version: '1.2.5', state: 'running', percent: 100 } })).toBe('rolloutMissing')
  })

  test('held and stopped hold every window, also one below the minimum version', () => {
    fc.assert(fc.property(fc.uuid(), fc.nat(100), fc.constantFrom(null, '1.2.0', '1.2.5', '1.3.0'), (windowId, percent, minimumVersion) => {
      expect(refusal({ minimumVersion, rollout: { version: '1.3.0', state: 'held', percent } }, { windowId })).toBe('rolloutHeld')
      expect(refusal({ minimumVersion, rollout: { version: '1.3.0', state: 'stopped', percent } }, { windowId })).toBe('rolloutStopped')
    }))
  })
})

describe('a return', () => {
  test('goes back to a lower version, in the same stages and under the same stop', () => {
    const back = { current: '1.4.0', ...release({ isReturn: true }) }
    expect(refusal({}, back)).toBe('yes')
    expect(refusal({}, { ...back, current: '1.3.0' })).toBe('notNewer')
    expect(refusal({ rollout: { version: '1.3.0', state: 'running', percent: 0 } }, back)).toBe('rolloutShare')
    expect(refusal({ rollout: { version: '1.3.0', state: 'stopped', percent: 100 } }, back)).toBe('rolloutStopped')
  })

  test('never leads below the minimum version, where the window would be shut out', () => {
    expect(refusal({ minimumVersion: '1.3.1' }, { current: '1.4.0', ...release({ isReturn: true }) })).toBe('belowMinimum')
  })
})

describe('the minimum version', () => {
  test('a window below it waits for no share', () => {
    const rollout = { version: '1.3.0', state: 'running', percent: 0 } as const
    expect(refusal({ rollout })).toBe('rolloutShare')
    expect(refusal({ rollout, minimumVersion: '1.2.1' })).toBe('yes')
    expect(refusal({ rollout, minimumVersion: '1.2.0' })).toBe('rolloutShare')
  })

  test('it goes by the order of semver', () => {
    expect(isTooOld('1.9.0', '1.10.0')).toBe(true)
    expect(isTooOld('1.3.0-pilot.1', '1.3.0')).toBe(true)
    expect(isTooOld('1.3.0', '1.3.0')).toBe(false)
    expect(isTooOld('1.3.0', null)).toBe(false)
    // Built from sources: nobody could say how old it is.
    expect(isTooOld('dev', '1.3.0')).toBe(false)
    expect(isNewer('2.0.0', 'dev')).toBe(true)
    expect(isNewer('dev', '1.0.0')).toBe(false)
  })
})

test('a policy from a file is read as it is, a damaged one is refused', () => {
  expect(updatePolicy.parse(JSON.parse(JSON.stringify({ ...policy, installAt: { hour: 3 } })))).toEqual({ ...policy, installAt: { hour: 3 } })
  for (const damaged of [{ ...policy, rollout: { version: '1.3', state: 'running', percent: 10 } }, { ...policy, minimumVersion: 'v1.2.3' }, { ...policy, schema: -1 }]) expect(updatePolicy.safeParse(damaged).success).toBe(false)
  expect(installMoment.safeParse({ hour: 24 }).success).toBe(false)
})
