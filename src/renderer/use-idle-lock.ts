import { onScopeDispose } from 'vue'

/** Calls `lock` when nobody has touched the keyboard or the mouse for so long. */
export function useIdleLock(milliseconds: number, lock: () => void): void {
  const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const
  let lastSign = Date.now()
  const seen = () => (lastSign = Date.now())
  // By the clock: after the computer slept the first look at it locks.
  const timer = window.setInterval(() => {
    if (Date.now() - lastSign < milliseconds) return
    seen()
    lock()
  }, 1000)
  for (const sign of signs) window.addEventListener(sign, seen, { capture: true, passive: true })
  onScopeDispose(() => {
    clearInterval(timer)
    for (const sign of signs) window.removeEventListener(sign, seen, { capture: true })
  })
}
