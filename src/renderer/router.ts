import type { Role } from '@shared/roles'
import { createRouter, createWebHashHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import type { TextKey } from './i18n'
import { useSessionStore } from './session-store'

declare module 'vue-router' {
  interface RouteMeta {
    /** May be opened without signing in. */
    open?: boolean
    /** Who has this page; main and the database decide again. */
    roles?: readonly Role[]
    title?: TextKey
    /** A child of the card that takes its whole width instead of the working panel. */
    wide?: boolean
  }
}

/** A feature's page may come later than its line here. */
const pages = import.meta.glob('./features/*/*.vue')
const ids = (route: RouteLocationNormalized) => ({ subscriberId: Number(route.params['subscriberId']), accountId: Number(route.params['accountId']) })
const page = (path: string) => pages[`./features/${path}.vue`] ?? (() => import('./layout/MissingPage.vue'))

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: page('session/SignInPage'), meta: { open: true, title: 'session.signIn.title' } },
  { path: '/change-password', name: 'change-password', component: page('session/ChangePasswordPage'), meta: { title: 'session.changePassword.title' } },
  {
    path: '/',
    component: () => import('./layout/AppShell.vue'),
    children: [
      { path: '', name: 'home', redirect: () => homeOf() },
      { path: 'desk', name: 'search', component: page('desk/SearchPage'), meta: { roles: ['operator', 'supervisor'], title: 'shell.menu.search' } },
      {
        path: 'desk/:subscriberId(\\d+)',
        component: page('desk/SubscriberCard'),
        props: (route) => ({ subscriberId: Number(route.params['subscriberId']) }),
        meta: { roles: ['operator', 'supervisor'] },
        children: [
          { path: '', name: 'card', component: page('desk/TimelinePanel') },
          { path: 'identification', name: 'identification', component: page('visits/IdentificationPanel'), meta: { roles: ['operator'] } },
          { path: 'email', name: 'email', component: page('contacts/EmailChangePanel'), meta: { roles: ['operator'] } },
          { path: 'portal-access/:accountId(\\d+)', name: 'portal-access', component: page('portal-access/PortalAccessPanel'), props: ids, meta: { roles: ['operator'] } },
          { path: 'close', name: 'close-visit', component: page('visits/CloseVisitPanel'), meta: { roles: ['operator'] } },
          { path: 'readings/:accountId(\\d+)', name: 'readings', component: page('readings/ReadingsSheet'), props: ids, meta: { roles: ['operator'], wide: true } },
          { path: 'documents/:accountId(\\d+)', name: 'documents', component: page('payment-documents/PaymentDocumentsPanel'), props: ids, meta: { roles: ['operator'], wide: true } },
        ],
      },
      { path: 'registers', name: 'registers', component: page('registers/RegistersPage'), meta: { roles: ['admin'], title: 'shell.menu.registers' } },
      { path: 'staff', name: 'staff', component: page('staff/StaffPage'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.staff' } },
      { path: 'providers', name: 'providers', component: page('providers/ProvidersPage'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.providers' } },
      { path: 'audit', name: 'audit', component: page('audit/AuditPage'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.audit' } },
      { path: 'settings', name: 'settings', component: page('settings/SettingsPage'), meta: { title: 'shell.menu.settings' } },
    ],
  },
  { path: '/:anything(.*)*', redirect: { name: 'home' } },
]

export const router = createRouter({ history: createWebHashHistory(), routes })

/** Signing in first, then an own password, then what one's roles allow. */
router.beforeEach((to) => {
  const session = useSessionStore()
  if (to.meta.open) return session.isReady ? homeOf() : true
  if (!session.staff) return { name: 'sign-in' }
  if (session.staff.mustChangePassword) return to.name === 'change-password' ? true : { name: 'change-password' }
  if (to.name === 'change-password') return true
  const needed = to.matched.flatMap((record) => (record.meta.roles ? [record.meta.roles] : []))
  return needed.every((roles) => session.has(...roles)) ? true : homeOf()
})

function homeOf(): { name: string } {
  const session = useSessionStore()
  if (session.has('operator', 'supervisor')) return { name: 'search' }
  return { name: session.has('admin') ? 'registers' : 'settings' }
}
