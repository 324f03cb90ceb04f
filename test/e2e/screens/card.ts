import { expect, type Locator, type Page } from '@playwright/test'
import { asHands } from '../hands'

type Action = 'Личность' | 'Контакты' | 'Пароль ЛК' | 'Показания' | 'Квитанция' | 'Завершить'

/** The card of a subscriber with the visit that was begun by opening it. */
export class Card {
  constructor(private readonly page: Page) {}

  get root(): Locator {
    return this.page.getByRole('main', { name: 'Карточка абонента' })
  }
  get name(): Locator {
    return this.root.getByRole('heading', { level: 1 })
  }
  /** Whether and how the visitor was identified. */
  get identity(): Locator {
    return this.root.locator('header').first().getByRole('status')
  }
  get contacts(): Locator {
    return this.root.getByRole('region', { name: 'Контакты' })
  }

  async expectOpened(): Promise<void> {
    await expect(this.page.getByRole('navigation', { name: 'Действия' })).toBeVisible()
  }

  action(name: Action): Locator {
    return this.page.getByRole('navigation', { name: 'Действия' }).getByRole('button', { name, exact: true })
  }
  /** Why an action can't be used now. */
  async expectReason(name: Action, reason: string): Promise<void> {
    await expect(this.action(name)).toHaveAttribute('aria-disabled', 'true')
    await expect(this.action(name)).toHaveAccessibleDescription(reason)
  }
  async expectOpen(name: Action): Promise<void> {
    await expect(this.action(name)).not.toHaveAttribute('aria-disabled', 'true')
  }

  /** F4, the document's number, Enter. */
  async identify(number: string): Promise<void> {
    await this.page.keyboard.press('F4')
    await expect(this.page.getByLabel('Серия и номер', { exact: true })).toBeFocused()
    await asHands(this.page, number)
    await this.page.keyboard.press('Enter')
    await expect(this.page.getByText('Документ совпал. Личность установлена.')).toBeVisible()
  }
}
