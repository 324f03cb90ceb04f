import { expect, type Locator, type Page } from '@playwright/test'

export class Reports {
  constructor(private readonly page: Page) {}

  get heading(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  get table(): Locator {
    return this.page.getByRole('group', { name: /^Таблица отчёта/ })
  }
  get totals(): Locator {
    return this.table.getByRole('row', { name: /^Итого/ })
  }
  get saved(): Locator {
    return this.page.getByRole('region', { name: 'Сохранённые' })
  }

  /** Found by typing, opened by Enter. */
  async open(title: string): Promise<void> {
    await this.page.keyboard.press('Alt+KeyL')
    await expect(this.page.getByLabel('Найти отчёт')).toBeFocused()
    await this.page.keyboard.press('Control+KeyA')
    await this.page.keyboard.type(title)
    await this.page.keyboard.press('Enter')
    await expect(this.heading).toHaveText(title)
  }

  row(name: string): Locator {
    return this.table.getByRole('row').filter({ hasText: name })
  }
}
