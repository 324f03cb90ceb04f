import { onScopeDispose } from 'vue'

const FASTER_THAN_HANDS = 60
const SHORTEST_CODE = 6

/**
 * A barcode scanner is a keyboard that types very fast and ends with Enter. Outside of fields its code would be lost;
 * here it is collected. The layout does not matter: the search understands both.
 */
export function useScanner(scanned: (code: string) => void): void {
  let code = ''
  let last = 0

  function pressed(event: KeyboardEvent) {
    const target = event.target as HTMLElement | null
    if (event.ctrlKey || event.altKey || event.metaKey || target?.closest('input, textarea, [contenteditable], [role=dialog], [role=alertdialog]')) return
    if (event.timeStamp - last > FASTER_THAN_HANDS) code = ''
    last = event.timeStamp
    if (event.key === 'Enter') {
      if (code.length >= SHORTEST_CODE) {
        // The button that has the focus must not be pressed by the scanner's Enter.
        event.preventDefault()
        event.stopPropagation()
        scanned(code)
      }
      code = ''
    } else if (event.key.length === 1) code += event.key
  }

  window.addEventListener('keydown', pressed, { capture: true })
  onScopeDispose(() => window.removeEventListener('keydown', pressed, { capture: true }))
}
