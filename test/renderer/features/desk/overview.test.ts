import { announcement, silence } from '@renderer/announce'
import { copyableOf } from '@renderer/features/desk/copyable'
import { useVisitStore } from '@renderer/visit-store'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { card, energy, internet, openVisit } from '../../../support/fake-office'
import { click, press, text } from '../../../support/fake-page'
import { openOverview } from './open-overview'

/** As the browser does it: the command makes a copy event, and whoever answers it decides what is on the clipboard. */
let clipboard: string | null
beforeEach(() => {
  clipboard = null
  document.execCommand = () => {
    const event = new Event('copy', { bubbles: true, cancelable: true })
    Object.defineProperty(event, 'clipboardData', { value: { setData: (_type: string, value: string) => (clipboard = value) } })
    document.body.dispatchEvent(event)
    return event.defaultPrevented
  }
})
afterEach(silence)

const rows = () => [...document.querySelectorAll('[role=radio]')].map((one) => (one.textContent ?? '').replace(/\s+/g, ' '))
const neighbours = {
  sameFlat: [{ subscriberId: 5, name: 'Дашков Пётр Ильич', accountNumber: '0099', provider: 'Эником', status: 'active' }],
  house: [{ flat: '14', subscriberId: 6, name: 'Ким О.', accountNumber: '0100', provider: 'Эником' }],
}

test('all accounts at one look: provider, number, status, what is owed; an address once for those that share it', async () => {
  await openOverview()
  expect(rows()).toEqual(['ЭнСер№ 740015023действуетК оплате6 427,18 ₽', 'ИС-Телеком№ 200417приостановленаванс150,00 ₽', 'Смородина№ 00015877закрыт'])
  const addresses = [...document.querySelectorAll('[role=radiogroup] p')].map((one) => one.textContent)
  expect(addresses).toEqual([energy.address, 'г. Энск, пер. Заводской, д. 3, кв. 5А'])
})

test('a person without accounts is told as such, and no key of an account does anything', async () => {
  const { bridge } = await openOverview({ card: { ...card, accounts: [] } })
  expect(text()).toContain('У абонента нет лицевого счёта')
  await press('KeyH', { altKey: true })
  await press('KeyE', { altKey: true })
  expect(bridge.calls.filter(({ name }) => name.startsWith('desk.'))).toEqual([])
})

test('Alt+C and a digit copy the account number; what was copied is told, its text is not', async () => {
  await openOverview()
  await press('KeyC', { altKey: true })
  await press('Digit1')
  expect(clipboard).toBe('740015023')
  expect(announcement.value).toBe('Скопировано: лицевой счёт')
  expect(document.querySelector('dialog[open]')).toBeNull()
})

test('arrows and Enter copy as well, about the chosen account', async () => {
  await openOverview()
  await press('ArrowDown', { altKey: true })
  await press('KeyC', { altKey: true })
  await press('ArrowDown')
  ;(document.activeElement as HTMLElement).click()
  expect(clipboard).toBe(internet.contract)
  expect(announcement.value).toBe('Скопировано: договор')
})

test('nothing masked can be copied: no contact, no login, no document', () => {
  const texts = copyableOf(card, energy).map(({ what }) => what.replace('desk.copy.', ''))
  expect(texts).toEqual(['account', 'contract', 'address', 'name', 'els', 'serial', 'serial', 'serial'])
})

test('Enter on an alert leads to its place: the account is chosen and the sum to pay has the focus', async () => {
  await openOverview()
  await press('ArrowDown', { altKey: true })
  expect(useVisitStore().account?.id).toBe(internet.id)
  await click('Долг')
  expect(useVisitStore().account?.id).toBe(energy.id)
  expect(document.activeElement?.textContent?.replace(/\s/g, ' ').trim()).toBe('6 427,18')
  await click('Поверка истекла')
  expect(document.activeElement?.textContent).toContain('ВК-22847715')
})

test('an alert about the e-mail leads to its change, or first to the identification', async () => {
  const identified = await openOverview()
  await click('Почта не подтверждена')
  expect(identified.page.router.currentRoute.value.name).toBe('contacts')
  document.body.innerHTML = ''
  const unknown = await openOverview({ visit: openVisit })
  await click('Почта не подтверждена')
  expect(unknown.page.router.currentRoute.value.name).toBe('identification')
})

test('Alt+A goes to the first alert, arrows to the next ones', async () => {
  await openOverview()
  await press('KeyA', { altKey: true })
  expect(document.activeElement?.textContent).toContain('приостановлен')
  await press('ArrowDown', { key: 'ArrowDown' })
  expect(document.activeElement?.textContent).toContain('Поверка истекла')
})

test('a note of a colleague is in view however many alerts there are, with its author and last day', async () => {
  const meters = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ ...energy.meters[1]!, id: 300 + n, verifiedUntil: '2026-12-20' }))
  await openOverview({ card: { ...card, accounts: [{ ...energy, meters }] } })
  expect(text()).toMatch(/Просит звонить после шести вечераПетренко И\. И\., 21\.10\.2026, до 31\.12\.2026/)
  expect(text()).toContain('Ещё 5')
  await click('Ещё 5')
  expect(text()).not.toContain('Ещё 5')
})

test('Alt+H shows who else is billed at the address; Enter opens that person’s card', async () => {
  const { bridge, page } = await openOverview({ handlers: { 'desk.neighbours': () => neighbours } })
  await press('KeyH', { altKey: true })
  expect(bridge.inputsOf('desk.neighbours')).toEqual([{ visitId: 900, accountId: energy.id }])
  expect(document.activeElement?.textContent).toContain('Дашков Пётр Ильич')
  await press('ArrowDown')
  expect(document.activeElement?.textContent).toContain('кв. 14')
  ;(document.activeElement as HTMLElement).click()
  await vi.waitFor(() => expect(page.router.currentRoute.value.params['subscriberId']).toBe('6'))
  expect(document.querySelector('dialog[open]')).toBeNull()
})

test('neighbours that can not be read are told with a way to try again', async () => {
  const { bridge } = await openOverview({
    handlers: {
      'desk.neighbours': () => {
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  await press('KeyH', { altKey: true })
  expect(text()).toContain('Нет связи с базой данных.')
  bridge.handle('desk.neighbours', () => neighbours)
  await click('Повторить')
  expect(text()).toContain('Дашков Пётр Ильич')
})
