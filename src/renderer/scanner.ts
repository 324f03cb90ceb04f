import { usCharacter } from '@shared/domain/us-keyboard'
import { onScopeDispose } from 'vue'
import { isScan, LONGEST_GAP, mayBecomeCode, QUICK, scannedText, type Stroke } from './scan-burst'

/*
 * A scanner is a keyboard that types very fast. A quick key of what may become a code is held back until the next one shows whose it is: hands get it at once as
 * if nothing had been, a scanner's never reaches the field. Only the first key of a burst goes through, since nobody can know it; it is taken back
 * as by Ctrl+Z, so that the field's own undo has nothing of the scan in it.
 */

type Field = HTMLInputElement | HTMLTextAreaElement

/** What a field was before the first key of a burst. */
interface Before {
  element: Element | null
  value: string | null
  start: number | null
  end: number | null
}

interface Burst {
  strokes: Stroke[]
  held: (KeyboardEvent | InputEvent)[]
  before: Before
  last: number
  /** Every key belongs to the scanner until it pauses. */
  isScanner: boolean
  /** What was typed can be no code, so the digits at its end are none either. */
  isHand: boolean
  isTold: boolean
}

const waiting = new Set<(code: string) => void>()

/** `scanned` gets every code while the component lives, without the scanner's Enter: the text as the scanner read it, under any layout of the keyboard. */
export function useScanner(scanned: (code: string) => void): void {
  waiting.add(scanned)
  onScopeDispose(() => waiting.delete(scanned))
}

/** As if this had been scanned: opens the account, or the list of what fits. */
export function openByCode(code: string): void {
  for (const scanned of waiting) scanned(code)
}

/** Listens to the keys of the page before anybody else; called once, before the hotkeys. Returns its end. */
export function startScanner(): () => void {
  let burst: Burst | null = null
  let timer = 0
  const down = new Set<string>()
  /** Our own repetition of a key that was held back. */
  let isRepeating = false

  function pressed(event: KeyboardEvent) {
    if (isRepeating) return
    if (event.isComposing || event.keyCode === 229) return end()
    if (isModifier(event.key)) {
      if (burst && event.timeStamp - burst.last <= LONGEST_GAP) burst.last = event.timeStamp
      return
    }
    const gap = burst ? event.timeStamp - burst.last : Infinity
    const overlaps = [...down].some((code) => code !== event.code)
    down.add(event.code)
    // A scanner that writes letters by their numbers: Alt and digits of the keypad; the letter itself arrives as input.
    if (event.altKey && event.code.startsWith('Numpad')) {
      if (burst && gap <= LONGEST_GAP) burst.last = event.timeStamp
      return
    }
    if (burst?.isScanner && gap <= LONGEST_GAP) return swallow(burst, event, gap)

    const typed = characterOf(event)
    // Digits of the keypad are a hand's: that is where people type fastest.
    if (typed === null || event.repeat || event.code.startsWith('Numpad')) return end()
    const stroke: Stroke = { typed, byPlace: usCharacter(event.code, event.shiftKey), gap, overlaps }
    if (!burst || gap > LONGEST_GAP || burst.before.element !== document.activeElement) return begin(event, stroke)
    burst.last = event.timeStamp
    if (burst.isHand) return release(burst)
    burst.strokes.push(stroke)
    decide(burst, event)
  }

  function begin(event: KeyboardEvent, stroke: Stroke) {
    end()
    const strokes = [{ ...stroke, gap: 0, overlaps: false }]
    burst = { strokes, held: [], before: stateOf(document.activeElement), last: event.timeStamp, isScanner: false, isHand: !mayBecomeCode(strokes), isTold: false }
    if (burst.isHand) return
    // Where there is nothing to see of a key, as on a button or a choice, even the first one can wait.
    if (!textField(burst.before.element) && !(burst.before.element instanceof HTMLSelectElement)) hold(burst, event)
  }

  function decide(one: Burst, event: KeyboardEvent) {
    if (isScan(one.strokes) && !belongsToField(one)) return taken(one, event)
    if (!mayBecomeCode(one.strokes)) {
      clearTimeout(timer)
      one.isHand = true
      return release(one)
    }
    if ((one.strokes.at(-1)?.gap ?? 0) > QUICK) return release(one)
    // A list of the system's own can't be given a key again; it is put back afterwards.
    if (!(one.before.element instanceof HTMLSelectElement)) hold(one, event)
    else wait(LONGEST_GAP)
  }

  function hold(one: Burst, event: KeyboardEvent) {
    silence(event)
    one.held.push(event)
    wait(QUICK)
  }

  function taken(one: Burst, event: Event) {
    silence(event)
    one.isScanner = true
    one.held = []
    isRepeating = true
    restore(one.before)
    isRepeating = false
    wait(LONGEST_GAP)
  }

  /** Nothing of a scanner reaches the page: not its Enter or Tab, not a line feed that it sends as Ctrl+J. */
  function swallow(one: Burst, event: KeyboardEvent, gap: number) {
    if (/^F\d+$/.test(event.code)) return
    silence(event)
    one.last = event.timeStamp
    wait(LONGEST_GAP)
    if (isEnd(event)) return tell(one)
    const typed = event.ctrlKey ? (event.code === 'KeyJ' ? '\n' : '') : (characterOf(event) ?? '')
    const byPlace = event.ctrlKey ? typed : usCharacter(event.code, event.shiftKey)
    if (typed || byPlace) one.strokes.push({ typed, byPlace, gap, overlaps: false })
  }

  function tell(one: Burst) {
    if (one.isTold) return
    one.isTold = true
    openByCode(scannedText(one.strokes).trim())
  }

  /** A character without a key of its own. */
  function inserted(event: InputEvent) {
    if (isRepeating || !burst || !(burst.isScanner || burst.held.length)) return
    if (event.inputType !== 'insertText' || !event.data || event.timeStamp - burst.last > LONGEST_GAP) return
    silence(event)
    const gap = event.timeStamp - burst.last
    burst.last = event.timeStamp
    for (const typed of event.data) burst.strokes.push({ typed, byPlace: null, gap, overlaps: false })
    if (burst.isScanner) return wait(LONGEST_GAP)
    if (isScan(burst.strokes) && !belongsToField(burst)) return taken(burst, event)
    // A hand's after all, it goes in behind the keys that wait, once the browser is done with this one.
    burst.held.push(event)
    burst.isHand = !mayBecomeCode(burst.strokes)
    wait(burst.isHand ? 0 : QUICK)
  }

  /** Gives the page the keys that were held back, in their order. The burst goes on: a computer that was busy must not break a scan in two. */
  function release(one: Burst) {
    const held = one.held
    one.held = []
    isRepeating = true
    for (const event of held) {
      if (event instanceof KeyboardEvent) repeat(event)
      else if (textField(document.activeElement)) document.execCommand('insertText', false, event.data ?? '')
    }
    isRepeating = false
  }

  function end() {
    clearTimeout(timer)
    const one = burst
    burst = null
    if (!one) return
    if (one.isScanner) tell(one)
    else release(one)
  }

  function wait(milliseconds: number, isLate = false) {
    clearTimeout(timer)
    const due = performance.now() + milliseconds
    timer = window.setTimeout(() => {
      // The page was busy, and keys that came in time stand in line behind this timer: they first.
      if (!isLate && performance.now() - due > QUICK / 2) return wait(QUICK / 2, true)
      if (burst?.isScanner) end()
      else if (burst) release(burst)
    }, milliseconds)
  }

  const released = (event: KeyboardEvent) => void down.delete(event.code)
  const left = () => {
    down.clear()
    end()
  }
  const options = { capture: true }
  window.addEventListener('keydown', pressed, options)
  window.addEventListener('keyup', released, options)
  window.addEventListener('beforeinput', inserted, options)
  window.addEventListener('pointerdown', end, options)
  window.addEventListener('compositionstart', end, options)
  window.addEventListener('paste', end, options)
  window.addEventListener('blur', left)
  return () => {
    left()
    window.removeEventListener('keydown', pressed, options)
    window.removeEventListener('keyup', released, options)
    window.removeEventListener('beforeinput', inserted, options)
    window.removeEventListener('pointerdown', end, options)
    window.removeEventListener('compositionstart', end, options)
    window.removeEventListener('paste', end, options)
    window.removeEventListener('blur', left)
  }
}

