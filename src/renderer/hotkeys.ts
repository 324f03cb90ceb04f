import { onScopeDispose, shallowReactive, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { TextKey } from './i18n'
import { useIsShown } from './subject'

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
  /** Why it does nothing now, for the cheat sheet and the palette; null when it works. */
  reason?: MaybeRefOrGetter<string | null>
  /** Held down it goes on, as arrows do. */
  repeats?: boolean
}

interface Registered extends Hotkey {
  layer: symbol
  /** False while the card it stands in is hidden behind another one. */
  isShown: () => boolean
}

const page = Symbol('page')
const registered = shallowReactive<Registered[]>([])
/** The page, then whatever dialogs are in front of it. */
const layers = shallowReactive<Pick<Registered, 'layer' | 'isShown'>[]>([{ layer: page, isShown: () => true }])
/** A dialog in a card that is hidden behind another one is in front of nothing. */
const onTop = ({ layer, isShown }: Registered) => layer === layers.findLast((one) => one.isShown())?.layer && isShown()

/** Keys of a component while it is mounted. The newest wins; under an open dialog only the dialog's own keys work. */
export function useHotkeys(hotkeys: Hotkey[]): void {
  const isShown = useIsShown()
  const own = hotkeys.map((hotkey) => ({ ...hotkey, layer: page, isShown }))
  registered.push(...own)
  onScopeDispose(() => own.forEach((hotkey) => registered.splice(registered.indexOf(hotkey), 1)))
}

/** While `open`, keys registered before do nothing: a dialog or the lock screen is in front of them. */
export function useHotkeyLayer(open: MaybeRefOrGetter<boolean>, hotkeys: Hotkey[] = []): void {
  const isShown = useIsShown()
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
      const inFront = { layer, isShown }
      layers.push(inFront)
      const own = hotkeys.map((hotkey) => ({ ...hotkey, layer, isShown }))
      registered.push(...own)
      end = () => {
        layers.splice(layers.indexOf(inFront), 1)
        own.forEach((hotkey) => registered.splice(registered.indexOf(hotkey), 1))
      }
    },
    { immediate: true },
  )
  onScopeDispose(leave)
}

/** What works now, for the cheat sheet and the palette: each key once, the newest of it. */
export function activeHotkeys(): Hotkey[] {
  const shown = new Map<string, Hotkey>()
  for (const hotkey of registered) if (onTop(hotkey) && isEnabled(hotkey)) shown.set(hotkey.key, hotkey)
  return [...shown.values()].filter(({ quiet }) => !quiet)
}

const isEnabled = ({ enabled }: Hotkey) => enabled === undefined || toValue(enabled)

/** 'Ctrl+KeyL' for the event of that key; the Enter of the keypad is Enter. The Windows key is the system's own and belongs to no hotkey. */
export function keyOf(event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const isMac = navigator.userAgent.includes('Mac OS')
  const ctrl = event.ctrlKey || (isMac && event.metaKey)
  const modifiers = [ctrl && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', event.metaKey && !isMac && 'Meta']
  return [...modifiers, event.code === 'NumpadEnter' ? 'Enter' : event.code].filter(Boolean).join('+')
}

/** As printed on keyboards: 'Ctrl+L', 'Alt+1', 'Esc'. */
export function keyLabel(key: string): string {
  const names: Record<string, string> = { Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', NumpadEnter: 'Enter' }
  return key
    .split('+')
    .map((part) => names[part] ?? part.replace(/^(Key|Digit)/, ''))
    .join('+')
}

/** Listens for all keys of the page; called once. An element keeps a key for itself by `data-own-keys="Escape"`. */
export function startHotkeys(): () => void {
  const pressed = (event: KeyboardEvent) => {
    // A scanner's, a letter in the making, or the right Alt that writes signs (Ctrl and Alt at once for Windows): none of them is a hotkey.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    if (event.altKey ? event.ctrlKey : event.getModifierState('AltGraph')) return
    const key = keyOf(event)
    if (event.target instanceof Element && event.target.closest(`[data-own-keys~="${key}"]`)) return
    const hotkey = registered.findLast((one) => onTop(one) && one.key === key && isEnabled(one))
    if (!hotkey) return
    event.preventDefault()
    event.stopPropagation()
    // A key held down must not do the thing again and again.
    if (!event.repeat || hotkey.repeats) hotkey.run()
  }
  window.addEventListener('keydown', pressed, { capture: true })
  return () => window.removeEventListener('keydown', pressed, { capture: true })
}
