import { api, onEvent } from '@renderer/api'
import { newOperationId, operationIds } from '@renderer/operation-id'
import { useSessionStore } from '@renderer/session-store'
import { useSheet } from '@renderer/sheet'
import { dayOf } from '@renderer/text-of'
import { useAction } from '@renderer/use-action'
import type { ReportAsk, ReportFormat, ReportSetting, ReportSort } from '@shared/contract/report-settings'
import type { SheetOutput } from '@shared/contract/printing'
import type { AskedFilters, ReportChoices, ReportDetail, ReportFigures, VisitCourse } from '@shared/contract/reports'
import { reportCodes, reportEntry, type ReportCode } from '@shared/domain/report-catalogue'
import { rangeBefore, rangeOf, type DayRange } from '@shared/domain/report-periods'
import type { ReportRow } from '@shared/domain/report-text'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue'

export interface ReportView {
  kind: 'report'
  report: ReportCode
  /** What the rows one came through have narrowed it to, on top of what is asked. */
  narrowing: Record<string, string | number>
  /** Those rows in words. */
  narrowedBy: string[]
  sort: ReportSort | null
  /** The row one left by, to come back to. */
  row: number
  figures: ReportFigures | null
  before: { range: DayRange; totals: ReportRow } | null
  /** What the figures were asked by. */
  asked: string
  stopped: boolean
}
export interface DetailsView {
  kind: 'details'
  report: ReportCode
  filters: AskedFilters
  label: string
  row: number
  rows: ReportDetail[] | null
  more: boolean
}
export interface VisitView {
  kind: 'visit'
  visitId: number
  course: VisitCourse | null
}
export type View = ReportView | DetailsView | VisitView

/** What is printed or written to a file. */
interface ReportToGive {
  report: ReportCode
  filters: AskedFilters
  sort: ReportSort | null
  format: ReportFormat
}

export const emptyAsk: ReportAsk = { preset: 'month', from: null, to: null, officeId: null, provider: null, staffId: null, window: null, grain: null, days: null, compare: false }

