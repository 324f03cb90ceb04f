import type { savedReading, Sheet } from '@shared/contract/readings'
import type { LocalDate } from '@shared/domain/dates'
import { periodCounted, type ReadingReason, type ReadingVerdict } from '@shared/domain/reading-rules'
import { computed, ref, shallowRef, watch } from 'vue'
import type { z } from 'zod'
import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { perSubject, useDraft } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import { emptyDraft, judgeSheet, type DeskChannel, type Draft } from './meter-entry'

type SavedReading = z.infer<typeof savedReading>

/** What the last press of "save" wrote; it can be taken back until the visit is closed. */
export interface Saved {
  operationId: string
  readings: SavedReading[]
  /** As they were typed, to be put back when the saving is undone. */
  drafts: Map<number, Draft>
  values: Map<number, number[]>
}

export const useReadingsStore = perSubject(() => {
  const visitId = ref(0)
  const accountId = ref(0)
  const sheet = shallowRef<Sheet | null>(null)
  const drafts = shallowRef<ReadonlyMap<number, Draft>>(new Map())
  const takenOn = ref<LocalDate>('')
  const channel = ref<DeskChannel>('desk')
  const saved = shallowRef<Saved | null>(null)
  const undone = ref(false)
  const loading = useAction()
  const saving = useAction()
  const undoing = useAction()
  const ids = operationIds()
  const undoIds = operationIds()

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
  const countsFor = computed(() => (sheet.value ? periodCounted(takenOn.value, sheet.value.policy, sheet.value.closedThrough) : null))

  /** What was typed on this sheet of this visit is kept when the operator looks elsewhere and comes back. */
  async function open(visit: number, account: number) {
    if (visit !== visitId.value || account !== accountId.value) {
      visitId.value = visit
      accountId.value = account
      sheet.value = null
      drafts.value = new Map()
      saved.value = null
      undone.value = false
      takenOn.value = ''
      channel.value = 'desk'
      saving.reset()
      undoing.reset()
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
    change(meterId, (draft) => ({ texts: draft.texts.map((own, index) => (index === zone ? text : own)), reason: null, refused: [] }))
  }

  function explain(meterId: number, reason: ReadingReason | null) {
    change(meterId, (draft) => ({ ...draft, reason }))
  }

  function change(meterId: number, how: (draft: Draft) => Draft) {
    const meter = sheet.value?.meters.find(({ id }) => id === meterId)
    if (!meter) return
    drafts.value = new Map(drafts.value).set(meterId, how(drafts.value.get(meterId) ?? emptyDraft(meter)))
    undone.value = false
  }

  function clear() {
    drafts.value = new Map()
    saving.reset()
  }

  /** All meters in one call: either everything is written or nothing. */
  async function save(): Promise<boolean> {
    if (unsettled.value.length > 0 || entered.value.length === 0) return false
    const entries = entered.value.map(({ meter, values, draft }) => ({ meterId: meter.id, values: values ?? [], reasons: draft.reason ? [draft.reason] : [] }))
    const what = { visitId: visitId.value, accountId: accountId.value, takenOn: takenOn.value, channel: channel.value, entries }
    const operationId = ids.of(what)
    const answer = await saving.submit(() => api.readings.save({ operationId, ...what }))
    if (!answer) {
      showRefusals()
      // Somebody else has taken a reading of this meter meanwhile: it must be seen before it is replaced.
      if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
      return false
    }
    ids.done()
    saved.value = { operationId, readings: answer.saved, drafts: new Map(drafts.value), values: new Map(entries.map(({ meterId, values }) => [meterId, values])) }
    drafts.value = new Map()
    await load()
    return true
  }

  /** Main's verdicts stand at the meters they are about. */
  function showRefusals() {
    const { details } = saving.failure.value ?? {}
    const meters = details?.['meters']
    if (typeof meters !== 'object' || meters === null) return
    for (const [meterId, verdicts] of Object.entries(meters)) {
      change(Number(meterId), (draft) => ({ ...draft, refused: Array.isArray(verdicts) ? verdicts.filter(isVerdict) : [] }))
    }
  }

  /** Takes the saving back and puts what was typed on the sheet again. */
  async function undo(): Promise<boolean> {
    const target = saved.value
    if (!target) return false
    const answer = await undoing.submit(() => api.visits.undo({ operationId: undoIds.of(target.operationId), target: target.operationId }))
    if (!answer) return false
    undoIds.done()
    saved.value = null
    undone.value = true
    drafts.value = target.drafts
    await load()
    return true
  }
  function forgetSaved() {
    saved.value = null
    undone.value = false
  }

  return {
    sheet, drafts, takenOn, channel, judged, entered, unsettled, countsFor, saved, undone,
    loading: loading.busy, loadFailure: loading.failure,
    saving: saving.busy, saveFailure: saving.failure,
    undoing: undoing.busy, undoFailure: undoing.failure,
    open, load, type, explain, clear, save, undo, forgetSaved,
  }
})

function isVerdict(told: unknown): told is ReadingVerdict {
  const verdict = told as Partial<ReadingVerdict> | null
  return typeof verdict?.rule === 'string' && typeof verdict.level === 'string' && typeof verdict.details === 'object' && verdict.details !== null
}
