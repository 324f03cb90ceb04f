import type { RegisterCheck, RegisterImport, RegisterKind, RegisterMapping, RegisterPreview, registerBatch } from '@shared/contract/registers'
import type { Events } from '@shared/events'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { z } from 'zod'
import { api, onEvent } from '@renderer/api'
import { newOperationId } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'

export type RegisterBatch = z.infer<typeof registerBatch>
type Progress = Events['registers.progress']

/*
 * choose ──> preview ──confirm──> running ──> done
 *    ^       (checked)               │
 *    └──discard─┴─────── cancelled ──┘
 */
export const useRegistersStore = defineStore('registers', () => {
  const file = ref<{ file: string; fileName: string } | null>(null)
  const preview = shallowRef<RegisterPreview | null>(null)
  const kind = ref<RegisterKind | null>(null)
  /** How columns with other names are taken; null: by our names. */
  const mapping = shallowRef<RegisterMapping | null>(null)
  const check = shallowRef<RegisterCheck | null>(null)
  const checkProgress = shallowRef<Progress | null>(null)
  const batchId = ref<string | null>(null)
  const progress = shallowRef<Progress | null>(null)
  const cancelling = ref(false)
  const cancelled = ref(false)
  const result = shallowRef<RegisterImport | null>(null)
  const history = shallowRef<RegisterBatch[]>([])
  const historyLoaded = ref(false)
  const choosing = useAction()
  const reading = useAction()
  const importing = useAction()
  const checking = useAction()
  const remembering = useAction()
  const cancellation = useAction()
  const listing = useAction()
  /** Not while columns are read anew: what would be imported is not yet what is chosen. */
  const canImport = computed(() => Boolean(preview.value && kind.value && preview.value.missing.length === 0 && !reading.busy.value && !importing.busy.value))

  async function chooseFile() {
    const choice = await choosing.submit(() => api.registers.chooseFile({}))
    if (!choice) return
    forget()
    file.value = choice
    await look()
  }

  /** Reads the chosen file again, as a register of `kind` when the operator names it, its columns as `mapped` (null: by our names; left out: as remembered). */
  async function look(as?: RegisterKind, mapped?: RegisterMapping | null) {
    const asked = file.value
    if (!asked) return
    const mine = (newestLook += 1)
    const isLast = () => file.value === asked && mine === newestLook
    // Columns are matched faster than a file is read. One reading at a time, for each tries its rows in the same place of the database; what was overtaken is not read at all.
    const before = reader
    const answer = reading.run(async () => {
      await Promise.all([stopCheck(), before])
      return isLast() ? api.registers.preview({ file: asked.file, ...(as && { kind: as }), ...(mapped !== undefined && { mapping: mapped }) }) : undefined
    })
    reader = answer.catch(() => undefined)
    const shown = await answer
    if (!shown || !isLast()) return
    preview.value = shown
    kind.value = shown.kind
    mapping.value = shown.mapping && { columns: shown.mapping.columns, fixed: shown.mapping.fixed }
    if (shown.kind && shown.missing.length === 0 && shown.rows.length > 0) checked = lookThrough(asked.file, shown.kind)
  }

  let newestLook = 0
  let reader: Promise<unknown> = Promise.resolve()
  let checked: Promise<void> = Promise.resolve()
  let checkId: string | null = null

  /** Counts what is wrong with the whole file while its first rows are read. */
  async function lookThrough(token: string, as: RegisterKind) {
    const id = newOperationId()
    checkId = id
    check.value = null
    checkProgress.value = null
    const stop = onEvent('registers.progress', (told) => {
      if (told.batchId === id) checkProgress.value = told
    })
    try {
      const found = await checking.run(() => api.registers.check({ checkId: id, file: token, kind: as, mapping: mapping.value }))
      if (checkId === id) {
        if (found) check.value = found
        // Somebody has stopped it: a decision, not a failure.
        if (checking.failure.value?.reason === 'importCancelled') checking.reset()
      }
    } finally {
      stop()
      if (checkId === id) checkId = null
    }
  }

  /** Resolves when nothing of it runs any more: an import would find the database taken. */
  async function stopCheck() {
    const id = checkId
    if (id) await api.registers.cancel({ batchId: id }).catch(() => undefined)
    await checked
    check.value = null
    checking.reset()
  }

  /** Remembers the present mapping for a provider (null: for files that name theirs); true when it is kept. */
  async function remember(provider: string | null): Promise<boolean> {
    const { kind: as, mapping: now } = { kind: kind.value, mapping: mapping.value }
    if (!as || !now) return false
    return (await remembering.submit(() => api.registers.saveMapping({ kind: as, provider, ...now, baseVersion: null }))) !== undefined
  }

  async function run() {
    if (!file.value || !kind.value || !canImport.value) return
    const { file: token } = file.value
    const importedKind = kind.value
    const operationId = newOperationId()
    const mapped = mapping.value
    batchId.value = operationId
    progress.value = null
    cancelled.value = false
    const stop = onEvent('registers.progress', (told) => {
      if (told.batchId === operationId) progress.value = told
    })
    try {
      const done = await importing.submit(async () => {
        await stopCheck()
        return api.registers.run({ operationId, file: token, kind: importedKind, mapping: mapped })
      })
      if (done) {
        result.value = done
        preview.value = null
      } else cancelled.value = importing.failure.value?.reason === 'importCancelled'
    } finally {
      stop()
      batchId.value = null
      cancelling.value = false
      cancellation.reset()
    }
    await loadHistory()
  }

  async function cancel() {
    const id = batchId.value
    if (!id || cancelling.value) return
    cancelling.value = true
    const answer = await cancellation.submit(() => api.registers.cancel({ batchId: id }))
    if (!answer?.cancelled) cancelling.value = false
  }

  async function loadHistory() {
    const list = await listing.run(() => api.registers.history({}))
    if (!list) return
    history.value = list
    historyLoaded.value = true
  }

  /** False: the verdict file is not on this computer. */
  async function showVerdict(id: string): Promise<boolean | undefined> {
    return (await listing.run(() => api.registers.showVerdict({ batchId: id })))?.shown
  }

  function forget() {
    file.value = null
    void stopCheck()
    preview.value = null
    kind.value = null
    mapping.value = null
    result.value = null
    cancelled.value = false
    for (const action of [choosing, reading, importing, remembering]) action.reset()
  }

  return {
    file, preview, kind, mapping, check, checkProgress, progress, cancelling, cancelled, result, history, historyLoaded, canImport,
    checking: checking.busy, checkFailure: checking.failure, remembering: remembering.busy, rememberFailure: remembering.failure,
    choosing: choosing.busy, chooseFailure: choosing.failure,
    reading: reading.busy, readFailure: reading.failure,
    running: importing.busy, runFailure: importing.failure, cancelFailure: cancellation.failure,
    listing: listing.busy, listFailure: listing.failure,
    chooseFile, look, stopCheck, remember, run, cancel, loadHistory, showVerdict, forget,
  }
})
