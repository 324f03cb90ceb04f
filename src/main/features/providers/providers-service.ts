import type { SavedVersion } from '@shared/contract/providers'
import { differencesOf } from '@shared/domain/differences'
import type { ProviderCard } from '@shared/domain/provider-profile'
import type { Service } from '../../ipc/context'
import { drawMemoSample, drawPaymentDocumentSample } from '../../printing/draw'
import { localTime } from '../../printing/text'
import { blankProvider, readyProviders } from './ready-profiles'

/** Versions compared for one answer, the oldest of them only to compare with. */
const LISTED = 30

export function providersService(): Service<'providers'> {
  return {
    list: (_input, { db }) => db.call('provider_list'),
    save: (card, { db }) => db.call('provider_save', { card }),
    templates: () => ({ ready: [...readyProviders], blank: { utility: blankProvider('utility'), internet: blankProvider('internet') } }),
    async history({ code }, { db }) {
      const saved = await db.call<(Omit<SavedVersion, 'changes'> & { card: ProviderCard })[]>('provider_history', { code, limit: LISTED + 1 })
      return saved.slice(0, LISTED).map(({ card, ...version }, index) => {
        const before = saved[index + 1]
        return { ...version, changes: before ? differencesOf(before.card, card) : null }
      })
    },
    version: ({ code, version }, { db }) => db.call('provider_version_card', { code, version }),
    previewMemo: async ({ card, large, format }, { actor }) => ({ pdf: new Uint8Array(await drawMemoSample(card, { large, format, timeZone: actor.office.timeZone })) }),
    previewDocument: async ({ card }, { actor }) => {
      const now = new Date().toISOString()
      const { timeZone } = actor.office
      return { pdf: new Uint8Array(await drawPaymentDocumentSample(card, { now, today: localTime(now, timeZone).date, timeZone })) }
    },
  }
}
