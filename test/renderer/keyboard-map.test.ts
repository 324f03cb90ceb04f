import { keyboardMap, places, type Place } from '@renderer/keyboard-map'
import { expect, test } from 'vitest'

const around = (place: Place): Place[] => {
  const { within } = places[place]
  return within === null ? [place] : [place, ...around(within)]
}

const sources = Object.entries(import.meta.glob<string>('../../src/renderer/**/*.{vue,ts}', { query: '?raw', import: 'default', eager: true }))

/** «key, label» of every hotkey written out in a component, except the quiet words of dialogs. */
function written(): { key: string; label: string; file: string }[] {
  return sources
    .filter(([file]) => !/hotkeys\.ts|keyboard-map\.ts/.test(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(/key: '((?:(?:Ctrl|Alt|Shift)\+)*(?:F\d+|Key[A-Z]|Digit\d|Arrow\w+|Escape|Enter|Tab))', label: '([\w.]+)'/g)].map(([, key = '', label = '']) => ({ key, label, file })),
    )
}

test('no two actions share a key in one place', () => {
  for (const place of Object.keys(places) as Place[]) {
    const here = keyboardMap.filter((one) => around(place).includes(one.place)).map(({ key }) => key)
    expect(new Set(here).size, `${place}: ${here.filter((key, index) => here.indexOf(key) !== index).join(', ')}`).toBe(here.length)
  }
})

test('keys that the system keeps for itself are left to it', () => {
  // Closing and moving windows, the menu, the desktop, full screen, switching layouts and clipboards.
  const reserved = /^(?:Alt\+F\d+|Alt\+(?:Space|Tab|Escape)|Ctrl\+(?:Escape|Space|KeyC|KeyV|KeyX|KeyA|KeyY)|F10|F11|F12|Ctrl\+Alt\+.*|Ctrl\+Shift\+(?:Escape|Space)|Alt\+Shift.*|Meta\+.*)$/
  expect(keyboardMap.filter(({ key }) => reserved.test(key))).toEqual([])
  expect(written().filter(({ key }) => reserved.test(key))).toEqual([])
})

test('the table tells every key of the components', () => {
  expect(written().length).toBeGreaterThan(40)
  const common = /^common\./
  // Keys of a dialog live in a layer of their own: there nothing else works.
  const ofDialogs = ['desk.notes.merge', 'visits.close.slip', 'visits.close.saveSlip', 'visits.postpone.print', 'visits.postpone.save']
  const known = new Set(keyboardMap.map(({ key, label }) => `${key} ${label}`))
  const missing = written().filter(({ key, label }) => !common.test(label) && !ofDialogs.includes(label) && !known.has(`${key} ${label}`))
  expect(missing).toEqual([])
})

test('no component asks for a letter by what the layout makes of its key', () => {
  const asking = sources.filter(([, text]) => /event\.key === '[\p{L}]'|@key(?:down|up)[\w.]*\.[a-z]\b/u.test(text)).map(([file]) => file)
  expect(asking).toEqual([])
})
