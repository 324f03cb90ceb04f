import { expect, type Locator, type Page } from '@playwright/test'

const order = { operator: 1, supervisor: 2, admin: 3 } as const
const words = { operator: 'оператор', supervisor: 'старший смены', admin: 'администратор' } as const
export type TrainingRole = keyof typeof order

export class SignIn {
  constructor(private readonly page: Page) {}

  get login(): Locator {
    return this.page.getByLabel('Логин', { exact: true })
  }
  get password(): Locator {
    return this.page.getByLabel('Пароль', { exact: true })
  }
  get submit(): Locator {
    return this.page.getByRole('button', { name: 'Войти', exact: true })
  }
  get failure(): Locator {
    return this.page.getByRole('alert')
  }

  /** The button of a person of the training office. */
  person(role: TrainingRole): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^Войти как .*, ${words[role]} ?, логин`) })
  }

  /** Login and password as they stand on the screen. */
  async read(role: TrainingRole): Promise<{ login: string; password: string; name: string }> {
    const label = /- button "(.*?)"/.exec(await this.person(role).ariaSnapshot())?.[1] ?? ''
    const [, name = '', login = '', password = ''] = /^Войти как (.+?) ?, .+?, логин (\S+?) ?, пароль (\S+)$/.exec(label) ?? []
    if (!password) throw new Error(`no password on the screen: ${label}`)
    return { login, password, name }
  }

  /** The database is up; why it is not is the failure, not that a button is missing. */
  async expectReady(): Promise<void> {
    const unavailable = this.page.getByRole('heading', { name: 'База данных недоступна' })
    await expect(this.login.or(unavailable)).toBeVisible({ timeout: 45_000 })
    if (await unavailable.isVisible()) throw new Error(await this.page.getByRole('main').innerText())
  }

  /** By the key that the screen offers for this person. */
  async as(role: TrainingRole): Promise<void> {
    await this.expectReady()
    await this.page.keyboard.press(`Alt+Digit${order[role]}`)
    await expect(this.page.getByRole('navigation', { name: 'Разделы' })).toBeVisible()
  }

  async with(login: string, password: string): Promise<void> {
    await this.login.fill(login)
    await this.password.fill(password)
    await this.password.press('Enter')
  }
}

export class PersonMenu {
  constructor(private readonly page: Page) {}

  async choose(entry: 'Выйти' | 'Сменить пароль' | 'Вход с кодом'): Promise<void> {
    await this.page.getByRole('button', { name: /^Сотрудник: / }).click()
    await this.page.getByText(entry, { exact: true }).click()
  }

  async signOut(): Promise<void> {
    await this.choose('Выйти')
    const question = this.page.getByRole('alertdialog', { name: 'Выйти?' })
    const signIn = this.page.getByRole('heading', { name: 'Вход' })
    await expect(question.or(signIn)).toBeVisible()
    // Asked only while visits are open.
    if (await question.isVisible()) await this.page.keyboard.press('Enter')
    await expect(signIn).toBeVisible()
  }
}
