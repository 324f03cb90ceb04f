import { keyLabel, startHotkeys, useHotkeyLayer, useHotkeys, activeHotkeys } from '@renderer/hotkeys'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'

let scope: EffectScope
let stop: () => void
beforeEach(() => {
  scope = effectScope()
  stop = startHotkeys()
})
afterEach(() => {
  scope.stop()
  stop()
})

const press = (code: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true, ...more })
  document.body.dispatchEvent(event)
  return event
}

test('a key works by its place, also under the Russian layout', () => {
  const run = vi.fn()
  scope.run(() => useHotkeys([{ key: 'Alt+KeyC', label: 'desk.search.showClosed', run }]))
  expect(press('KeyC', { key: 'с', altKey: true }).defaultPrevented).toBe(true)
  expect(run).toHaveBeenCalledOnce()
  press('KeyC', { key: 'с' })
  expect(run).toHaveBeenCalledOnce()
})

test('a key held down does its thing once', () => {
  const run = vi.fn()
  scope.run(() => useHotkeys([{ key: 'F9', label: 'desk.card.close', run }]))
  press('F9')
  press('F9', { repeat: true })
  expect(run).toHaveBeenCalledOnce()
})

test('under a dialog the keys of the page sleep, and wake when it closes', async () => {
  const page = vi.fn()
  const dialog = vi.fn()
  const open = ref(true)
  scope.run(() => {
    useHotkeys([{ key: 'F9', label: 'desk.card.close', run: page }])
    useHotkeyLayer(open, [{ key: 'Escape', label: 'common.cancel', run: dialog }])
  })
  press('F9')
  press('Escape')
  expect(page).not.toHaveBeenCalled()
  expect(dialog).toHaveBeenCalledOnce()
  open.value = false
  await nextTick()
  press('F9')
  expect(page).toHaveBeenCalledOnce()
})

test('what is mounted behind a dialog works once the dialog is gone', async () => {
  const open = ref(true)
  const run = vi.fn()
  scope.run(() => {
    useHotkeyLayer(open)
    useHotkeys([{ key: 'F4', label: 'desk.card.identify', run }])
  })
  open.value = false
  await nextTick()
  press('F4')
  expect(run).toHaveBeenCalledOnce()
})

test('the sheet of keys lists what works now, under the names printed on keyboards', () => {
  scope.run(() => useHotkeys([{ key: 'Alt+KeyC', label: 'desk.search.showClosed', run: () => {} }, { key: 'Escape', label: 'common.cancel', run: () => {}, quiet: true }]))
  expect(activeHotkeys().map(({ key }) => keyLabel(key))).toEqual(['Alt+C'])
})

test('the Enter of the keypad is Enter; AltGr, the Windows key and a letter in the making are nobody’s', () => {
  const run = vi.fn()
  scope.run(() => useHotkeys([{ key: 'Enter', label: 'common.next', run }, { key: 'Alt+KeyC', label: 'desk.search.showClosed', run }, { key: 'Ctrl+KeyK', label: 'keys.palette.open', run }]))
  press('NumpadEnter')
  expect(run).toHaveBeenCalledOnce()
  press('KeyC', { altKey: true, ctrlKey: true })
  press('KeyK', { metaKey: true })
  press('KeyK', { ctrlKey: true, isComposing: true })
  expect(run).toHaveBeenCalledOnce()
})

test('what has been taken for a scan is no hotkey, and an element may keep a key for itself', () => {
  const run = vi.fn()
  scope.run(() => useHotkeys([{ key: 'Escape', label: 'common.cancel', run }]))
  const taken = new KeyboardEvent('keydown', { code: 'Escape', bubbles: true, cancelable: true })
  taken.preventDefault()
  document.body.dispatchEvent(taken)
  const field = document.body.appendChild(document.createElement('input'))
  field.dataset['ownKeys'] = 'Escape'
  field.dispatchEvent(new KeyboardEvent('keydown', { code: 'Escape', bubbles: true, cancelable: true }))
  field.remove()
  expect(run).not.toHaveBeenCalled()
})

test('a key that can’t work now is not on the sheet, one with a reason is', () => {
  scope.run(() => useHotkeys([{ key: 'F5', label: 'desk.card.contacts', run: () => {}, reason: 'why' }, { key: 'F6', label: 'desk.card.portalAccess', run: () => {}, enabled: false }]))
  expect(activeHotkeys().map(({ key }) => key)).toEqual(['F5'])
})
