import MailSection from '@renderer/features/settings/MailSection.vue'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { mountPage } from '../mount-page'

const stored = { host: 'smtp.office.example', port: 465, security: 'tls', username: 'office', fromAddress: 'office@office.example', fromName: 'Центр обслуживания' }
const open = (transport: object | null) => mountPage(MailSection, { handlers: { 'settings.mail': () => ({ transport }), 'settings.saveMail': () => ({}) } })

const field = (wrapper: Awaited<ReturnType<typeof open>>['wrapper'], label: string) => {
  const found = wrapper.findAll('label').find((one) => one.text() === label)
  return wrapper.find(`[id="${found?.attributes('for')}"]`)
}

test('the stored mail server is shown without its password, and an empty password keeps it', async () => {
  const { bridge, wrapper } = await open(stored)
  expect((field(wrapper, 'Сервер SMTP').element as HTMLInputElement).value).toBe('smtp.office.example')
  expect((field(wrapper, 'Пароль').element as HTMLInputElement).value).toBe('')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveMail')).toEqual([stored])
})

test('a form with mistakes names them and is not sent', async () => {
  const { bridge, wrapper, text } = await open(null)
  await field(wrapper, 'Порт').setValue('70000')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveMail')).toEqual([])
  expect(text()).toContain('Укажите сервер.')
  expect(text()).toContain('Порт — число от 1 до 65535.')
})

test('a new password goes in once and the field is empty again', async () => {
  const { bridge, wrapper, text } = await open(stored)
  await field(wrapper, 'Пароль').setValue('new secret')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('settings.saveMail')).toEqual([{ ...stored, password: 'new secret' }])
  expect((field(wrapper, 'Пароль').element as HTMLInputElement).value).toBe('')
  expect(text()).toContain('Настройки почты сохранены')
})
