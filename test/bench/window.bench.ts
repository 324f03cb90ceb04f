import type { Page } from '@playwright/test'
import type { Bridge } from '@shared/bridge'
import type { Result } from '@shared/errors'
import { launchOkno } from '../support/launch'
import { random } from '../../src/main/training/random'
import { compared, figuresOf, inTurns, limitTarget, type Finding } from './harness'
import { baselineName, bareLookup, figuresNamed, lookupsForgotten } from './search.bench'
import { ofRound, queriesOf } from './queries'
import type { Topic } from './topic'

const throughIpc = ['passport', 'account', 'exact name', 'one typo', 'address', 'surname and address', 'nothing: a number']
const typed = ['account', 'exact name', 'one typo', 'address']

/** The real program on the same office: calls timed inside the page, then a person's hands: from the last key to the painted list, from Enter to the painted card. */
export const window: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const forget = lookupsForgotten(owner)
  const { page, close } = await launchOkno({ data: office.path })
  try {
    await signIn(page, office.staff.operators[3]!)
    const rounds = Math.min(options.rounds, 100)
    const times = new Map(throughIpc.map((kind) => [kind, [] as number[]]))
    const questions = throughIpc.map((kind) => ({ kind, queries: queriesOf(kind, office.data, rounds) }))
    const figures = await inTurns(
      [
        bareLookup(owner, office),
        ...questions.map(({ kind, queries }) => ({
          name: kind,
          before: forget,
          run: async (round: number) => times.get(kind)?.push(await callInPage(page, 'desk.search', { text: ofRound(queries, round).text })),
        })),
      ],
      { rounds },
    )
    const baseline = figuresNamed(figures, baselineName)
    const findings: Finding[] = [{ what: baselineName, times: baseline }]
    for (const kind of throughIpc) {
      const [first, ...warm] = times.get(kind) ?? []
      findings.push({ what: `IPC: search by ${kind}`, times: figuresOf(warm.slice(9), first), baseline: compared(baselineName, baseline) })
    }
    findings.push(...(await byHand(page, office.data.options.seed, typed.map((kind) => ({ kind, texts: queriesOf(kind, office.data, Math.min(rounds, 40)).map(({ text }) => text) })), forget)))
    return findings
  } finally {
    await close()
  }
}

/** Types login and password as an operator does. */
export async function signIn(page: Page, { user, password }: { user: string; password: string }): Promise<void> {
  await page.getByLabel('Логин', { exact: true }).fill(user)
  await page.getByLabel('Пароль', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await box(page).waitFor()
}

export const box = (page: Page) => page.getByRole('combobox', { name: 'Поиск абонента' })

/** Milliseconds of a call as the page sees it; a refusal is thrown. */
function callInPage(page: Page, name: string, input: object): Promise<number> {
  return page.evaluate(async ([asked, given]) => {
    const { bridge } = globalThis as unknown as { bridge: Bridge }
    const startedAt = performance.now()
    const result = (await bridge.call(asked, given)) as Result<unknown>
    const time = performance.now() - startedAt
    if (!result.ok) throw new Error(`${asked}: ${result.failure.code} ${result.failure.reason ?? ''}`)
    return time
  }, [name, input] as const)
}

/** In the page: from the last input or Enter to the frame after `selector` has appeared. */
async function watchFor(page: Page, event: 'input' | 'keydown', selector: string): Promise<void> {
  await page.evaluate(([awaited, wanted]) => {
    const probe = globalThis as unknown as { painted: Promise<number> }
    let since = 0
    document.addEventListener(awaited, (heard) => (since = heard.timeStamp), { capture: true })
    probe.painted = new Promise((resolve) => {
      const look = () => {
        if (since === 0 || !document.querySelector(wanted)) return
        observer.disconnect()
        // A frame is on the screen when the next one begins.
        requestAnimationFrame(() => requestAnimationFrame((now) => resolve(now - since)))
      }
      const observer = new MutationObserver(look)
      observer.observe(document.body, { childList: true, subtree: true, attributes: true })
    })
  }, [event, selector] as const)
}

const painted = (page: Page) => page.evaluate(() => (globalThis as unknown as { painted: Promise<number> }).painted)
const listed = '[role=listbox][aria-busy=false] [role=option]'

async function byHand(page: Page, seed: number, questions: { kind: string; texts: string[] }[], forget: () => Promise<unknown>): Promise<Finding[]> {
  const lists = new Map(questions.map(({ kind }) => [kind, [] as number[]]))
  const cards: number[] = []
  const r = random('by hand', seed)
  const rounds = questions[0]?.texts.length ?? 0
  for (let round = 0; round < rounds; round++) {
    for (const { kind, texts } of questions) {
      await forget()
      const text = texts[round] ?? ''
      await page.keyboard.press('F2')
      await page.keyboard.press('Escape')
      await box(page).fill('')
      await page.keyboard.insertText(text.slice(0, -1))
      await watchFor(page, 'input', listed)
      await page.keyboard.insertText(text.slice(-1))
      lists.get(kind)?.push(await painted(page))
      if (kind !== 'account' && !r.chance(0.2)) continue
      await watchFor(page, 'keydown', 'main[aria-label="Карточка абонента"] h1')
      await page.keyboard.press('Enter')
      cards.push(await painted(page))
      await page.evaluate(async () => {
        const { bridge } = globalThis as unknown as { bridge: Bridge }
        const mine = (await bridge.call('visits.mine', {})) as Result<{ id: number }[]>
        for (const { id } of mine.ok ? mine.value : []) await bridge.call('visits.close', { operationId: crypto.randomUUID(), visitId: id })
      })
      // A name: Enter behind a number of somebody's own opens the card again.
      await page.keyboard.press('F2')
      await box(page).fill('соколова')
      await page.keyboard.press('Enter')
      await page.getByRole('main', { name: 'Карточка абонента' }).waitFor({ state: 'detached' })
    }
  }
  const findings = [...lists].map(([kind, times]): Finding => {
    const figures = figuresOf(times.slice(1), times[0])
    return { what: `last key to painted list: ${kind}`, times: figures, target: limitTarget(figures, { p50: 50 }) }
  })
  const figures = figuresOf(cards.slice(1), cards[0])
  return [...findings, { what: 'Enter to painted card', times: figures, target: limitTarget(figures, { p50: 80 }) }]
}
