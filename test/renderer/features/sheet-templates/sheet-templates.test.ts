import SheetsPanel from '@renderer/features/sheet-templates/SheetsPanel.vue'
import SheetTemplatesPage from '@renderer/features/sheet-templates/SheetTemplatesPage.vue'
import type { SheetDraft, SheetTemplate } from '@shared/contract/sheet-templates'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { admin, at, identified } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const words: SheetDraft = { kind: 'application', provider: null, requestKind: null, title: 'Заявление о субсидии', text: '# Заявление\nПрошу {?Что}', isActive: true }
const form: SheetTemplate = { ...words, id: 5, version: 2, changedAt: at('10:00'), changedBy: 'Снегирёв Л. А.' }
const offered = [
  { id: 5, kind: 'application', title: 'Заявление о субсидии', questions: ['Что'], needsAccount: false },
  { id: 6, kind: 'certificate', title: 'Справка о задолженности', questions: [], needsAccount: true },
]

test('a form whose words can’t be read is not saved, the line is named; a saved one has the focus in the list', async () => {
  const { bridge, press, click, text } = await mountPage(SheetTemplatesPage, {
    staff: admin,
    handlers: {
      'sheetTemplates.list': () => ({ templates: [{ ...form, id: 4, title: 'Акт', kind: 'act' }, form], ready: [] }),
      'sheetTemplates.preview': () => new Promise(() => undefined),
      'sheetTemplates.history': () => [form, { ...form, version: 1 }],
      'sheetTemplates.save': () => ({ ...form, version: 3 }),
      'providers.list': () => [],
    },
  })
  await click('Заявление о субсидии')
  expect(text()).toContain('Версия 1')
  expect(text(), 'the version in force').not.toContain('Версия 2')
  const area = document.querySelector('textarea')!
  const write = async (words: string) => {
    area.value = words
    area.dispatchEvent(new Event('input', { bubbles: true }))
    await flushPromises()
  }
  await write('# Заявление\nПрошу {чего-то}')
  expect(text()).toContain('Строка 2: вставки «чего-то» нет.')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('sheetTemplates.save')).toEqual([])

  await write('# Заявление\nПрошу {?Чего}')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('sheetTemplates.save')).toMatchObject([{ id: 5, version: 2, text: '# Заявление\nПрошу {?Чего}' }])
  expect(text()).toContain('сохранена версия 3')
  expect(document.activeElement?.textContent).toBe('Заявление о субсидии')
})

test('the keys are at the list each time the panel opens; Enter goes to the first answer', async () => {
  const isOpen = ref(true)
  const { press } = await mountPage(defineComponent(() => () => (isOpen.value ? h(SheetsPanel) : null)), {
    accountId: 11,
    handlers: { 'visits.open': () => identified, 'sheetTemplates.offer': () => offered },
  })
  expect(document.activeElement?.getAttribute('role')).toBe('listbox')
  isOpen.value = false
  await flushPromises()
  isOpen.value = true
  await flushPromises()
  expect(document.activeElement?.getAttribute('role')).toBe('listbox')
  await press('ArrowDown')
  expect(document.querySelector('[aria-selected="true"]')?.textContent).toContain('Справка')
  await press('ArrowUp')
  await press('Enter')
  expect(document.activeElement?.closest('form')?.getAttribute('aria-label')).toBe('Заявление о субсидии')
})
