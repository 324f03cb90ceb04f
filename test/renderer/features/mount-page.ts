import { i18n } from '@renderer/i18n'
import { startHotkeys } from '@renderer/hotkeys'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import type { StaffMember } from '@shared/contract/session'
import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach } from 'vitest'
import { h, type Component } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { fakeBridge } from '../../support/fake-bridge'
import { openVisit, operator } from '../../support/fake-office'

enableAutoUnmount(afterEach)

let stopHotkeys: (() => void) | undefined
afterEach(() => {
  stopHotkeys?.()
  document.body.innerHTML = ''
})

type Handlers = Parameters<typeof fakeBridge>[0]

/** A page as somebody of the office sees it, standing on the fake other side; keys go to the element that has the focus. */
export async function mountPage(page: Component, { handlers = {}, staff = operator, accountId }: { handlers?: Handlers; staff?: StaffMember; accountId?: number } = {}) {
  const bridge = fakeBridge({ 'session.status': () => ({ version: '0.1.0', database: { state: 'ready' }, staff, locked: false, training: null }), ...handlers })
  window.bridge = bridge
  const pinia = createPinia()
  setActivePinia(pinia)
  await useSessionStore().load()
  if (accountId !== undefined) await useVisitStore().open(openVisit.subscriberId)
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/:accountId(\\d+)?', component: page },
      // Pages lead to it.
      ...['settings', 'approvals', 'readings-exceptions', 'requests-queue', 'outbox', 'card', 'audit', 'sheet-templates', 'consent-texts'].map((name) => ({ path: `/${name}`, name, component: page })),
    ],
  })
  await router.push(`/${accountId ?? ''}`)
  stopHotkeys = startHotkeys()
  const wrapper = mount({ render: () => h(RouterView) }, { global: { plugins: [pinia, router, i18n] }, attachTo: document.body })
  await flushPromises()

  async function press(key: string, options: KeyboardEventInit = {}) {
    const target = (document.activeElement ?? document.body) as HTMLElement
    target.dispatchEvent(new KeyboardEvent('keydown', { key, code: codeOf(key), bubbles: true, cancelable: true, ...options }))
    await flushPromises()
  }

  /** Replaces what the focused field holds, as typing over a selected text does. */
  async function type(text: string) {
    const field = document.activeElement as HTMLInputElement
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
    await flushPromises()
  }

  const text = () => document.body.textContent?.replace(/\s+/g, ' ') ?? ''
  const button = (name: string | RegExp) =>
    [...document.querySelectorAll<HTMLButtonElement>('button')].find((one) => {
      const label = (one.getAttribute('aria-label') ?? one.textContent ?? '').replace(/\s+/g, ' ').trim()
      return typeof name === 'string' ? label.startsWith(name) : name.test(label)
    })
  async function click(name: string | RegExp) {
    const found = button(name)
    if (!found) throw new Error(`no button ${String(name)} among ${[...document.querySelectorAll('button')].map((one) => one.textContent).join(' | ')}`)
    if (found.type === 'submit') found.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    else found.click()
    await flushPromises()
  }

  return { bridge, wrapper, press, type, text, button, click }
}

function codeOf(key: string): string {
  if (/^\d$/.test(key)) return `Numpad${key}`
  if (/^[a-z]$/.test(key)) return `Key${key.toUpperCase()}`
  return key === '*' ? 'NumpadMultiply' : key
}
