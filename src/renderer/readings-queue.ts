import type { Failure } from '@shared/errors'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from './api'
import { CallFailure } from './client'
import { newOperationId } from './operation-id'
import { useSessionStore } from './session-store'

type SaveInput = Omit<Parameters<typeof api.readings.save>[0], 'operationId'>

/** A visitor who has gone on: readings to be written, and the visit to be ended after them. */
export interface Parcel {
  id: number
  subscriberId: number
  subscriberName: string
  accountNumber: string
  /** What was read, to be told when it is not saved: «ХВ-1: 1 240,1». */
  told: string
  /** Null: nothing was read, only the visit is ended. */
  save: SaveInput | null
  visitId: number
  /** A visit that was open before the peak screen came to it goes on. */
  endsVisit: boolean
  /** Made once: a repeat after a lost answer is the same operation. */
  saveId: string
  closeId: string
  isSaved: boolean
  /** What is typed, as the sheet keeps it, to be put back there. */
  typed: unknown
}

export interface Unsaved {
  parcel: Parcel
  failure: Pick<Failure, 'code' | 'reason' | 'details'>
}

/** Failures that the same call a little later may not meet. */
const isPassing = ({ code }: Pick<Failure, 'code'>) => code === 'databaseUnavailable'
const AGAIN_AFTER = 4000

/**
 * The days of the window: the next visitor is served while the readings of the last one are being written. Kept in the page's memory only, never on
 * disk; what could not be written stays here, with why, until it is or an operator lets it go.
 */
export const useReadingsQueue = defineStore('readings-queue', () => {
  const session = useSessionStore()
  const waiting = shallowRef<readonly Parcel[]>([])
  const sending = shallowRef<Parcel | null>(null)
  const failed = shallowRef<readonly Unsaved[]>([])
  /** Visitors whose readings are written since the person signed in. */
  const savedCount = ref(0)
  /** Something stands on the peak screen's sheet that is not in the queue yet. */
  const isTyping = ref(false)
  let nextId = 1
  let timer = 0

  const unsaved = computed(() => waiting.value.length + failed.value.length + (sending.value ? 1 : 0))
  /** Not counting visits that only wait for their end: nothing typed is in them. */
  const hasUnsaved = computed(() => [...waiting.value, ...failed.value.map(({ parcel }) => parcel), ...(sending.value ? [sending.value] : [])].some(({ save, isSaved }) => save !== null && !isSaved))

  function add(what: Omit<Parcel, 'id' | 'saveId' | 'closeId' | 'isSaved'>) {
    waiting.value = [...waiting.value, { ...what, id: nextId++, saveId: newOperationId(), closeId: newOperationId(), isSaved: false }]
    void work()
  }

  /** One after another, in the order in which people came. */
  async function work(): Promise<void> {
    if (sending.value) return
    const [parcel, ...rest] = waiting.value
    if (!parcel) return
    waiting.value = rest
    sending.value = parcel
    const login = session.staff?.login
    const failure = await send(parcel)
    sending.value = null
    // Somebody else sits here now: what was another person's is none of theirs.
    if (login !== session.staff?.login) return
    if (failure) {
      failed.value = [...failed.value, { parcel, failure }]
      if (isPassing(failure)) tryAgainSoon()
    } else if (parcel.save) savedCount.value++
    await work()
  }

  async function send(parcel: Parcel): Promise<Unsaved['failure'] | null> {
    try {
      if (parcel.save && !parcel.isSaved) {
        await api.readings.save({ operationId: parcel.saveId, ...parcel.save })
        parcel.isSaved = true
      }
      if (parcel.endsVisit) await api.visits.close({ operationId: parcel.closeId, visitId: parcel.visitId })
      return null
    } catch (cause) {
      if (!(cause instanceof CallFailure)) throw cause
      // A visit that is over already is what was wanted.
      if (cause.reason === 'visitClosed' && (parcel.isSaved || !parcel.save)) return null
      return cause
    }
  }

  function retry(id?: number) {
    const again = failed.value.filter(({ parcel }) => id === undefined || parcel.id === id)
    failed.value = failed.value.filter((one) => !again.includes(one))
    waiting.value = [...waiting.value, ...again.map(({ parcel }) => parcel)]
    void work()
  }

  /** This subscriber has come back, for another account: the visit goes on. */
  function keepVisit(subscriberId: number) {
    for (const parcel of [...waiting.value, ...(sending.value ? [sending.value] : [])]) if (parcel.subscriberId === subscriberId) parcel.endsVisit = false
  }

  /** Takes a parcel out, to be put right on its sheet, or let go. */
  function take(id: number): Parcel | null {
    const found = failed.value.find(({ parcel }) => parcel.id === id)?.parcel ?? null
    failed.value = failed.value.filter(({ parcel }) => parcel.id !== id)
    return found
  }

  /** The connection has gone: tried by itself until it is back. */
  function tryAgainSoon() {
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      const passing = failed.value.filter(({ failure }) => isPassing(failure)).map(({ parcel }) => parcel.id)
      if (session.database.state === 'ready') passing.forEach((id) => retry(id))
      else if (passing.length > 0) tryAgainSoon()
    }, AGAIN_AFTER)
  }

  function forget() {
    clearTimeout(timer)
    waiting.value = []
    failed.value = []
    savedCount.value = 0
  }

  // The same person who signs in again goes on; anybody else begins with nothing.
  let owner = session.staff?.login ?? null
  watch(
    () => session.staff?.login ?? null,
    (login) => {
      if (login === null) return
      if (owner !== null && owner !== login) forget()
      owner = login
      void work()
    },
    { flush: 'sync' },
  )

  return { waiting, sending, failed, savedCount, unsaved, hasUnsaved, isTyping, add, keepVisit, retry, take, forget }
})
