import type { PersonalData } from '@shared/contract/desk'
import type { Service } from '../../ipc/context'
import { createSearch, type StageTold } from './search'

export function deskService({ told }: { told: StageTold }): Service<'desk'> {
  const search = createSearch(told)
  return {
    search: (input, { db }) => search(input, db),
    card: (input, { db }) => db.call('desk_card', input),
    // The first call records the look, the second one gets the data (0016-card.sql).
    unmask: async (input, { db }) => (await db.call<PersonalData | null>('desk_unmask', input)) ?? db.call('desk_unmask', input),
    charges: (input, { db }) => db.call('desk_charges', input),
    explain: (input, { db }) => db.call('desk_explain', input),
    neighbours: (input, { db }) => db.call('desk_neighbours', input),
    timeline: (input, { db }) => db.call('desk_timeline', input),
    addNote: (input, { db }) => db.call('note_add', input),
    editNote: (input, { db }) => db.call('note_edit', input),
    removeNote: (input, { db }) => db.call('note_remove', input),
  }
}
