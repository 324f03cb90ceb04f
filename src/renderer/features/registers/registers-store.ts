import type { RegisterImport, RegisterKind, RegisterPreview, registerBatch } from '@shared/contract/registers'
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
 *    ^          │                    │
 *    └──discard─┴─────── cancelled ──┘
 */
export const useRegistersStore = defineStore('registers', () => {
  const file = ref<{ file: string; fileName: string } | null>(null)
  const preview = shallowRef<RegisterPreview | null>(null)
  const kind = ref<RegisterKind | null>(null)
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
  const cancellation = useAction()
  const listing = useAction()
  const canImport = computed(() => Boolean(preview.value && kind.value && preview.value.missing.length === 0 && !importing.busy.value))

  async function chooseFile() {
    const choice = await choosing.submit(() => api.registers.chooseFile({}))
    if (!choice) return
    forget()
    file.value = choice
    await look()
  }

  /** Reads the chosen file again, as a register of `kind` when the operator names it. */
  async function look(as?: RegisterKind) {
    if (!file.value) return
    const asked = file.value
    const shown = await reading.run(() => api.registers.preview({ file: asked.file, ...(as && { kind: as }) }))
    if (!shown || file.value !== asked) return
    preview.value = shown
    kind.value = shown.kind
  }

  async function run() {
    if (!file.value || !kind.value || importing.busy.value) return
    const { file: token } = file.value
    const importedKind = kind.value
    const operationId = newOperationId()
    batchId.value = operationId
    progress.value = null
    cancelled.value = false
    const stop = onEvent('registers.progress', (told) => {
      if (told.batchId === operationId) progress.value = told
    })
    try {
      const done = await importing.submit(() => api.registers.run({ operationId, file: token, kind: importedKind }))
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
    preview.value = null
    kind.value = null
    result.value = null
    cancelled.value = false
    for (const action of [choosing, reading, importing]) action.reset()
  }

  return {
    file, preview, kind, progress, cancelling, cancelled, result, history, historyLoaded, canImport,
    choosing: choosing.busy, chooseFailure: choosing.failure,
    reading: reading.busy, readFailure: reading.failure,
    running: importing.busy, runFailure: importing.failure, cancelFailure: cancellation.failure,
    listing: listing.busy, listFailure: listing.failure,
    chooseFile, look, run, cancel, loadHistory, showVerdict, forget,
  }
})
