import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const sizes = [
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
] as const

/**
 * What a screen looks like in both themes and at both usual sizes, kept in test-results/screens for people to look at, and whether
 * everybody can use it: axe finds nothing serious. Each theme is examined, since contrast is its own.
 */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
    for (const size of sizes) {
      await page.setViewportSize(size)
      await page.screenshot({ path: `test-results/screens/${name}-${size.width}-${colorScheme}.png`, animations: 'disabled' })
    }
    await page.setViewportSize(sizes[0])
    expect.soft(await violations(page, colorScheme === 'dark'), `axe on «${name}», ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Serious and critical ones, each as a line: what is wrong and where. */
export async function violations(page: Page, onlyColours: boolean): Promise<string[]> {
  // Electron opens no second page for axe, so it works in the frame.
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  const { violations: found } = await (onlyColours ? axe.withRules(['color-contrast']) : axe).analyze()
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} ${any[0]?.message ?? ''}`))
}
