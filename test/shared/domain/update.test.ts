import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deskReasons, offReasons, releaseIn, stepUpdate, updateFailures, type Release, type UpdateEffect, type UpdateEvent, type UpdateState } from '@shared/domain/update'

const release: Release = { version: '1.4.0', channel: 'main', sequence: 7, schema: { from: 40, to: 42 }, isReturn: false, notes: 'Новое', size: 100 }
const next: Release = { ...release, version: '1.5.0', sequence: 8 }
const feed = (over: Partial<Extract<UpdateEvent, { type: 'feed' }>> = {}): UpdateEvent => ({ type: 'feed', release, verdict: 'yes', tried: false, ...over })

/** The states an update goes through, and everything that was to be done on the way. */
function walk(events: UpdateEvent[], from: UpdateState = { state: 'idle' }): { state: UpdateState; effects: UpdateEffect[]; way: string[] } {
  const effects: UpdateEffect[] = []
  const way: string[] = []
  let state = from
  for (const event of events) {
    const step = stepUpdate(state, event)
    state = step.state
    effects.push(...step.effects)
    way.push(state.state)
  }
  return { state, effects, way }
}

const downloaded: UpdateEvent[] = [{ type: 'check' }, feed(), { type: 'progress', percent: 40 }, { type: 'fetched' }]