/** `''` for a dead key, whose character is known by its place only; null for keys that write nothing. */
function characterOf(event: KeyboardEvent): string | null {
  const isAltGr = event.getModifierState('AltGraph')
  if ((event.ctrlKey || event.altKey) && !isAltGr) return null
  if (event.metaKey) return null
  if (event.key === 'Dead') return ''
  return event.key.length === 1 ? event.key : null
}

const isModifier = (key: string) => ['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'NumLock'].includes(key)
const isEnd = ({ code, key }: KeyboardEvent) => code === 'Enter' || code === 'NumpadEnter' || code === 'Tab' || key === 'Enter' || key === 'Tab'

/** A field that asks for just such a number says so by its `pattern`, as the field of the six digits from a letter does: there it is typed, however fast. */
function belongsToField({ before, strokes }: Burst): boolean {
  const pattern = before.element?.getAttribute('pattern')
  return Boolean(pattern) && new RegExp(`^(?:${pattern ?? ''})$`).test(scannedText(strokes))
}

function silence(event: Event) {
  event.preventDefault()
  event.stopPropagation()
}

function textField(element: Element | null): Field | null {
  if (element instanceof HTMLTextAreaElement) return element
  return element instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'reset', 'file', 'range', 'color'].includes(element.type) ? element : null
}

function stateOf(element: Element | null): Before {
  const field = textField(element)
  const value = field?.value ?? (element instanceof HTMLSelectElement ? element.value : null)
  return { element, value, start: field?.selectionStart ?? null, end: field?.selectionEnd ?? null }
}

/** The key once more, for whoever listens to keys and for the field. */
function repeat(event: KeyboardEvent) {
  const target = document.activeElement ?? document.body
  const { key, code, shiftKey } = event
  const again = new KeyboardEvent('keydown', { key, code, shiftKey, modifierCapsLock: event.getModifierState('CapsLock'), bubbles: true, cancelable: true, composed: true })
  if (target.dispatchEvent(again) && textField(target) && key.length === 1) document.execCommand('insertText', false, key)
}

/** The field as it was: value, selection and what Ctrl+Z does in it. */
function restore({ element, value, start, end }: Before) {
  if (element instanceof HTMLSelectElement && value !== null && element.value !== value) {
    element.value = value
    element.dispatchEvent(new Event('change', { bubbles: true }))
    return
  }
  const field = textField(element)
  if (!field || value === null || field.readOnly || field.disabled) return
  if (field.value !== value && document.activeElement === field) {
    document.execCommand('undo')
    // The browser takes back what was typed before the scan in one piece with its first character: that is put in again, as one piece.
    if (field.value !== value) {
      field.select()
      document.execCommand('insertText', false, value)
    }
  }
  if (field.value !== value) {
    field.value = value
    field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }))
  }
  if (start !== null && end !== null) field.setSelectionRange(start, end)
}
