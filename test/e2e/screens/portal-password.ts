import { expect, type Locator, type Page } from '@playwright/test'

export class PortalPassword {
  constructor(private readonly page: Page) {}

  get impact(): Locator {
    return this.page.getByRole('region', { name: 'Что изменится' })
  }
  get print(): Locator {
    return this.page.getByRole('button', { name: 'Выпустить пароль и напечатать' })
  }
  get save(): Locator {
    return this.page.getByRole('button', { name: 'Выпустить пароль и сохранить' })
  }
  get question(): Locator {
    return this.page.getByRole('alertdialog', { name: 'Выпустить новый пароль?' })
  }
  get send(): Locator {
    return this.page.getByRole('button', { name: 'Выпустить пароль и отправить письмо' })
  }
  get askApproval(): Locator {
    return this.page.getByRole('button', { name: 'Запросить одобрение' })
  }
  get approval(): Locator {
    return this.page.getByRole('dialog', { name: 'Одобрение старшего смены' })
  }
  get sheetCheck(): Locator {
    return this.page.getByRole('dialog', { name: 'Какой памятки этот пароль' })
  }
  /** «Пароль отправляется, № …», shown once the password in the letter is in force. */
  get sent(): Locator {
    return this.page.getByRole('heading', { name: /^Пароль отправляется/ })
  }
  /** «Памятка № …», shown once the password is in force. */
  get done(): Locator {
    return this.page.getByRole('heading', { name: /^Памятка № / })
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('F6')
    await expect(this.impact).toBeVisible()
  }

  async number(): Promise<string> {
    return (await this.done.innerText()).replace('Памятка № ', '')
  }
}
