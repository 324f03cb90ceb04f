import CardOverview from '@renderer/features/desk/CardOverview.vue'
import TimelinePanel from '@renderer/features/desk/TimelinePanel.vue'
import { useSubjects } from '@renderer/subject'
import { useVisitStore } from '@renderer/visit-store'
import type { Card } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import { defineComponent, h, type Component } from 'vue'
import type { FakeBridge } from '../../../support/fake-bridge'
import * as office from '../../../support/fake-office'
import { show, startBridge } from '../../../support/fake-page'

interface Options {
  card?: Card
  visit?: Visit | null
  handlers?: Parameters<typeof startBridge>[0]
}

/** The card without its frame, as it stands once it has been read; what is shown afterwards comes through the bridge. */
export async function openOverview({ card = office.card, visit = office.identified, handlers = {} }: Options = {}) {
  return open(() => {
    const visits = useVisitStore()
    return visits.card ? h(CardOverview, { card: visits.card, account: visits.account, onChoose: visits.choose }) : null
  }, { card, visit, handlers })
}

export async function openTimeline({ card = office.card, visit = office.identified, handlers = {} }: Options = {}) {
  return open(() => h(TimelinePanel), { card, visit, handlers })
}

async function open(render: () => ReturnType<typeof h> | null, { card, visit, handlers }: Required<Options>): Promise<{ bridge: FakeBridge; page: Awaited<ReturnType<typeof show>> }> {
  const bridge = startBridge({ 'desk.card': () => card, ...handlers })
  useSubjects().shownId = card.subscriber.id
  const visits = useVisitStore.of(card.subscriber.id)
  visits.card = card
  visits.visit = visit
  const page: Component = defineComponent({ render: () => h('main', [render()]) })
  return { bridge, page: await show(page, {}, '/desk/1') }
}
