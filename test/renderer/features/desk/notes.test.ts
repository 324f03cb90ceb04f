import { lastDayOf, mergedText } from '@renderer/features/desk/note-store'
import { useSubjects } from '@renderer/subject'
import type { Note } from '@shared/contract/desk'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, card, today } from '../../../support/fake-office'
import { button, click, field, press, submitForm, text, type } from '../../../support/fake-page'
import { openOverview } from './open-overview'

const [pinned] = card.notes as [Note]
const label = 'Что важно знать коллегам'
const isOpen = () => document.querySelector('dialog[open]') !== null
const enter = (modifiers: Partial<KeyboardEventInit> = {}) => press('Enter', { key: 'Enter', ...modifiers })
const conflict = (current: { text: string; expiresOn: string | null; version: number } | null) => () => {
  throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: 'Петренко Илья Ильич', at: at('12:44'), kind: current ? 'desk.editNote' : 'desk.removeNote', current })
}

test.each([
  ['today', '2026-11-22'],
  ['week', '2026-11-29'],
  ['month', '2026-12-22'],
  ['always', null],
] as const)('a note for %s is shown until %s', (term, last) => {
  expect(lastDayOf(term, today)).toBe(last)
})

test('merging keeps both texts, and does not repeat what one already holds', () => {
  expect(mergedText('Звонить вечером', 'Ключ у соседки')).toBe('Звонить вечером\nКлюч у соседки')
  expect(mergedText('Звонить вечером', 'Звонить вечером, после шести')).toBe('Звонить вечером, после шести')
  expect(mergedText('Звонить вечером, после шести', 'Звонить вечером')).toBe('Звонить вечером, после шести')
})

test('Alt+N, the text, Enter: the note is pinned for a month and stands among what must not be missed', async () => {
  const { bridge } = await openOverview()
  const added: Note = { ...pinned, id: 42, text: 'Ключ у соседки', isOwn: true }
  bridge.handle('desk.addNote', () => ({ notes: [added, pinned] }))
  bridge.handle('desk.card', () => ({ ...card, notes: [added, pinned] }))
  await press('KeyN', { altKey: true })
  await type(label, '  Ключ у соседки ')
  await enter()
  expect(bridge.inputsOf('desk.addNote')).toMatchObject([{ visitId: 900, text: 'Ключ у соседки', expiresOn: '2026-12-22' }])
  expect(isOpen()).toBe(false)
  expect(text()).toContain('Ключ у соседки')
})

test('the term is chosen by Alt and a digit', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.addNote': () => ({ notes: [] }) } })
  await press('KeyN', { altKey: true })
  await type(label, 'Ключ у соседки')
  await press('Digit4', { altKey: true })
  await enter()
  expect(bridge.inputsOf('desk.addNote')).toMatchObject([{ expiresOn: null }])
})

test('Shift+Enter is a new line; an empty note is not sent', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.addNote': () => ({ notes: [] }) } })
  await press('KeyN', { altKey: true })
  await enter()
  await type(label, 'Первая строка')
  await enter({ shiftKey: true })
  expect(bridge.inputsOf('desk.addNote')).toEqual([])
  expect(isOpen()).toBe(true)
})

