import { shallowRef } from 'vue'

/** The newest defect of the program itself (never a `CallFailure` a form has shown), for the strip at the edge of the page. */
export const defect = shallowRef<unknown>(null)

export function reportDefect(cause: unknown): void {
  defect.value = cause
  console.error(cause)
}
