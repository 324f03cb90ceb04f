import './without-eval'
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import App from './App.vue'
import { CallFailure } from './client'
import { reportDefect } from './defects'
import { startHotkeys } from './hotkeys'
import { i18n } from './i18n'
import { startLook } from './look'
import { reportDesk } from './desk-report'
import { followChanges } from './live'
import { router } from './router'
import { startScanner } from './scanner'
import { useSessionStore } from './session-store'
import { useUpdatesStore } from './updates-store'

const app = createApp(App)
app.config.errorHandler = reportDefect
window.addEventListener('unhandledrejection', (event) => reportDefect(event.reason))

app.use(createPinia())
app.use(i18n)

const session = useSessionStore()
session.follow()
followChanges()
reportDesk()
useUpdatesStore().follow()
// Before the hotkeys: what a scanner sends is no hotkey.
startScanner()
startHotkeys()
// A desk whose looks can't be read still opens, with the usual ones.
void startLook().catch((cause: unknown) => {
  if (!(cause instanceof CallFailure)) reportDefect(cause)
})
void session
  .load()
  .catch(reportDefect)
  .then(() => {
    app.use(router)
    app.mount('#app')
    // Signing in, an own password, the end of a session: the router decides where that leads.
    watch(
      () => [session.staff?.login, session.staff?.mustChangePassword],
      () => void router.push(session.staff ? { name: session.staff.mustChangePassword ? 'change-password' : 'home' } : { name: 'sign-in' }),
    )
  })
