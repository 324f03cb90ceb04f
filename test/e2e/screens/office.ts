import { expect, type Locator, type Page } from '@playwright/test'

type Section = 'Абоненты' | 'Отчёты' | 'Реестры' | 'Поставщики' | 'Сотрудники' | 'Офисы' | 'Конфигурация' | 'Парк окон' | 'Журнал' | 'Исходящие' | 'Настройки'

/** The sections beside the desk: what administrators and supervisors work in. */
export class OfficePages {
  constructor(private readonly page: Page) {}

  get menu(): Locator {
    return this.page.getByRole('navigation', { name: 'Разделы' })
  }

  async open(section: Section): Promise<void> {
    const link = this.menu.getByRole('link', { name: section, exact: true })
    await link.click()
    // The page has come up, so its keys are heard.
    await expect(link).toHaveClass(/\bhere\b/)
  }

  /** Sections that the signed-in person has. */
  async sections(): Promise<string[]> {
    // «Внимание» has its number behind it.
    return (await this.menu.getByRole('link').allInnerTexts()).map((text) => text.split('\n')[0] ?? '')
  }
}

export class Registers {
  constructor(private readonly page: Page) {}

  get preview(): Locator {
    return this.page.getByRole('group', { name: 'Первые строки файла, прокручиваются вбок' })
  }
  get confirm(): Locator {
    return this.page.getByRole('button', { name: /^Загрузить примерно/ })
  }
  get result(): Locator {
    return this.page.getByRole('region', { name: /^Реестр «.*» загружен$/ })
  }
  get history(): Locator {
    return this.page.getByRole('region', { name: 'Загружались раньше' })
  }
  row(text: string): Locator {
    return this.preview.getByRole('row', { name: text })
  }

  async choose(): Promise<void> {
    await this.page.keyboard.press('Control+KeyO')
    await expect(this.preview).toBeVisible()
  }

  /** 'Принята' -> 2, as the summary says. */
  async counts(): Promise<Record<string, string>> {
    const pairs = await this.result.locator('dl > div').evaluateAll((all) => all.map((one) => [one.querySelector('dt')?.textContent?.trim() ?? '', one.querySelector('dd')?.textContent?.trim() ?? '']))
    return Object.fromEntries(pairs)
  }
}
