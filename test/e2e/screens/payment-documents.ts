import { expect, type Locator, type Page } from '@playwright/test'

export class PaymentDocuments {
  constructor(private readonly page: Page) {}

  get periods(): Locator {
    return this.page.getByRole('listbox', { name: 'Периоды' })
  }
  get chosen(): Locator {
    return this.periods.getByRole('option', { selected: true })
  }
  get pages(): Locator {
    return this.page.getByRole('region', { name: /^Просмотр документа/ }).getByRole('img', { name: /^Страница / })
  }
  get job(): Locator {
    return this.page.getByRole('status').filter({ hasText: /принтер|Напечатано|Печата/ })
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('F8')
    await expect(this.periods).toBeFocused()
  }

  /** Whether a page has been drawn: more than one colour on it. */
  async isDrawn(index: number): Promise<boolean> {
    return this.pages.nth(index).evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement
      const data = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? []
      let dark = 0
      for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 255) < 128 && (data[at + 3] ?? 0) > 128) dark++
      return dark > 1000
    })
  }
}
