import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { NConfigProvider } from 'naive-ui'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach } from 'vitest'
import { defineComponent, h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type RouteRecordRaw } from 'vue-router'
import { startHotkeys } from '@renderer/hotkeys'
import { setLocale } from '@renderer/i18n'
import { useSessionStore } from '@renderer/session-store'
import { fakeBridge, type FakeBridge } from './fake-bridge'

let endings: (() => void)[] = []
afterEach(() => {
  endings.forEach((end) => end())
  endings = []
  document.body.innerHTML = ''
})

/** A bridge at `window.bridge` and fresh stores; what main answers can be replaced call by call. */
export function startBridge(handlers: Parameters<typeof fakeBridge>[0] = {}): FakeBridge {
  const bridge = fakeBridge(handlers)
  window.bridge = bridge
  setActivePinia(createPinia())
  void setLocale('ru')
  endings.push(startHotkeys())
  return bridge
}

const Nowhere = defineComponent({ render: () => h('p') })
const names = ['home', 'sign-in', 'change-password', 'search', 'card', 'identification', 'contacts', 'portal-access', 'close-visit', 'readings', 'documents', 'requests', 'settings']
const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: Nowhere },
  { path: '/desk', name: 'search', component: Nowhere },
  { path: '/desk/:subscriberId', name: 'card', component: Nowhere },
  ...names.slice(5, 12).map((name) => ({ path: `/desk/:subscriberId/${name}/:accountId?`, name, component: Nowhere })),
  ...['sign-in', 'change-password', 'settings'].map((name) => ({ path: `/${name}`, name, component: Nowhere })),
]

/** Shows a component as the page does, after the session is known. */
export async function show(component: Component, props: Record<string, unknown> = {}, at = '/'): Promise<VueWrapper & { router: ReturnType<typeof createRouter> }> {
  await useSessionStore().load()
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(at)
  const Page = defineComponent({ render: () => h(NConfigProvider, { abstract: true }, () => h(component, props)) })
  const wrapper = mount(Page, { attachTo: document.body, global: { plugins: [router] } })
  endings.push(() => wrapper.unmount())
  await flushPromises()
  return Object.assign(wrapper, { router })
}

/** A key by its place on the keyboard, whatever the layout gives. */
export async function press(code: string, modifiers: Partial<KeyboardEventInit> = {}, target: EventTarget = document.activeElement ?? document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { code, key: code, bubbles: true, cancelable: true, ...modifiers }))
  await flushPromises()
}

/** The field with this label, as a screen reader finds it. */
export function field(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim().startsWith(label))
  const input = found && document.getElementById(found.htmlFor)
  if (!input) throw new Error(`no field «${label}» on: ${text()}`)
  return input as HTMLInputElement
}

export async function type(label: string, value: string): Promise<void> {
  const input = field(label)
  input.value = value
  input.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

export function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim().startsWith(name) || one.getAttribute('aria-label')?.startsWith(name))
  if (!found) throw new Error(`no button «${name}» on: ${text()}`)
  return found
}

export async function click(name: string): Promise<void> {
  button(name).click()
  await flushPromises()
}

/** Enter in the form that holds the field. */
export async function submit(label: string): Promise<void> {
  field(label).closest('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

/** Enter in the form that the button ends. */
export async function submitForm(name: string): Promise<void> {
  button(name).form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

/** All words on the screen, spaces made plain. */
export const text = () => (document.body.textContent ?? '').replace(/\s+/g, ' ')
