import { onScopeDispose, ref } from 'vue'

/** The present as an instant in milliseconds, told again every half a minute: for «ещё 23 ч». */
export function useNow() {
  const now = ref(Date.now())
  const timer = window.setInterval(() => (now.value = Date.now()), 30_000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
