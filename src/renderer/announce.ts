import { readonly, ref } from 'vue'

const SHOWN_FOR = 4000

const text = ref<string | null>(null)
let timer = 0

/** What has just been done, for a few seconds at the edge of the page and for screen readers. */
export const announcement = readonly(text)

/** Forgets it at once: what one person did is not for the next one's eyes. */
export function silence(): void {
  clearTimeout(timer)
  text.value = null
}

export function announce(words: string): void {
  clearTimeout(timer)
  text.value = words
  timer = window.setTimeout(() => (text.value = null), SHOWN_FOR)
}
