import type { Rollout } from '@shared/contract/fleet'
import type { Service } from '../../ipc/context'

export function fleetService(): Service<'fleet'> {
  return {
    state: (_input, { db }) => db.call('fleet_state'),
    history: (input, { db }) => db.call('fleet_history', input),
    rollouts: (_input, { db }) => db.call<Rollout[]>('rollout_list'),
    start: (input, { db }) => db.call('rollout_start', input),
    hold: (input, { db }) => db.call('rollout_change', { ...input, action: 'hold' }),
    resume: (input, { db }) => db.call('rollout_change', { ...input, action: 'resume' }),
    stop: (input, { db }) => db.call('rollout_change', { ...input, action: 'stop' }),
    percent: ({ percent, ...rest }, { db }) => db.call('rollout_change', { ...rest, action: 'percent', value: percent }),
    limit: ({ limitPercent, ...rest }, { db }) => db.call('rollout_change', { ...rest, action: 'limit', value: limitPercent }),
    shutOut: (input, { db }) => db.call('fleet_shut_out', input),
    minimum: (input, { db }) => db.call('fleet_minimum', input),
    // A bare word is no json for the database.
    installAt: ({ installAt, ...rest }, { db }) => db.call('fleet_install_at', { ...rest, installAt: JSON.stringify(installAt) }),
    channel: (input, { db }) => db.call('fleet_channel', input),
    forget: (input, { db }) => db.call('fleet_forget', input),
  }
}
