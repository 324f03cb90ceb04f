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
