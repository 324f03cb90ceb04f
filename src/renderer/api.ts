import type { Bridge } from '@shared/bridge'
import type { EventName, Events } from '@shared/events'
import { createClient } from './client'

declare global {
  interface Window {
    bridge: Bridge
  }
}

/** Every call there is: `await api.desk.search({ text })`. Throws `CallFailure`. */
export const api = createClient({ call: (name, input) => window.bridge.call(name, input) })

/** Listens to an event of main; the returned function ends that. */
export function onEvent<Name extends EventName>(name: Name, listener: (payload: Events[Name]) => void): () => void {
  return window.bridge.on(name, (payload) => listener(payload as Events[Name]))
}