test('nothing typed is lost: not by a failure, not by closing; the tab knows of the draft', async () => {
  const { bridge } = await openOverview({
    handlers: {
      'desk.addNote': () => {
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  await press('KeyN', { altKey: true })
  await type(label, 'Ключ у соседки')
  await enter()
  expect(text()).toContain('Нет связи с базой данных.')
  expect(field(label).value).toBe('Ключ у соседки')
  expect(useSubjects().hasDraft(1)).toBe(true)
  await press('Escape')
  expect(isOpen()).toBe(false)
  await press('KeyN', { altKey: true })
  expect(field(label).value).toBe('Ключ у соседки')
  bridge.handle('desk.addNote', () => ({ notes: [] }))
  await enter()
  expect(bridge.inputsOf('desk.addNote')).toHaveLength(2)
  expect(new Set(bridge.inputsOf('desk.addNote').map(({ operationId }) => operationId)).size).toBe(1)
  expect(useSubjects().hasDraft(1)).toBe(false)
})

test('a text too long says by how much and is not sent', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.addNote': () => ({ notes: [] }) } })
  await press('KeyN', { altKey: true })
  await type(label, 'я'.repeat(303))
  await enter()
  expect(bridge.inputsOf('desk.addNote')).toEqual([])
  expect(document.getElementById(button('Записать').getAttribute('aria-describedby') ?? '')?.textContent).toBe('Лишних знаков: 3')
})

test('Enter on a pinned note opens it; its term stays what it was', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.editNote': () => ({ notes: [] }) } })
  await click('Просит звонить')
  expect(field(label).value).toBe(pinned.text)
  await type(label, `${pinned.text}, не утром`)
  await submitForm('Записать')
  expect(bridge.inputsOf('desk.editNote')).toMatchObject([{ noteId: 41, version: 1, expiresOn: '2026-12-31', text: 'Просит звонить после шести вечера, не утром' }])
})

test('a note is taken off by one key', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.removeNote': () => ({ notes: [] }) } })
  bridge.handle('desk.card', () => ({ ...card, notes: [] }))
  await click('Просит звонить')
  await press('Delete', { altKey: true })
  expect(bridge.inputsOf('desk.removeNote')).toMatchObject([{ visitId: 900, noteId: 41, version: 1 }])
  expect(isOpen()).toBe(false)
  expect(text()).not.toContain('Просит звонить')
})

test('who was second sees the colleague’s text beside the own one, and merges', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.editNote': conflict({ text: 'Сменился номер, звонить утром', expiresOn: null, version: 5 }) } })
  await click('Просит звонить')
  await type(label, 'Ключ у соседки')
  await enter()
  expect(text()).toMatch(/запись изменил другой сотрудник: Петренко И. И\., .*12:44\. ?Что сделано: Заметка изменена\./)
  expect(text()).toContain('Сменился номер, звонить утром')
  expect(field('Ваш текст').value).toBe('Ключ у соседки')
  await press('KeyM', { altKey: true })
  expect(field('Ваш текст').value).toBe('Сменился номер, звонить утром\nКлюч у соседки')
  bridge.handle('desk.editNote', () => ({ notes: [] }))
  await enter()
  expect(bridge.inputsOf('desk.editNote').at(-1)).toMatchObject({ version: 5, text: 'Сменился номер, звонить утром\nКлюч у соседки' })
})

test('or leaves the colleague’s text, and the own one is gone on purpose', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.editNote': conflict({ text: 'Звонить утром', expiresOn: null, version: 5 }) } })
  await click('Просит звонить')
  await type(label, 'Ключ у соседки')
  await enter()
  await click('Оставить текст коллеги')
  expect(isOpen()).toBe(false)
  expect(useSubjects().hasDraft(1)).toBe(false)
  expect(bridge.inputsOf('desk.editNote')).toHaveLength(1)
})

test('a note taken off meanwhile can be written anew', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.editNote': conflict(null), 'desk.addNote': () => ({ notes: [] }) } })
  await click('Просит звонить')
  await type(label, 'Ключ у соседки')
  await enter()
  expect(text()).toContain('Что сделано: Заметка снята.')
  await nextTick()
  await submitForm('Записать новой заметкой')
  expect(bridge.inputsOf('desk.addNote')).toMatchObject([{ text: 'Ключ у соседки' }])
})

test('without a visit notes are read and not written', async () => {
  const { bridge } = await openOverview({ visit: null })
  await press('KeyN', { altKey: true })
  expect(isOpen()).toBe(false)
  expect(text()).toContain('Просит звонить после шести вечера')
  expect(() => button('Просит звонить')).toThrow()
  expect(bridge.calls).not.toContainEqual(expect.objectContaining({ name: 'desk.addNote' }))
})