/** Reports as somebody walks through them: what is asked stays while one goes from report to report, rows lead deeper, Esc back. All of it is in memory only and ends with the session. */
export const useReportsStore = defineStore('reports', () => {
  const session = useSessionStore()
  const choices = shallowRef<ReportChoices | null>(null)
  const settings = shallowRef<ReportSetting[]>([])
  const ask = ref<ReportAsk>({ ...emptyAsk })
  const trail = shallowRef<View[]>([])
  /** The saved setting that is shown, as long as it is what is asked. */
  const setting = shallowRef<ReportSetting | null>(null)
  const showsChart = ref(true)
  const loading = useAction()
  const counting = useAction()
  const opening = useAction()
  const saving = useAction()
  const ids = operationIds()
  const run = shallowRef<{ id: string; startedAt: number; usualMs: number | null } | null>(null)
  const sheet = useSheet('report', (input: ReportToGive & { operationId: string; output: SheetOutput }) => api.reports.export(input))

  const view = computed(() => trail.value.at(-1) ?? null)
  const today = computed(() => dayOf(new Date().toISOString(), session.staff?.office.timeZone))
  const range = computed<DayRange>(() => (ask.value.preset === null && ask.value.from && ask.value.to ? { from: ask.value.from, to: ask.value.to } : rangeOf(ask.value.preset ?? 'month', today.value)))
  const canExport = computed(() => session.staff?.grants.includes('exportReports') ?? false)

  onEvent('reports.progress', ({ runId, usualMs }) => {
    if (run.value?.id === runId) run.value = { ...run.value, usualMs }
  })
  // Nothing of one person's reports is there for the next one at this desk.
  watch(() => session.staff?.login, forget)

  function forget() {
    trail.value = []
    ask.value = { ...emptyAsk }
    settings.value = []
    choices.value = null
    setting.value = null
    run.value = null
    counting.reset()
    opening.reset()
    sheet.clear()
  }

  async function load() {
    await loading.run(async () => {
      const [found, saved] = await Promise.all([api.reports.choices({}), api.reports.settings({})])
      choices.value = found
      settings.value = saved.filter(({ report }) => isKnown(report))
    })
  }

  /** What a report is asked for now: only what it can be asked by, and what narrowed it. */
  function filtersOf({ report, narrowing }: Pick<ReportView, 'report' | 'narrowing'>): AskedFilters {
    const entry = reportEntry(report)
    const now = ask.value
    const has = (name: (typeof entry.filters)[number]) => entry.filters.includes(name)
    return {
      ...(has('period') ? range.value : {}),
      ...(has('office') && now.officeId !== null ? { officeId: now.officeId } : {}),
      ...(has('provider') && now.provider !== null ? { provider: now.provider } : {}),
      ...(has('staff') && now.staffId !== null ? { staffId: now.staffId } : {}),
      ...(has('window') && now.window !== null ? { window: now.window } : {}),
      ...(has('grain') && entry.grains?.[0] ? { grain: grainOf(report) ?? entry.grains[0] } : {}),
      ...(has('days') && entry.days ? { days: Math.min(entry.days.to, Math.max(entry.days.from, now.days ?? entry.days.usual)) } : {}),
      ...narrowing,
    }
  }

  function grainOf(report: ReportCode) {
    const { grains } = reportEntry(report)
    return grains?.find((one) => one === ask.value.grain) ?? grains?.[0]
  }

  async function open(report: ReportCode, sort: ReportSort | null = null) {
    setting.value = null
    await show([newView(report, {}, [], sort)])
  }

  async function openSetting(saved: ReportSetting) {
    if (!isKnown(saved.report)) return
    ask.value = { ...saved.filters }
    await show([newView(saved.report, {}, [], saved.sort)])
    setting.value = saved
  }

  function newView(report: ReportCode, narrowing: ReportView['narrowing'], narrowedBy: string[], sort: ReportSort | null = null): ReportView {
    return shallowReactive<ReportView>({ kind: 'report', report, narrowing, narrowedBy, sort, row: 0, figures: null, before: null, asked: '', stopped: false })
  }

  async function show(views: View[]) {
    counting.reset()
    opening.reset()
    sheet.clear()
    trail.value = views
    const shown = view.value
    if (shown?.kind === 'report' && shown.asked !== askedBy(shown)) await count()
    else if (run.value) await stop()
  }

  const askedBy = (of: ReportView) => JSON.stringify([filtersOf(of), ask.value.compare && reportEntry(of.report).compares === true])

  /** Counts what is shown; another count of this session ends on the server. */
  async function count() {
    const shown = view.value
    if (shown?.kind !== 'report') return
    const { report } = shown
    const filters = filtersOf(shown)
    const { from, to } = filters
    const before = ask.value.compare && reportEntry(report).compares && from && to ? rangeBefore({ from, to }) : null
    const id = newOperationId()
    const asked = askedBy(shown)
    run.value = { id, startedAt: Date.now(), usualMs: null }
    shown.stopped = false
    const answer = await counting.run(() =>
      Promise.all([api.reports.run({ runId: id, report, filters }), before ? api.reports.run({ runId: id, report, filters: Object.assign({}, filters, before) }) : null]),
    )
    if (run.value?.id !== id) return
    run.value = null
    if (counting.failure.value?.reason === 'reportStopped') {
      counting.reset()
      shown.stopped = true
      shown.figures = null
      shown.asked = ''
    }
    if (!answer) return
    const [figures, earlier] = answer
    shown.figures = figures
    shown.before = before && earlier ? { range: before, totals: earlier.totals } : null
    shown.asked = asked
  }

  /** The statement on the server ends too. */
  async function stop() {
    const now = run.value
    if (now) await opening.run(() => api.reports.stop({ runId: now.id }))
  }

  async function change(part: Partial<ReportAsk>) {
    ask.value = { ...ask.value, ...part }
    setting.value = null
    await count()
  }

  /** Where a row leads, or null: nowhere, or it has no such value. */
  function wayOf(shown: ReportView, row: ReportRow): { to: 'report' | 'details' | 'timeline'; taken: Record<string, string | number> } | null {
    const { drillDown } = reportEntry(shown.report)
    if (!drillDown) return null
    if (drillDown.to === 'timeline') return typeof row['visitId'] === 'number' || typeof row['subscriberId'] === 'number' ? { to: 'timeline', taken: {} } : null
    const taken: Record<string, string | number> = {}
    for (const [filter, key] of Object.entries(drillDown.take)) {
      const value = row[key]
      if (value === null || value === undefined) return null
      taken[filter] = value
    }
    return { to: drillDown.to, taken }
  }

  /** Goes where the row leads. Returns the subscriber whose card is to be opened, when it leads out of the reports. */
  async function drill(row: ReportRow, index: number, label: string): Promise<number | null> {
    const shown = view.value
    if (shown?.kind !== 'report') return null
    const way = wayOf(shown, row)
    const { drillDown } = reportEntry(shown.report)
    if (!way || !drillDown) return null
    shown.row = index
    if (way.to === 'timeline') return timeline(row)
    const narrowing = { ...shown.narrowing, ...way.taken }
    if (drillDown.to === 'report') {
      if (isKnown(drillDown.report)) await show([...trail.value, newView(drillDown.report, narrowing, [...shown.narrowedBy, label])])
      return null
    }
    const details = shallowReactive<DetailsView>({ kind: 'details', report: shown.report, filters: { ...filtersOf(shown), ...way.taken }, label, row: 0, rows: null, more: false })
    await show([...trail.value, details])
    await fetchDetails(details)
    return null
  }

  async function fetchDetails(details: DetailsView) {
    const found = await opening.run(() => api.reports.details({ report: details.report, filters: details.filters }))
    if (!found) return
    details.rows = found.rows
    details.more = found.more
  }

  /** The visit of a row, or its subscriber where there is none. */
  async function timeline(row: { visitId?: ReportRow[string]; subscriberId?: ReportRow[string] }): Promise<number | null> {
    if (typeof row.visitId !== 'number') return typeof row.subscriberId === 'number' ? row.subscriberId : null
    const visit = shallowReactive<VisitView>({ kind: 'visit', visitId: row.visitId, course: null })
    await show([...trail.value, visit])
    await fetchVisit(visit)
    return null
  }

  async function fetchVisit(visit: VisitView) {
    const course = await opening.run(() => api.reports.visit({ visitId: visit.visitId }))
    if (course) visit.course = course
  }

  /** Again what failed to open. */
  async function again() {
    const shown = view.value
    if (shown?.kind === 'details') await fetchDetails(shown)
    else if (shown?.kind === 'visit') await fetchVisit(shown)
    else await count()
  }

  async function backTo(length: number) {
    if (length >= 1 && length < trail.value.length) await show(trail.value.slice(0, length))
  }

  function sortBy(sort: ReportSort | null) {
    const shown = view.value
    if (shown?.kind === 'report') shown.sort = sort
  }

  /** Saves what is asked under a name; `over`: instead of this one. */
  async function save({ name, isShared, isHome, over }: { name: string; isShared: boolean; isHome: boolean; over: ReportSetting | null }): Promise<boolean> {
    const shown = view.value
    if (shown?.kind !== 'report') return false
    const input = { id: over?.id ?? null, name, report: shown.report, filters: ask.value, sort: shown.sort, isShared, version: over?.version ?? 1 }
    const saved = await saving.submit(async () => {
      const kept = await api.reports.saveSetting({ operationId: ids.of(input), ...input })
      ids.done()
      if (kept.isHome !== isHome) await api.reports.chooseHome({ operationId: newOperationId(), id: isHome ? kept.id : null })
      return { ...kept, isHome }
    })
    await reloadSettings()
    if (saved) setting.value = saved
    return saved !== undefined
  }

  /** Another name, another circle: what is asked stays as it was saved. */
  async function rename(saved: ReportSetting, { name, isShared, isHome }: { name: string; isShared: boolean; isHome: boolean }): Promise<boolean> {
    const done = await saving.submit(async () => {
      if (saved.isOwn && isKnown(saved.report)) {
        const input = { id: saved.id, name, report: saved.report, filters: saved.filters, sort: saved.sort, isShared, version: saved.version }
        await api.reports.saveSetting({ operationId: ids.of(input), ...input })
        ids.done()
      }
      if (saved.isHome !== isHome) await api.reports.chooseHome({ operationId: newOperationId(), id: isHome ? saved.id : null })
      return true
    })
    await reloadSettings()
    return done === true
  }

  async function remove(saved: ReportSetting): Promise<boolean> {
    const done = await saving.submit(async () => {
      await api.reports.removeSetting({ operationId: newOperationId(), id: saved.id })
      return true
    })
    await reloadSettings()
    return done === true
  }

  async function reloadSettings() {
    const saved = await loading.run(() => api.reports.settings({}))
    if (saved) settings.value = saved.filter(({ report }) => isKnown(report))
  }

  const whatToGive = (format: ReportFormat): ReportToGive | null => {
    const shown = view.value
    return shown?.kind === 'report' ? { report: shown.report, filters: filtersOf(shown), sort: shown.sort, format } : null
  }
  async function print() {
    const what = whatToGive('pdf')
    if (what) await sheet.print(what)
  }
  /** As it would be printed; nothing is recorded. */
  async function preview() {
    const what = whatToGive('pdf')
    if (what) await sheet.preview(what)
  }
  async function toFile(format: ReportFormat) {
    const what = whatToGive(format)
    if (what) await sheet.save(what)
  }

  return {
    choices, settings, setting, ask, range, today, trail, view, run, canExport, showsChart, sheet,
    loading: loading.busy, loadFailure: loading.failure, counting: counting.busy, countFailure: counting.failure, opening: opening.busy, openFailure: opening.failure, saving: saving.busy, saveFailure: saving.failure,
    forgetSaving: saving.reset, load, open, openSetting, change, count, stop, drill, wayOf, timeline, again, backTo, sortBy, filtersOf, grainOf, save, rename, remove, print, preview, toFile,
  }
})

const isKnown = (report: string): report is ReportCode => (reportCodes as readonly string[]).includes(report)
