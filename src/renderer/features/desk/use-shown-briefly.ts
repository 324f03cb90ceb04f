import { useSessionStore } from '@renderer/session-store'
import { useIsShown } from '@renderer/subject'
import { useCountdown } from '@renderer/use-countdown'
import { shallowRef, watch } from 'vue'

/** Long enough to compare or dictate, short enough not to be left on the screen for the next visitor. */
const SHOWN_SECONDS = 60

/** Something personal in full: hidden again after a minute, when another card comes in front, when the desk is locked, and with the component that shows it. */
export function useShownBriefly<T>() {
  const shown = shallowRef<T | null>(null)
  const session = useSessionStore()
  const isShown = useIsShown()
  const { seconds, start } = useCountdown()

  function show(value: T) {
    shown.value = value
    start(SHOWN_SECONDS)
  }

  function hide() {
    shown.value = null
    start(0)
  }

  watch(seconds, (left) => left === 0 && (shown.value = null))
  watch([isShown, () => session.locked], hide)
  return { shown, seconds, show, hide }
}
