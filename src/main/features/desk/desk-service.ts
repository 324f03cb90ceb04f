import { matchKinds } from '@shared/contract/desk'
import { understand, type Lookup } from '@shared/domain/search-query'
import type { Service } from '../../ipc/context'

export function deskService(): Service<'desk'> {
  return {
    async search({ text, includeClosed }, { db }) {
      const lookups = understand(text)
      const understood = matchKinds.filter((kind) => lookups.some((lookup) => lookup.kind === kind))
      if (lookups.length === 0) return { understood, hits: [], more: false, closedHidden: 0 }
      const found = await db.call<object>('desk_search', { ...searchArguments(lookups), includeClosed })
      return { understood, ...found } as Awaited<ReturnType<Service<'desk'>['search']>>
    },
    card: (input, { db }) => db.call('desk_card', input),
  }
}
