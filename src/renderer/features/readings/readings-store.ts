import type { ReadingRef, savedReading, Sheet, SheetMeter } from '@shared/contract/readings'
import type { LocalDate } from '@shared/domain/dates'
import type { ReadingReason, ReadingVerdict } from '@shared/domain/reading-rules'
import { computed, ref, shallowRef, watch } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { conflictOf } from '@renderer/conflict'
import { operationIds } from '@renderer/operation-id'
import { perSubject, useDraft } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import { attachmentProblem } from './attachment'
import { emptyDraft, judgeSheet, reasonsOf, windowsOf, type DeskChannel, type Draft, type Reader } from './meter-entry'

type PortalAnswer = Awaited<ReturnType<typeof api.readings.portalVerdict>>
type SavedReading = z.infer<typeof savedReading>
type SheetReading = SheetMeter['history'][number]

/** What the last press of "save" wrote; it can be taken back until the visit is closed. */
export interface Saved {
  operationId: string
  readings: SavedReading[]
  /** As they were typed, to be put back when the saving is undone. */
  drafts: ReadonlyMap<number, Draft>
  values: Map<number, number[]>
}

/** Something else done on the sheet: a reading cancelled or corrected, a meter replaced. It can be taken back as well. */
export interface Done {
  operationId: string
  text: string
}

/** The one dialog of the sheet that may be open. */
export type Task =
  | { kind: 'meter'; meterId: number }
  | { kind: 'cancel' | 'correct'; meter: SheetMeter; reading: SheetReading }
  | { kind: 'look'; attachmentId: number }
  | { kind: 'notice' }

/** All that one press of "save" sends. */
export interface Parcel {
  visitId: number
  accountId: number
  takenOn: LocalDate
  channel: DeskChannel
  reader: Reader
  entries: { meterId: number; values: number[]; reasons: string[]; attachmentId: number | null }[]
}

export const refOf = ({ meterId, takenOn, id }: Pick<SheetReading, 'meterId' | 'takenOn' | 'id'>): ReadingRef => ({ meterId, takenOn, readingId: id })

