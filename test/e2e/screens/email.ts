import { expect, type Locator, type Page } from '@playwright/test'
import { asHands } from '../hands'

/** The contacts' panel (F5): one field for an e-mail or a phone. */
export class EmailChange {
  constructor(private readonly page: Page) {}

  get address(): Locator {
    return this.page.getByLabel('Новая почта или телефон', { exact: true })
  }
  get code(): Locator {
    return this.page.getByLabel(/^Код из (?:письма|СМС), 6 цифр$/)
  }
  get question(): Locator {
    return this.page.getByRole('alertdialog', { name: /^Отправить (?:код|ссылку) на нов|без подтверждения\?$/ })
  }
  get done(): Locator {
    return this.page.getByRole('heading', { name: /^(?:Почта подтверждена|Телефон подтверждён)$/ })
  }
  /** What has become of the letter. */
  delivery(words: string): Locator {
    return this.page.getByRole('status').filter({ hasText: words })
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('F5')
    await expect(this.address).toBeFocused()
  }

  /** Types the address, Enter, and Enter again to the question. */
  async send(address: string): Promise<void> {
    // Digits typed at once would be a scan.
    await asHands(this.page, address)
    await this.page.keyboard.press('Enter')
    await expect(this.question).toBeVisible()
    await this.page.keyboard.press('Enter')
    await expect(this.code).toBeFocused()
  }

  async enter(code: string): Promise<void> {
    await asHands(this.page, code)
    await this.page.keyboard.press('Enter')
  }
}

/** Where letters of a training office end. */
export class TrainingMail {
  constructor(private readonly page: Page) {}

  get letters(): Locator {
    return this.page.getByRole('complementary', { name: 'Учебная почта и СМС' }).getByRole('article')
  }

  async toggle(): Promise<void> {
    await this.page.keyboard.press('Alt+KeyM')
  }

  /** The code of the newest SMS to this number, as it is shown. */
  async codeInSms(to: string): Promise<string> {
    const sms = this.letters.filter({ hasText: `СМС на ${to}` }).first()
    await expect(sms).toContainText('назовите оператору')
    return /Код (\d{6})/.exec(await sms.innerText())?.[1] ?? ''
  }

  /** The code of the newest letter to this address. */
  async code(to: string): Promise<string> {
    const letter = this.letters.filter({ hasText: `Кому: ${to}` }).first()
    await expect(letter).toContainText('Код подтверждения адреса электронной почты')
    return /: (\d{6})/.exec(await letter.innerText())?.[1] ?? ''
  }
}

/** Six digits that are not the code. */
export function wrong(code: string): string {
  return code === '111111' ? '222222' : '111111'
}