describe('an update', () => {
  test('goes from the check over the download to the moment', () => {
    const { way, effects } = walk([...downloaded, { type: 'moment', moment: 'lock', busy: ['visit'] }, { type: 'desk', busy: ['draft'] }, { type: 'desk', busy: [] }, { type: 'moment', moment: 'lock', busy: [] }])
    expect(way).toEqual(['checking', 'offered', 'downloading', 'downloaded', 'waitingForDesk', 'waitingForDesk', 'downloaded', 'installing'])
    expect(effects.map((each) => (each.effect === 'tell' ? each.kind : each.effect))).toEqual(['readFeed', 'offered', 'download', 'downloaded', 'install'])
    expect(effects.at(-1)).toMatchObject({ restart: true })
  })

  test('put in as Okno is closed starts nothing afterwards', () => {
    expect(walk([...downloaded, { type: 'moment', moment: 'quit', busy: [] }]).effects.at(-1)).toEqual({ effect: 'install', release, restart: false })
  })

  test('that is there already is none', () => {
    expect(walk([{ type: 'check' }, feed({ verdict: 'notNewer' })]).way).toEqual(['checking', 'none'])
  })

  test('waits for the rollout, begins when its turn comes, and is stopped in the middle of its download', () => {
    const { way, effects, state } = walk([{ type: 'check' }, feed({ verdict: 'rolloutShare' }), { type: 'verdict', verdict: 'rolloutHeld' }, { type: 'verdict', verdict: 'yes' }, { type: 'progress', percent: 3 }, { type: 'verdict', verdict: 'rolloutStopped' }])
    expect(way).toEqual(['checking', 'waitingRollout', 'waitingRollout', 'offered', 'downloading', 'waitingRollout'])
    expect(effects.at(-1)).toEqual({ effect: 'stopDownload' })
    expect(state).toMatchObject({ reason: 'rolloutStopped' })
  })

  test('that is stopped after the download is not installed any more', () => {
    const { way, effects } = walk([...downloaded, { type: 'verdict', verdict: 'rolloutStopped' }, { type: 'moment', moment: 'quit', busy: [] }])
    expect(way.at(-1)).toBe('waitingRollout')
    expect(effects.some(({ effect }) => effect === 'install')).toBe(false)
  })

  test('that did not come up is not tried again by itself', () => {
    const { state, effects } = walk([{ type: 'check' }, feed({ tried: true }), { type: 'moment', moment: 'lock', busy: [] }])
    expect(state).toEqual({ state: 'failed', reason: 'notInstalled', release })
    expect(effects).toEqual([{ effect: 'readFeed' }])
  })

  test('already downloaded survives a source that is away or spoiled, but not a newer release', () => {
    expect(walk([...downloaded, { type: 'check' }, { type: 'failed', reason: 'feedAway' }]).state).toEqual({ state: 'downloaded', release })
    const spoiled = walk([...downloaded, { type: 'check' }, { type: 'refused', reason: 'feedSignature' }])
    expect(spoiled.state).toEqual({ state: 'downloaded', release })
    expect(spoiled.effects.at(-1)).toEqual({ effect: 'tell', kind: 'refused', version: '1.4.0', reason: 'feedSignature' })
    expect(walk([...downloaded, { type: 'check' }, feed({ release: next })]).state).toEqual({ state: 'offered', release: next })
    expect(walk([...downloaded, { type: 'refused', reason: 'packageDamaged' }]).state).toMatchObject({ state: 'refused', reason: 'packageDamaged' })
  })

  test('whose feed is refused or whose package is broken is told; a source that does not answer is not', () => {
    expect(walk([{ type: 'check' }, { type: 'refused', reason: 'feedReplayed' }]).effects).toContainEqual({ effect: 'tell', kind: 'refused', version: '', reason: 'feedReplayed' })
    expect(walk([{ type: 'check' }, feed(), { type: 'failed', reason: 'diskFull' }]).effects).toContainEqual({ effect: 'tell', kind: 'failed', version: '1.4.0', reason: 'diskFull' })
    expect(walk([{ type: 'check' }, { type: 'failed', reason: 'feedAway' }])).toMatchObject({ state: { state: 'failed', reason: 'feedAway' }, effects: [{ effect: 'readFeed' }] })
  })

  const events: fc.Arbitrary<UpdateEvent> = fc.oneof(
    fc.constant<UpdateEvent>({ type: 'check' }),
    fc.record({ type: fc.constant('feed' as const), release: fc.constantFrom(release, next), verdict: fc.constantFrom('yes' as const, 'notNewer' as const, 'rolloutStopped' as const, 'policyUnknown' as const), tried: fc.boolean() }),
    fc.constant<UpdateEvent>({ type: 'refused', reason: 'feedSignature' }),
    fc.constant<UpdateEvent>({ type: 'refused', reason: 'packageDamaged' }),
    fc.record({ type: fc.constant('failed' as const), reason: fc.constantFrom(...updateFailures) }),
    fc.record({ type: fc.constant('verdict' as const), verdict: fc.constantFrom('yes' as const, 'notNewer' as const, 'rolloutHeld' as const) }),
    fc.record({ type: fc.constant('progress' as const), percent: fc.integer({ min: 0, max: 100 }) }),
    fc.constant<UpdateEvent>({ type: 'fetched' }),
    fc.record({ type: fc.constant('moment' as const), moment: fc.constantFrom('quit' as const, 'lock' as const, 'hour' as const, 'required' as const, 'hand' as const), busy: fc.subarray([...deskReasons]) }),
    fc.record({ type: fc.constant('desk' as const), busy: fc.subarray([...deskReasons]) }),
  )

  test('whatever happens in whatever order, is installed only when its whole package is here, the policy said yes last, and nobody works', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (list) => {
        let state: UpdateState = { state: 'idle' }
        let fetched: number | null = null
        let allowed = false
        for (const event of list) {
          const before: UpdateState = state
          const step = stepUpdate(state, event)
          state = step.state
          if (event.type === 'feed' && before.state !== 'installing') allowed = event.verdict === 'yes' && !event.tried
          if (event.type === 'verdict' && event.verdict !== 'yes') allowed = false
          if (event.type === 'verdict' && event.verdict === 'yes' && before.state === 'waitingRollout') allowed = true
          if (step.effects.some(({ effect }) => effect === 'download')) fetched = null
          if (event.type === 'fetched' && state.state === 'downloaded') fetched ??= releaseIn(before)?.sequence ?? null
          for (const done of step.effects) {
            if (done.effect !== 'install') continue
            expect(event).toMatchObject({ type: 'moment', busy: [] })
            expect(done.release.sequence).toBe(fetched)
            expect(allowed).toBe(true)
          }
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('is off for good where there is no key or no source', () => {
    fc.assert(fc.property(fc.constantFrom(...offReasons), events, (reason, event) => {
      expect(stepUpdate({ state: 'off', reason }, event)).toEqual({ state: { state: 'off', reason }, effects: [] })
    }))
  })
})
