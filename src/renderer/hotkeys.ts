import { onScopeDispose, shallowReactive, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { TextKey } from './i18n'

/**
 * A key by its place on the keyboard (`event.code`), so that it works under the Russian layout as well: 'F4', 'Alt+KeyC', 'Ctrl+KeyL'.
 */
export interface Hotkey {
  key: string
  label: TextKey
  run: () => void
  /** Not listed on the cheat sheet, for keys everybody knows. */
  quiet?: boolean
  enabled?: MaybeRefOrGetter<boolean>
}

interface Registered extends Hotkey {
  layer: symbol
}

const page = Symbol('page')
const registered = shallowReactive<Registered[]>([])
/** The page, then whatever dialogs are in front of it. */
const layers = shallowReactive([page])
const onTop = ({ layer }: Registered) => layer === layers.at(-1)

/** Keys of a component while it is mounted. The newest wins; under an open dialog only the dialog's own keys work. */
export function useHotkeys(hotkeys: Hotkey[]): void {
  const own = hotkeys.map((hotkey) => ({ ...hotkey, layer: page }))
  registered.push(...own)
  onScopeDispose(() => own.forEach((hotkey) => registered.splice(registered.indexOf(hotkey), 1)))
}

/** While `open`, keys registered before do nothing: a dialog or the lock screen is in front of them. */
export function useHotkeyLayer(open: MaybeRefOrGetter<boolean>, hotkeys: Hotkey[] = []): void {
  let end: (() => void) | null = null
  const leave = () => {
    end?.()
    end = null
  }
  watch(
    () => toValue(open),
    (isOpen) => {
      leave()
      if (!isOpen) return
      const layer = Symbol('dialog')
      layers.push(layer)
      const own = hotkeys.map((hotkey) => ({ ...hotkey, layer }))
      registered.push(...own)
      end = () => {
        layers.splice(layers.indexOf(layer), 1)
        own.forEach((hotkey) => registered.splice(registered.indexOf(hotkey), 1))
      }
    },
    { immediate: true },
  )
  onScopeDispose(leave)
}

/** What works now, for the cheat sheet: each key once, the newest of it. */
export function activeHotkeys(): Hotkey[] {
  const shown = new Map<string, Hotkey>()
  for (const hotkey of registered) if (onTop(hotkey) && !hotkey.quiet) shown.set(hotkey.key, hotkey)
  return [...shown.values()]
}

/** 'Ctrl+KeyL' for the event of that key. */
export function keyOf(event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  return [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : '', event.code].filter(Boolean).join('+')
}

/** As printed on keyboards: 'Ctrl+L', 'Alt+1', 'Esc'. */
export function keyLabel(key: string): string {
  const names: Record<string, string> = { Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓', NumpadEnter: 'Enter' }
  return key
    .split('+')
    .map((part) => names[part] ?? part.replace(/^(Key|Digit)/, ''))
    .join('+')
}

/** Listens for all keys of the page; called once. */
export function startHotkeys(): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return
    const key = keyOf(event)
    const hotkey = [...registered].reverse().find((one) => onTop(one) && one.key === key && (one.enabled === undefined || toValue(one.enabled)))
    if (!hotkey) return
    event.preventDefault()
    event.stopPropagation()
    // A key held down must not do the thing again and again.
    if (!event.repeat) hotkey.run()
  }
  window.addEventListener('keydown', pressed, { capture: true })
  return () => window.removeEventListener('keydown', pressed, { capture: true })
}
