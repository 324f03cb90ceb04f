import { nextTick } from 'vue'

/** Places of the card that an alert leads to: `data-place` of their elements. */
export const places = { balance: 'balance', contacts: 'contacts', portal: 'portal', alerts: 'alerts', timeline: 'timeline', requests: 'requests', meter: (id: number) => `meter-${id}` }

/**
 * Brings a place of this card into view and gives it the focus, after whatever was just chosen has been drawn: to its first stop, or to itself.
 * Looked for under `root`: other open cards have the same places.
 */
export async function goTo(root: HTMLElement | null, place: string): Promise<void> {
  await nextTick()
  const element = root?.querySelector<HTMLElement>(`[data-place="${place}"]`)
  if (!element) return
  element.scrollIntoView?.({ block: 'nearest' })
  const stop = element.querySelector<HTMLElement>('[tabindex="0"], button:not([tabindex="-1"])') ?? element
  stop.focus()
}
