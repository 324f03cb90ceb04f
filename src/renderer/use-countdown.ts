import { onScopeDispose, ref } from 'vue'

/** Seconds left until something may be done again. */
export function useCountdown() {
  const seconds = ref(0)
  let timer = 0

  function start(from: number) {
    stop()
    // By the clock, not by counting ticks: a sleeping window is not called every second.
    const end = Date.now() + from * 1000
    const tick = () => {
      seconds.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      if (seconds.value === 0) stop()
    }
    timer = window.setInterval(tick, 250)
    tick()
  }

  function stop() {
    clearInterval(timer)
  }

  onScopeDispose(stop)
  return { seconds, start }
}
