import { expect, type Page, test } from '@playwright/test'
import { openDesk } from './desk'
import { violations } from './look'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'admin' })

/** Pages that have no entry of their own in the menu. */
const within = { admin: ['#/consent-texts', '#/periods', '#/factor', '#/change-password'], supervisor: ['#/approvals', '#/readings-exceptions', '#/periods'], operator: ['#/peak'] } as const

/** Every page somebody has: the menu's and those behind them. */
async function pagesOf(page: Page, role: keyof typeof within): Promise<string[]> {
  const hrefs = await page.getByRole('navigation').first().getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
  expect(hrefs.length).toBeGreaterThan(3)
  return [...hrefs, ...within[role]]
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash)
  await expect(page).toHaveURL(new RegExp(`${hash}$`))
  await expect(page.locator('main').first()).toBeVisible()
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

/** What does not fit: the window scrolls sideways, or a text sticks out of it. */
const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth
    const out = [...document.querySelectorAll<HTMLElement>('main :is(h1, h2, button, label, p, th)')].filter((one) => one.closest('[tabindex="0"], .visually-hidden') === null && one.getBoundingClientRect().right > wide + 1)
    return [...(document.documentElement.scrollWidth > wide ? ['the window scrolls sideways'] : []), ...out.map((one) => one.textContent.trim().slice(0, 60))]
  })

async function chooseLanguage(page: Page, name: 'English' | 'Русский'): Promise<void> {
  await goTo(page, '#/settings')
  await page.getByText(name, { exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', name === 'English' ? 'en' : 'ru')
}

for (const role of ['admin', 'supervisor', 'operator'] as const) {
  test(`every page of ${role} can be used by everybody, in both themes, and fits the window in both languages`, async () => {
    test.setTimeout(600_000)
    const { page } = desk
    if (role !== 'admin') {
      await new PersonMenu(page).signOut()
      await new SignIn(page).as(role)
    }
    for (const hash of await pagesOf(page, role)) {
      await goTo(page, hash)
      expect.soft(await violations(page, false), `axe on ${hash}`).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
      expect.soft(await violations(page, true), `contrast on ${hash}, dark`).toEqual([])
      await page.emulateMedia({ colorScheme: 'light' })
      expect.soft(await sticksOut(page), hash).toEqual([])
    }
    await chooseLanguage(page, 'English')
    for (const hash of await pagesOf(page, role)) {
      await goTo(page, hash)
      expect.soft(await sticksOut(page), `${hash} in English`).toEqual([])
      expect.soft(await page.locator('h1').allInnerTexts(), `titles on ${hash} in English`).not.toContainEqual(expect.stringMatching(/[а-яё]/i))
    }
    await chooseLanguage(page, 'Русский')
  })
}
