import type { DocumentBatch, DocumentBatchProgress, DocumentBatchSummary, DocumentFilter, DocumentHouse, DocumentOutputAsked } from '@shared/contract/document-batches'
import { plainOptions, type FormOptions } from '@shared/contract/printing'
import { parseMoney } from '@shared/domain/money'
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'
import { api, onEvent } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor } from '@renderer/print-job'
import { useAction } from '@renderer/use-action'
import { lastMonth } from './months'

type Printer = Awaited<ReturnType<typeof api.printing.printers>>['printers'][number]
type Found = Awaited<ReturnType<typeof api.documentBatches.preview>>

const empty = () => ({
  provider: '', period: lastMonth(), town: '', street: '', house: '', delivery: '' as '' | 'paper' | 'email', debtFrom: '', debtTo: '', onlyDebtors: false, onlyUnprinted: true, separators: true, name: '',
})

/** Kopecks, null for nothing typed, undefined for what is no sum. */
const sumOf = (text: string): number | null | undefined => (text.trim() === '' ? null : (parseMoney(text) ?? undefined))

/*
 * choice ──count──> found ──print──> batch (running ⇄ paused) ──> done
 *   ^                 │                        ^                   │ sheets were spoiled
 *   └─────edited──────┘                        └───────────────────┘
 */
/** Payment documents of a period in one go. A run goes on in main when this page is left; coming back shows where it is. */
export const useDocumentBatchesStore = defineStore('document-batches', () => {
  const draft = reactive(empty())
  const found = shallowRef<(Found & { of: string }) | null>(null)
  const batch = shallowRef<DocumentBatch | null>(null)
  const batches = shallowRef<readonly DocumentBatchSummary[] | null>(null)
  const progress = shallowRef<DocumentBatchProgress | null>(null)
  const providers = shallowRef<readonly { code: string; name: string }[]>([])
  const printers = shallowRef<Printer[]>([])
  const options = shallowRef<FormOptions>(plainOptions)
  const output = reactive({ how: 'print' as 'print' | 'folder', per: 'house' as 'house' | 'sheets', sheets: 500 })
  const loading = useAction()
  const printing = useAction()
  const counting = useAction()
  const running = useAction()
  const acting = useAction()
  const ids = operationIds()
  const pausing = ref(false)

  const filter = computed((): DocumentFilter => ({
    provider: draft.provider, period: draft.period,
    town: draft.town.trim() || null, street: draft.street.trim() || null, house: draft.house.trim() || null,
    delivery: draft.delivery || null, debtFrom: sumOf(draft.debtFrom) ?? null, debtTo: sumOf(draft.debtTo) ?? null, onlyDebtors: draft.onlyDebtors, onlyUnprinted: draft.onlyUnprinted,
  }))
  const badSums = computed(() => ({ from: sumOf(draft.debtFrom) === undefined, to: sumOf(draft.debtTo) === undefined }))
  const asked = computed(() => ({ filter: filter.value, separators: draft.separators, duplex: options.value.duplex }))
  const isStale = computed(() => found.value !== null && found.value.of !== JSON.stringify(asked.value))
  const isRunning = computed(() => running.busy.value || batch.value?.runningHere === true)

  async function load() {
    await loading.run(async () => {
      const [known, all] = await Promise.all([api.providers.list({}), api.documentBatches.list({})])
      providers.value = known.map(({ code, name }) => ({ code, name }))
      if (!known.some(({ code }) => code === draft.provider)) draft.provider = known.length === 1 ? (known[0]?.code ?? '') : ''
      batches.value = all
      if (batch.value) batch.value = await api.documentBatches.state({ batchId: batch.value.batchId })
    })
    await lookForPrinters()
  }

  /** A computer without a print system still makes files. */
  async function lookForPrinters() {
    const print = await printing.run(() => api.printing.printers({}))
    printers.value = print?.printers ?? []
    if (!print || print.printers.length === 0) output.how = 'folder'
    else if (!print.printers.some(({ name }) => name === options.value.printer)) options.value = { ...print.options.paymentDocument, copies: 1, printer: printerFor('paymentDocument', print) }
  }

  async function count() {
    const question = asked.value
    const answer = await counting.run(() => api.documentBatches.preview(question))
    if (answer) found.value = { ...answer, of: JSON.stringify(question) }
  }

  /** Only this house, or only its street. */
  function narrow({ town, street, house, building }: Pick<DocumentHouse, 'town' | 'street'> & Partial<DocumentHouse>) {
    Object.assign(draft, { town, street, house: house === undefined ? '' : building ? `${house} корп. ${building}` : house })
    return count()
  }

  const outputNow = (): DocumentOutputAsked => {
    const { printer, tray, duplex } = options.value
    return output.how === 'print' ? { how: 'print', printer, tray, duplex } : { how: 'folder', per: output.per, sheets: output.sheets, duplex }
  }

  /** Keeps the choice and gives it out. */
  async function print(name: string) {
    const input = { name: draft.name.trim() || name, filter: filter.value, separators: draft.separators }
    const made = await acting.submit(() => api.documentBatches.create({ operationId: ids.of(input), ...input }))
    if (!made) return
    ids.done()
    show(made)
    found.value = null
    draft.name = ''
    await run()
  }

  function show(now: DocumentBatch) {
    if (batch.value?.batchId !== now.batchId) {
      progress.value = null
      running.reset()
      acting.reset()
    }
    batch.value = now
  }

  async function open(batchId: string) {
    const one = await loading.run(() => api.documentBatches.state({ batchId }))
    if (one) show(one)
  }

  /** `lastGoodSheet`: everything on later sheets is printed again first. */
  async function run(lastGoodSheet: number | null = null) {
    const current = batch.value
    if (!current) return
    const { batchId } = current
    pausing.value = false
    const ended = await running.submit(() => {
      batch.value = { ...current, state: 'running', runningHere: true }
      return api.documentBatches.run({ batchId, output: outputNow(), lastGoodSheet })
    })
    progress.value = null
    pausing.value = false
    if (batch.value?.batchId === batchId) batch.value = ended ?? (await loading.run(() => api.documentBatches.state({ batchId }))) ?? batch.value
  }

  async function pause() {
    const batchId = batch.value?.batchId
    if (!batchId) return
    pausing.value = true
    const now = await acting.submit(() => api.documentBatches.pause({ batchId }))
    if (now && batch.value?.batchId === batchId && batch.value.runningHere) batch.value = now
  }

  async function retry() {
    const batchId = batch.value?.batchId
    if (!batchId) return
    const now = await acting.submit(() => api.documentBatches.retry({ operationId: ids.of({ batchId, retry: true }), batchId, items: null }))
    if (!now) return
    ids.done()
    show(now)
  }

  async function close() {
    batch.value = null
    await load()
  }

  /** While the page is open. */
  function follow(): () => void {
    return onEvent('documentBatches.progress', (told) => {
      if (told.batchId === batch.value?.batchId) progress.value = told
    })
  }

  return {
    draft, found, isStale, badSums, batch, batches, progress, providers, printers, options, output, isRunning, pausing,
    loading: loading.busy, loadFailure: loading.failure, printersFailure: printing.failure, counting: counting.busy, countFailure: counting.failure, runFailure: running.failure, acting: acting.busy, actFailure: acting.failure,
    load, count, narrow, print, open, run, pause, retry, close, follow,
  }
})
