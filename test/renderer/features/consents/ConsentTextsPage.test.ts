import ConsentTextsPage from '@renderer/features/consents/ConsentTextsPage.vue'
import type { ConsentText } from '@shared/contract/consents'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { admin } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const words = 'Я согласен(на) получать от {provider} справочные сообщения на номер {contact}.'
const text = (over: Partial<ConsentText> & { given?: number } = {}) => ({ purpose: 'service' as const, channel: 'sms' as const, version: '2026-1', text: words, validFrom: '2026-01-01' as const, oldConsents: 'keep' as const, isNow: true, given: 3, ...over })
const others = [text({ channel: 'email' }), text({ purpose: 'advertising' }), text({ purpose: 'advertising', channel: 'email' })]
const open = (texts = [text(), ...others], handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(ConsentTextsPage, { staff: admin, handlers: { 'consents.texts': () => ({ today: '2026-11-23', texts }), 'consents.addText': () => text({ version: '2026-2', validFrom: '2026-12-01' }), 'consents.dropText': () => ({}), ...handlers } })
const dialog = (page: Awaited<ReturnType<typeof open>>) => page.wrapper.find('dialog[open]')

test('each text stands with the day it is in force from and how many agreed to it', async () => {
  const page = await open([text({ version: '2026-2', validFrom: '2026-12-01', isNow: false, given: 0, oldConsents: 'askAgain' }), text(), text({ version: '2025-1', validFrom: '2025-01-01', isNow: false, given: 1 }), ...others])
  expect(page.text()).toContain('начнёт действовать 01.12.2026текст 2026-2; прежние согласия взять заново')
  expect(page.text()).toContain('действует с 01.01.2026текст 2026-1; действуют 3 согласия')
  expect(page.text()).toContain('1 прежний текст')
})

test('a new text begins with the one in force, is heard as a visitor hears it, and is set for a day', async () => {
  const page = await open()
  await page.click('Новый текст: Справочные СМС')
  const field = dialog(page).find('textarea')
  expect(field.element.value).toBe(words)
  expect(page.text()).toContain('Текст не отличается от действующего.')
  await field.setValue(`${words} И о поверке.`)
  expect(dialog(page).find('blockquote').text()).toBe('Я согласен(на) получать от АО «Поставщик» справочные сообщения на номер +7\u00a09••\u00a0•••‑••‑30. И о поверке.')
  await dialog(page).find('input').setValue('01.12.2026')
  await dialog(page).find('select').setValue('askAgain')
  expect(page.text()).toContain('возьмёт согласие заново')
  await dialog(page).find('form').trigger('submit')
  await flushPromises()
  expect(page.bridge.inputsOf('consents.addText')).toEqual([{ purpose: 'service', channel: 'sms', text: `${words} И о поверке.`, validFrom: '2026-12-01', oldConsents: 'askAgain' }])
  expect(page.text()).toContain('Справочные СМС: текст 2026-2 действует с 01.12.2026.')
  expect(dialog(page).exists()).toBe(false)
})

test('without the provider, or for a day that is past, nothing is sent', async () => {
  const page = await open()
  await page.click('Новый текст: Справочные СМС')
  await dialog(page).find('textarea').setValue('Я согласен(на) получать сообщения.')
  await dialog(page).find('form').trigger('submit')
  expect(page.text()).toContain('В тексте должно быть {provider}')
  await dialog(page).find('textarea').setValue(`${words} И о поверке.`)
  await dialog(page).find('input').setValue('22.11.2026')
  await dialog(page).find('form').trigger('submit')
  expect(page.text()).toContain('Этот день уже прошёл.')
  expect(page.bridge.inputsOf('consents.addText')).toEqual([])
})

test('a refusal leaves what was typed in the form', async () => {
  const page = await open([text(), ...others], { 'consents.addText': () => { throw new FakeFailure('conflict', 'consentTextDayTaken', { version: '2026-2' }) } })
  await page.click('Новый текст: Справочные СМС')
  await dialog(page).find('textarea').setValue(`${words} И о поверке.`)
  await dialog(page).find('form').trigger('submit')
  await flushPromises()
  expect(page.text()).toContain('С этого дня уже назначен текст 2026-2.')
  expect(dialog(page).find('textarea').element.value).toBe(`${words} И о поверке.`)
})

test('a text whose day has not come is taken back after a question', async () => {
  const page = await open([text({ version: '2026-2', validFrom: '2026-12-01', isNow: false, given: 0 }), text(), ...others])
  await page.click('Снять: Справочные СМС, текст 2026-2')
  expect(page.bridge.inputsOf('consents.dropText')).toEqual([])
  await dialog(page).find('form').trigger('submit')
  await flushPromises()
  expect(page.bridge.inputsOf('consents.dropText')).toEqual([{ purpose: 'service', channel: 'sms', version: '2026-2' }])
  expect(page.text()).toContain('текст 2026-2 снят.')
})
