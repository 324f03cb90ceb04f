import type { Role } from '@shared/roles'
import { createRouter, createWebHashHistory, type RouteLocationNormalized, type Router, type RouteRecordRaw, type RouterHistory } from 'vue-router'
import { api } from './api'
import { CallFailure } from './client'
import { t, type TextKey } from './i18n'
import { useSessionStore } from './session-store'
import { useTabsStore } from './tabs-store'

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

const ids = (route: RouteLocationNormalized) => ({ subscriberId: Number(route.params['subscriberId']), accountId: Number(route.params['accountId']) })

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./features/session/SignInPage.vue'), meta: { open: true, title: 'session.signIn.title' } },
  { path: '/change-password', name: 'change-password', component: () => import('./features/session/ChangePasswordPage.vue'), meta: { title: 'session.changePassword.title' } },
  { path: '/factor', name: 'factor', component: () => import('./features/session/FactorPage.vue'), meta: { title: 'session.factor.title' } },
  {
    path: '/',
    component: () => import('./layout/AppShell.vue'),
    children: [
      { path: '', name: 'home', beforeEnter: firstPage, component: { render: () => null } },
      { path: 'desk', name: 'search', component: () => import('./features/desk/SearchPage.vue'), meta: { roles: ['operator', 'supervisor'], title: 'shell.menu.search' } },
      {
        path: 'desk/:subscriberId(\\d+)',
        component: () => import('./features/desk/OpenCards.vue'),
        props: (route) => ({ subscriberId: Number(route.params['subscriberId']) }),
        meta: { roles: ['operator', 'supervisor'] },
        children: [
          { path: '', name: 'card', component: () => import('./features/desk/TimelinePanel.vue') },
          { path: 'identification', name: 'identification', component: () => import('./features/visits/IdentificationPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'contacts', name: 'contacts', component: () => import('./features/contacts/ContactsPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'portal-access/:accountId(\\d+)', name: 'portal-access', component: () => import('./features/portal-access/PortalAccessPanel.vue'), props: ids, meta: { roles: ['operator'] } },
          { path: 'portal-users/:accountId(\\d+)', name: 'portal-users', component: () => import('./features/portal-users/PortalUsersPanel.vue'), props: ids, meta: { roles: ['operator'] } },
          { path: 'consents', name: 'consents', component: () => import('./features/consents/ConsentsPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'requests', name: 'requests', component: () => import('./features/requests/RequestsPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'sheets', name: 'sheets', component: () => import('./features/sheet-templates/SheetsPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'postpone', name: 'postpone', component: () => import('./features/visits/PostponePanel.vue'), meta: { roles: ['operator'] } },
          { path: 'hand-over', name: 'hand-over', component: () => import('./features/visits/HandOverPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'close', name: 'close-visit', component: () => import('./features/visits/CloseVisitPanel.vue'), meta: { roles: ['operator'] } },
          { path: 'readings/:accountId(\\d+)', name: 'readings', component: () => import('./features/readings/ReadingsSheet.vue'), props: ids, meta: { roles: ['operator'], wide: true } },
          { path: 'documents/:accountId(\\d+)', name: 'documents', component: () => import('./features/payment-documents/PaymentDocumentsPanel.vue'), props: ids, meta: { roles: ['operator'], wide: true } },
        ],
      },
      { path: 'requests', name: 'requests-queue', component: () => import('./features/requests/RequestsPage.vue'), meta: { roles: ['operator', 'supervisor'], title: 'shell.menu.requests' } },
      { path: 'portal-requests', name: 'portal-requests', component: () => import('./features/portal-users/PortalRequestsPage.vue'), meta: { roles: ['operator', 'supervisor'], title: 'portalUsers.page.title' } },
      { path: 'peak', name: 'peak', component: () => import('./features/readings/PeakPage.vue'), meta: { roles: ['operator'], title: 'readings.peak.title' } },
      { path: 'live', name: 'live-desk', component: () => import('./features/live-desk/LiveDeskPage.vue'), meta: { roles: ['supervisor'], title: 'liveDesk.title' } },
      { path: 'attention', name: 'attention', component: () => import('./features/flags/AttentionPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'flags.title' } },
      { path: 'approvals', name: 'approvals', component: () => import('./features/approvals/ApprovalsPage.vue'), meta: { roles: ['supervisor'], title: 'shell.menu.approvals' } },
      { path: 'readings-exceptions', name: 'readings-exceptions', component: () => import('./features/readings/ExceptionsPage.vue'), meta: { roles: ['supervisor'], title: 'readings.exceptions.title' } },
      { path: 'document-batches', name: 'document-batches', component: () => import('./features/document-batches/DocumentBatchesPage.vue'), meta: { roles: ['supervisor'], title: 'documentBatches.title' } },
      { path: 'memos', name: 'memos', component: () => import('./features/memo-batches/MemoBatchesPage.vue'), meta: { roles: ['supervisor'], title: 'memoBatches.title' } },
      { path: 'reports', name: 'reports', component: () => import('./features/reports/ReportsPage.vue'), meta: { roles: ['supervisor'], title: 'reports.title' } },
      { path: 'registers', name: 'registers', component: () => import('./features/registers/RegistersPage.vue'), meta: { roles: ['admin'], title: 'shell.menu.registers' } },
      { path: 'offices', name: 'offices', component: () => import('./features/offices/OfficesPage.vue'), meta: { roles: ['admin'], title: 'offices.title' } },
      { path: 'staff', name: 'staff', component: () => import('./features/staff/StaffPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.staff' } },
      { path: 'providers', name: 'providers', component: () => import('./features/providers/ProvidersPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.providers' } },
      { path: 'periods', name: 'periods', component: () => import('./features/payment-documents/PeriodsPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'paymentDocuments.closing.title' } },
      { path: 'configuration', name: 'configuration', component: () => import('./features/configuration/ConfigurationPage.vue'), meta: { roles: ['admin'], title: 'configuration.title' } },
      { path: 'sheet-templates', name: 'sheet-templates', component: () => import('./features/sheet-templates/SheetTemplatesPage.vue'), meta: { roles: ['admin'], title: 'shell.menu.sheetTemplates' } },
      { path: 'consent-texts', name: 'consent-texts', component: () => import('./features/consents/ConsentTextsPage.vue'), meta: { roles: ['admin'], title: 'consents.texts.title' } },
      { path: 'audit', name: 'audit', component: () => import('./features/audit/AuditPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'shell.menu.audit' } },
      { path: 'fleet', name: 'fleet', component: () => import('./features/fleet/FleetPage.vue'), meta: { roles: ['supervisor', 'admin'], title: 'fleet.title' } },
      { path: 'outbox', name: 'outbox', component: () => import('./features/outbox/OutboxPage.vue'), meta: { roles: ['admin'], title: 'shell.menu.outbox' } },
      { path: 'backups', name: 'backups', component: () => import('./features/backups/BackupsPage.vue'), meta: { roles: ['admin'], title: 'backups.title' } },
      { path: 'settings', name: 'settings', component: () => import('./features/settings/SettingsPage.vue'), meta: { title: 'shell.menu.settings' } },
    ],
  },
  { path: '/:anything(.*)*', redirect: { name: 'home' } },
]

export const router = makeRouter(createWebHashHistory())

export function makeRouter(history: RouterHistory): Router {
  const made = createRouter({ history, routes })
  guard(made)
  return made
}

/** Signing in first, then an own password, then what one's roles allow. */
function guard(router: Router): void {
  router.beforeEach((to, from) => {
    const session = useSessionStore()
    if (to.meta.open) return session.isReady ? homeOf() : true
    if (!session.staff) return { name: 'sign-in' }
    if (session.staff.mustChangePassword) return to.name === 'change-password' ? true : { name: 'change-password' }
    if (session.staff.factor === 'due') return to.name === 'factor' ? true : { name: 'factor' }
    if (to.name === 'change-password' || to.name === 'factor') return true
    const subscriberId = Number(to.params['subscriberId'])
    const tabs = useTabsStore()
    if (subscriberId && !tabs.has(subscriberId) && tabs.isFull) {
      tabs.refused = true
      return false
    }
    // Coming back to an open card leads to where one was in it.
    const path = to.name === 'card' && from.params['subscriberId'] !== to.params['subscriberId'] ? tabs.pathOf(subscriberId) : null
    if (path && path !== to.fullPath) return path
    const needed = to.matched.flatMap((record) => (record.meta.roles ? [record.meta.roles] : []))
    return needed.every((roles) => session.has(...roles)) ? true : homeOf()
  })

  // A card names its person in the window's title itself.
  router.afterEach((to) => {
    if (to.meta.title) document.title = `${t(to.meta.title)} — ${t('common.product')}`
  })
}

/** A supervisor may have chosen a report to begin with; without an answer the usual page is as good. */
async function firstPage() {
  if (!useSessionStore().has('supervisor')) return homeOf()
  const settings = await api.reports.settings({}).catch((cause: unknown) => {
    if (!(cause instanceof CallFailure)) throw cause
    return []
  })
  const chosen = settings.find(({ isHome }) => isHome)
  return chosen ? { name: 'reports', query: { setting: chosen.id } } : homeOf()
}

function homeOf(): { name: string } {
  const session = useSessionStore()
  if (session.has('operator')) return { name: 'search' }
  if (session.has('supervisor')) return { name: 'live-desk' }
  return { name: session.has('admin') ? 'registers' : 'settings' }
}
