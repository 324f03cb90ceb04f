import { expect, type Locator, type Page } from '@playwright/test'

export class Identification {
  constructor(private readonly page: Page) {}

  get number(): Locator {
    return this.page.getByLabel('Серия и номер', { exact: true })
  }
  get agreed(): Locator {
    return this.page.getByText('Документ совпал. Личность установлена.')
  }
  get differs(): Locator {
    return this.page.getByRole('status').filter({ hasText: 'Номер не совпал с записью.' })
  }
  get documentType(): Locator {
    return this.page.getByLabel('Вид документа')
  }
  get representativeName(): Locator {
    return this.page.getByLabel('Фамилия, имя и отчество')
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('F4')
    await expect(this.page.getByRole('heading', { name: 'Кто пришёл' })).toBeVisible()
  }

  /** Ways by their keys: the subscriber, a representative, readings only. */
  async way(way: 'document' | 'representative' | 'readingsOnly'): Promise<void> {
    await this.page.keyboard.press({ document: 'Alt+Digit1', representative: 'Alt+Digit2', readingsOnly: 'Alt+Digit3' }[way])
  }
}