export const useReadingsStore = perSubject(() => {
  const visitId = ref(0)
  const accountId = ref(0)
  const sheet = shallowRef<Sheet | null>(null)
  const drafts = shallowRef<ReadonlyMap<number, Draft>>(new Map())
  const takenOn = ref<LocalDate>('')
  const channel = ref<DeskChannel>('desk')
  const reader = ref<Reader>('subscriber')
  const saved = shallowRef<Saved | null>(null)
  const done = shallowRef<Done | null>(null)
  const undone = ref(false)
  const task = shallowRef<Task | null>(null)
  /** What the portal would say to what is typed; forgotten with the next key. */
  const portal = shallowRef<PortalAnswer | null>(null)
  /** Why a file was not taken, and of which meter. */
  const attachProblem = shallowRef<{ meterId: number; text: string } | null>(null)
  const loading = useAction()
  const saving = useAction()
  const undoing = useAction()
  const attaching = useAction()
  const asking = useAction()
  const attachingTo = ref<number | null>(null)
  const ids = operationIds()
  const undoIds = operationIds()
  const attachIds = operationIds()

  const judged = computed(() => (sheet.value ? judgeSheet(sheet.value, drafts.value, { takenOn: takenOn.value, channel: channel.value }) : []))
  const entered = computed(() => judged.value.filter(({ isEmpty }) => !isEmpty))
  useDraft(() => entered.value.length > 0)
  // Another desk may have taken a reading: what is typed here stays beside it.
  const visits = useVisitStore()
  watch(
    () => visits.revision,
    () => {
      if (sheet.value && !saving.busy.value) void load()
    },
  )
  const unsettled = computed(() => entered.value.filter(({ isBlocked, needsReason }) => isBlocked || needsReason))
  const windows = computed(() => (sheet.value && takenOn.value ? windowsOf(sheet.value, takenOn.value) : []))
  /** Another desk was quicker with one of these meters: who, when, and what the reading is now. */
  const conflict = computed(() => {
    const told = conflictOf(saving.failure.value)
    const meterId = saving.failure.value?.details?.['meterId']
    return told && typeof meterId === 'number' ? { ...told, meterId } : null
  })

  /** What was typed on this sheet of this visit is kept when the operator looks elsewhere and comes back. */
  async function open(visit: number, account: number) {
    if (visit !== visitId.value || account !== accountId.value) {
      visitId.value = visit
      accountId.value = account
      sheet.value = null
      drafts.value = new Map()
      saved.value = null
      done.value = null
      undone.value = false
      task.value = null
      attachProblem.value = null
      takenOn.value = ''
      channel.value = 'desk'
      reader.value = 'subscriber'
      saving.reset()
      undoing.reset()
      attaching.reset()
    }
    await load()
  }

  async function load() {
    const asked = accountId.value
    const loaded = await loading.run(() => api.readings.sheet({ visitId: visitId.value, accountId: asked }))
    // A slow answer about the previous account must not replace the current sheet.
    if (!loaded || asked !== accountId.value || loaded.accountId !== asked) return
    sheet.value = loaded
    takenOn.value ||= loaded.today
  }

  function type(meterId: number, zone: number, text: string) {
    change(meterId, (draft) => ({ ...draft, texts: draft.texts.map((own, index) => (index === zone ? text : own)), reason: null, refused: [] }))
  }

  function explain(meterId: number, reason: ReadingReason | null) {
    change(meterId, (draft) => ({ ...draft, reason }))
  }

  function change(meterId: number, how: (draft: Draft) => Draft) {
    const meter = sheet.value?.meters.find(({ id }) => id === meterId)
    if (!meter) return
    drafts.value = new Map(drafts.value).set(meterId, how(drafts.value.get(meterId) ?? emptyDraft(meter)))
    undone.value = false
    portal.value = null
  }

  function clear() {
    drafts.value = new Map()
    portal.value = null
    saving.reset()
  }

  /** What is typed, as it is sent; null while something is missing or marked. */
  function parcel(): Parcel | null {
    if (unsettled.value.length > 0 || entered.value.length === 0) return null
    const entries = entered.value.map(({ meter, values, draft }) => ({ meterId: meter.id, values: values ?? [], reasons: reasonsOf(draft), attachmentId: draft.attachment?.id ?? null }))
    return { visitId: visitId.value, accountId: accountId.value, takenOn: takenOn.value, channel: channel.value, reader: reader.value, entries }
  }

  /** All meters in one call: either everything is written or nothing. */
  async function save(): Promise<boolean> {
    const what = parcel()
    if (!what) return false
    const operationId = ids.of(what)
    const answer = await saving.submit(() => api.readings.save({ operationId, ...what }))
    if (!answer) {
      showRefusals(saving.failure.value?.details)
      // Somebody else has taken a reading of this meter meanwhile: it must be seen before it is replaced.
      if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
      return false
    }
    ids.done()
    saved.value = { operationId, readings: answer.saved, drafts: new Map(drafts.value), values: new Map(what.entries.map(({ meterId, values }) => [meterId, values])) }
    done.value = null
    drafts.value = new Map()
    portal.value = null
    await load()
    return true
  }

  /** "Save" was pressed and rules keep readings out: told for the supervisor's count. Nobody waits for it, and who could not be told loses nothing. */
  function tellRefused(): void {
    const meters = unsettled.value.flatMap(({ meter, verdicts }) => {
      const rules = [...new Set(verdicts.flatMap(({ rule, level }) => (level === 'block' ? [rule] : [])))]
      return rules.length > 0 ? [{ meterId: meter.id, rules }] : []
    })
    if (meters.length > 0) void api.readings.tellRefused({ visitId: visitId.value, accountId: accountId.value, channel: channel.value, meters }).catch(() => undefined)
  }

  /** «Портал принял бы?»: the desk and the portal give the same answer to the same number, or it is told why not. */
  async function askPortal() {
    const entries = entered.value.flatMap(({ meter, values }) => (values ? [{ meterId: meter.id, values }] : []))
    if (entries.length === 0) return
    portal.value = (await asking.run(() => api.readings.portalVerdict({ visitId: visitId.value, accountId: accountId.value, takenOn: takenOn.value, entries }))) ?? null
  }

  /** Main's verdicts stand at the meters they are about. */
  function showRefusals(details: Record<string, unknown> | undefined) {
    const meters = details?.['meters']
    if (typeof meters !== 'object' || meters === null) return
    for (const [meterId, verdicts] of Object.entries(meters)) {
      change(Number(meterId), (draft) => ({ ...draft, refused: Array.isArray(verdicts) ? verdicts.filter(isVerdict) : [] }))
    }
  }

  /** The other desk's reading stays (`drop`), or this one goes over it with a reason. Returns the meter to go on with. */
  function settleConflict(how: 'merge' | 'drop'): number | null {
    const meterId = conflict.value?.meterId ?? null
    if (meterId === null) return null
    saving.reset()
    change(meterId, (draft) => (how === 'drop' ? { ...draft, texts: draft.texts.map(() => ''), reason: null } : { ...draft, replaces: true }))
    return meterId
  }

  /** Keeps a photo or an act for the reading that is being typed; told at once when it can't be kept. */
  async function attach(meterId: number, file: Pick<File, 'name' | 'arrayBuffer'>): Promise<boolean> {
    const kept = await keep(meterId, file, null)
    if (kept) change(meterId, (draft) => ({ ...draft, attachment: kept }))
    return kept !== null
  }

  /** The same for a reading that is written already. */
  async function attachTo(reading: SheetReading, file: Pick<File, 'name' | 'arrayBuffer'>): Promise<boolean> {
    const kept = await keep(reading.meterId, file, refOf(reading))
    if (kept) await load()
    return kept !== null
  }

  async function keep(meterId: number, file: Pick<File, 'name' | 'arrayBuffer'>, reading: ReadingRef | null) {
    attachProblem.value = null
    const bytes = new Uint8Array(await file.arrayBuffer())
    const text = attachmentProblem(bytes)
    if (text) {
      attachProblem.value = { meterId, text }
      return null
    }
    attachingTo.value = meterId
    const what = { visitId: visitId.value, accountId: accountId.value, fileName: file.name.slice(-200), reading }
    const operationId = attachIds.of([what, meterId, bytes.byteLength])
    const answer = await attaching.submit(() => api.readings.attach({ operationId, ...what, bytes }))
    if (!answer) return null
    attachIds.done()
    return { id: answer.attachmentId, fileName: what.fileName, size: answer.size }
  }

  function detach(meterId: number) {
    change(meterId, (draft) => ({ ...draft, attachment: null }))
  }

  /** Something was done by a dialog: it can be taken back from the sheet, which shows its effect. */
  async function finished(what: Done) {
    task.value = null
    done.value = what
    saved.value = null
    undone.value = false
    undoing.reset()
    await load()
  }

  /** Takes the last thing back; what was typed for a saving stands on the sheet again. */
  async function undo(): Promise<boolean> {
    const target = saved.value ?? done.value
    if (!target) return false
    const answer = await undoing.submit(() => api.visits.undo({ operationId: undoIds.of(target.operationId), target: target.operationId }))
    if (!answer) return false
    undoIds.done()
    if (saved.value) drafts.value = saved.value.drafts
    saved.value = null
    done.value = null
    undone.value = true
    await load()
    return true
  }
  function forgetSaved() {
    saved.value = null
    done.value = null
    undone.value = false
  }

  return {
    visitId, accountId, sheet, drafts, takenOn, channel, reader, judged, entered, unsettled, windows, saved, done, undone, task, conflict, portal,
    loading: loading.busy, loadFailure: loading.failure,
    saving: saving.busy, saveFailure: saving.failure,
    undoing: undoing.busy, undoFailure: undoing.failure,
    asking: asking.busy, askFailure: asking.failure,
    attaching: attaching.busy, attachFailure: attaching.failure, attachProblem, attachingTo,
    open, load, type, explain, clear, parcel, save, tellRefused, askPortal, settleConflict, showRefusals, attach, attachTo, detach, finished, undo, forgetSaved,
  }
})

function isVerdict(told: unknown): told is ReadingVerdict {
  const verdict = told as Partial<ReadingVerdict> | null
  return typeof verdict?.rule === 'string' && typeof verdict.level === 'string' && typeof verdict.details === 'object' && verdict.details !== null
}
