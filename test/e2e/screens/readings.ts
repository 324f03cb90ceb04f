import { expect, type Locator, type Page } from '@playwright/test'

/** The sheet of all meters of an account. */
export class Readings {
  constructor(private readonly page: Page) {}

  get sheet(): Locator {
    return this.page.getByRole('region', { name: /^Показания: / })
  }
  /** 'Газ, прибор G4-00318845', with zones 'Электроэнергия, прибор 0117, зона Т1'. */
  field(serial: string, zone?: number): Locator {
    return this.sheet.getByRole('textbox', { name: new RegExp(`прибор ${serial}${zone === undefined ? '$' : `, зона Т${zone}$`}`) })
  }
  get save(): Locator {
    return this.sheet.getByRole('button', { name: /^Записать/ })
  }
  get reasons(): Locator {
    return this.sheet.getByRole('radiogroup', { name: 'Причина: нажмите цифру' })
  }
  get saved(): Locator {
    return this.sheet.getByRole('region', { name: /^Записано: / })
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('F7')
    await expect(this.sheet).toBeVisible()
    await expect(this.sheet.getByRole('textbox', { name: /прибор/ }).first()).toBeFocused()
  }

  /** The likely reading that the sheet itself names, as it is typed: '1234,567'. */
  async expected(field: Locator): Promise<string> {
    return this.said(field, /Ожидаем около ([\d\s]+(?:,\d+)?)/)
  }
  async last(field: Locator): Promise<string> {
    return this.said(field, /Прошлое показание ([\d\s]+(?:,\d+)?)/)
  }

  private async said(field: Locator, words: RegExp): Promise<string> {
    const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ')
    const texts = await Promise.all(ids.map((id) => this.page.locator(`[id="${id}"]`).textContent()))
    return (words.exec(texts.join(' '))?.[1] ?? '').replace(/\s/g, '')
  }
}

// Playwright's keypad has NumLock off; Shift makes digits of its arrows, as it does on a keyboard.
const pad: Record<string, string> = { ',': 'Shift+NumpadDecimal', '.': 'Shift+NumpadDecimal', '*': 'NumpadMultiply', '\n': 'NumpadEnter' }

/** Only keys of the numeric pad; a comma is its decimal key. */
export async function onKeypad(page: Page, keys: string): Promise<void> {
  for (const key of keys) await page.keyboard.press(pad[key] ?? `Shift+Numpad${key}`)
}

/** With the pauses of a hand: figures without any are a scanner's. */
export async function onKeypadAsHands(page: Page, digits: string): Promise<void> {
  for (const key of digits) await page.keyboard.press(`Shift+Numpad${key}`, { delay: 75 })
}

/** Counts the keys the page gets from now on, without the Shift that only stands for NumLock here. */
export async function countPresses(page: Page): Promise<() => Promise<number>> {
  const counter = await page.evaluateHandle(() => {
    const counted = { presses: 0 }
    window.addEventListener('keydown', ({ key, repeat, isTrusted }) => {
      if (key !== 'Shift' && !repeat && isTrusted) counted.presses++
    }, { capture: true })
    return counted
  })
  return () => counter.evaluate(({ presses }) => presses)
}

/** The days of the window: search, sheet, next. */
export class Peak {
  constructor(private readonly page: Page) {}

  get box(): Locator {
    return this.page.getByLabel('Лицевой счёт, номер прибора или скан квитанции')
  }
  field(serial: string): Locator {
    return this.page.getByRole('textbox', { name: new RegExp(`прибор ${serial}$`) })
  }
}
