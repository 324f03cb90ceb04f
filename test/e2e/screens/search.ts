import { expect, type Locator, type Page } from '@playwright/test'
import { asHands } from '../hands'
import { Card } from './card'

export class Search {
  constructor(private readonly page: Page) {}

  get box(): Locator {
    return this.page.getByRole('combobox', { name: 'Поиск абонента' })
  }
  get hits(): Locator {
    return this.page.getByRole('listbox', { name: 'Поиск' }).getByRole('option')
  }
  get chosen(): Locator {
    return this.page.getByRole('option', { selected: true })
  }
  get nothing(): Locator {
    return this.page.getByText(/^Ничего не найдено/)
  }

  /** F2 from wherever one is, and the text; on the search page that is enough to find. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.press('F2')
    await this.page.keyboard.press('Control+KeyA')
    await asHands(this.page, text)
  }

  /** The same and Enter. */
  async find(text: string): Promise<void> {
    await this.type(text)
    await this.page.keyboard.press('Enter')
  }

  async expectAnswered(): Promise<void> {
    await expect(this.nothing.or(this.page.locator('[role=listbox][aria-busy=false]'))).toBeVisible()
  }

  /** The answer to what stands in the box, not to what stood there before. */
  async expectFound(count: number): Promise<void> {
    await expect(this.page.getByRole('listbox', { name: 'Поиск' })).toHaveAttribute('aria-busy', 'false')
    await expect(this.hits).toHaveCount(count)
  }

  /** Opens the card of whom this number names; Enter is enough. */
  async open(number: string): Promise<Card> {
    await this.find(number)
    // Emptied when the card opens: the card of the visitor before may still stand there.
    await expect(this.box).toHaveValue('')
    const card = new Card(this.page)
    await card.expectOpened()
    return card
  }
}
