import type { Service } from '../../ipc/context'
import type { Session } from '../../session/session'

export function liveDeskService(session: Pick<Session, 'tellDesk'>): Service<'liveDesk'> {
  return {
    state: (_input, { db }) => db.call('live_desk_state'),
    totals: (_input, { db }) => db.call('live_desk_totals'),
    name: (input, { db }) => db.call('live_desk_name', input),
    day: (input, { db }) => db.call('live_desk_day', input),
    limits: (input, { db }) => db.call('live_desk_limits', input),
    tell: (told) => {
      session.tellDesk(told)
      return {}
    },
  }
}
