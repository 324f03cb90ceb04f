import type { MemoBatch, MemoBatchProgress, MemoBatchSummary, MemoRow } from '@shared/contract/memo-batches'
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'
import { api, onEvent } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor } from '@renderer/print-job'
import { useSheet } from '@renderer/sheet'
import { useAction } from '@renderer/use-action'

type Printer = Awaited<ReturnType<typeof api.printing.printers>>['printers'][number]
interface Checked {
  rows: readonly MemoRow[]
  pages: number
  media: 'A4' | 'A5'
  /** The list as it was checked: what is typed afterwards has to be checked again. */
  of: string
}

/*
 * list ──check──> checked ──print──> batch (running ⇄ paused) ──> done
 *   ^                │
 *   └────edited──────┘
 */
/** Memos for a list of new contracts. A run goes on in main when this page is left; coming back shows where it is. */
export const useMemoBatchesStore = defineStore('memo-batches', () => {
  const draft = reactive({ provider: '', name: '', text: '', large: false })
  const checked = shallowRef<Checked | null>(null)
  const batch = shallowRef<MemoBatch | null>(null)
  const batches = shallowRef<readonly MemoBatchSummary[] | null>(null)
  const progress = shallowRef<MemoBatchProgress | null>(null)
  const providers = shallowRef<readonly { code: string; name: string }[]>([])
  const printers = shallowRef<readonly Printer[]>([])
  const printersRead = ref(false)
  const printer = ref('')
  const chosen = shallowRef<ReadonlySet<number>>(new Set())
  const loading = useAction()
  const printing = useAction()
  const checking = useAction()
  const running = useAction()
  const acting = useAction()
  const ids = operationIds()
  const coveringList = useSheet<{ batchId: string }>('memo', (input) => api.memoBatches.coveringList(input))

  const listOf = () => ({ provider: draft.provider, text: draft.text, large: draft.large })
  const isStale = computed(() => checked.value !== null && checked.value.of !== JSON.stringify(listOf()))
  const ready = computed(() => checked.value?.rows.filter(({ verdict }) => verdict === 'ready').length ?? 0)
  const isRunning = computed(() => running.busy.value || batch.value?.runningHere === true)

  async function load() {
    // A list can be made ready, and earlier ones looked at, while the print system is down.
    const readPrinters = printing.run(() => api.printing.printers({}))
    await loading.run(async () => {
      const [known, lists] = await Promise.all([api.providers.list({}), api.memoBatches.list({})])
      providers.value = known.map(({ code, name }) => ({ code, name }))
      batches.value = lists
      if (batch.value) batch.value = await api.memoBatches.state({ batchId: batch.value.batchId })
    })
    const found = await readPrinters
    printers.value = found?.printers ?? []
    printersRead.value = found !== undefined
    if (!found) printer.value = ''
    else if (!found.printers.some(({ name }) => name === printer.value)) printer.value = printerFor('memo', found) ?? ''
  }

  async function check() {
    const list = listOf()
    const answer = await checking.run(() => api.memoBatches.check(list))
    if (answer) checked.value = { ...answer, of: JSON.stringify(list) }
  }

  function edit() {
    checked.value = null
    checking.reset()
  }

  /** Keeps the checked list and prints it. */
  async function print() {
    const input = { ...listOf(), name: draft.name.trim() }
    const made = await acting.submit(() => api.memoBatches.create({ operationId: ids.of(input), ...input }))
    if (!made) return
    ids.done()
    show(made)
    draft.text = ''
    draft.name = ''
    checked.value = null
    await run()
  }

  function show(now: MemoBatch) {
    if (batch.value?.batchId !== now.batchId) {
      progress.value = null
      chosen.value = new Set()
      running.reset()
      acting.reset()
      coveringList.clear()
    }
    batch.value = now
  }

  async function open(batchId: string) {
    const found = await loading.run(() => api.memoBatches.state({ batchId }))
    if (found) show(found)
  }

  async function run() {
    const current = batch.value
    if (!current) return
    const { batchId } = current
    chosen.value = new Set()
    const ended = await running.submit(() => {
      batch.value = { ...current, state: 'running', runningHere: true }
      return api.memoBatches.run({ batchId, printer: printer.value || null })
    })
    progress.value = null
    if (batch.value?.batchId === batchId) batch.value = ended ?? (await loading.run(() => api.memoBatches.state({ batchId }))) ?? batch.value
  }

  const change = async (work: (batchId: string) => Promise<MemoBatch>): Promise<boolean> => {
    const batchId = batch.value?.batchId
    if (!batchId) return false
    const now = await acting.submit(() => work(batchId))
    if (!now) return false
    ids.done()
    if (batch.value?.batchId === batchId) batch.value = now
    return true
  }
  const pause = () => change((batchId) => api.memoBatches.pause({ batchId }))
  const settle = (chunk: number, printed: boolean) => change((batchId) => api.memoBatches.settle({ operationId: ids.of({ batchId, chunk, printed }), batchId, chunk, printed }))
  async function retry() {
    const items = [...chosen.value]
    if (await change((batchId) => api.memoBatches.retry({ operationId: ids.of({ batchId, items }), batchId, items }))) chosen.value = new Set()
  }

  function choose(n: number, isChosen: boolean) {
    const now = new Set(chosen.value)
    if (isChosen) now.add(n)
    else now.delete(n)
    chosen.value = now
  }

  async function close() {
    batch.value = null
    await load()
  }

  let asking = false
  /** While the page is open; the rows are read again as sheets come out. */
  function follow(): () => void {
    return onEvent('memoBatches.progress', (told) => {
      if (told.batchId !== batch.value?.batchId) return
      progress.value = told
      batch.value = { ...batch.value, counts: told.counts }
      if (asking) return
      asking = true
      void api.memoBatches
        .state({ batchId: told.batchId })
        .then((now) => {
          if (batch.value?.batchId === now.batchId) batch.value = now
        })
        .catch(() => undefined)
        .finally(() => (asking = false))
    })
  }

  return {
    draft, checked, isStale, ready, batch, batches, progress, providers, printers, printersRead, printer, chosen, isRunning, coveringList,
    loading: loading.busy, loadFailure: loading.failure, printFailure: printing.failure, checking: checking.busy, checkFailure: checking.failure, runFailure: running.failure, acting: acting.busy, actFailure: acting.failure,
    load, check, edit, print, open, run, pause, settle, retry, choose, close, follow,
  }
})
