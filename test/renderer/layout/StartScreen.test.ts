import StartScreen from '@renderer/layout/StartScreen.vue'
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'

const shown = (details?: Record<string, unknown>) =>
  mount(StartScreen, { props: { database: { state: 'unavailable', code: 'databaseUnavailable', reason: 'dataFolderDamaged', ...(details && { details }) } } }).text()

test.each([
  ['folder', 'Папка: /var/lib/okno/postgres'],
  ['file', 'Файл: /var/lib/okno/postgres'],
])('a failure about a %s names it', (kind, words) => {
  expect(shown({ [kind]: '/var/lib/okno/postgres' })).toContain(words)
})

test('a failure without a place names none', () => {
  expect(shown()).not.toMatch(/Папка:|Файл:/)
})
