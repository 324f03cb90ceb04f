import type { BackupFrom, BackupNote, BackupPreview, BackupProgress, BackupsState, BackupUnlock } from '@shared/contract/backups'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { api, onEvent } from '@renderer/api'
import { useAction } from '@renderer/use-action'

/** Backups of this computer's own database, and whatever is being done with one. */
export const useBackupsStore = defineStore('backups', () => {
  const state = shallowRef<BackupsState | null>(null)
  const progress = shallowRef<BackupProgress | null>(null)
  const loading = useAction()
  const changing = useAction()
  /** Long work: a backup, its verification, a restore. */
  const working = useAction()
  const cancelling = ref(false)

  async function load() {
    const answer = await loading.run(() => api.backups.state({}))
    if (!answer) return
    state.value = answer
    progress.value = answer.running
  }

  async function change<T>(work: () => Promise<T>): Promise<T | undefined> {
    const answer = await changing.submit(work)
    if (answer !== undefined) await load()
    return answer
  }

  async function work<T>(job: () => Promise<T>): Promise<T | undefined> {
    cancelling.value = false
    return working.submit(job)
  }

  const make = async (passphrase?: string) => {
    const made = await work(() => api.backups.make(passphrase === undefined ? {} : { passphrase }))
    await load()
    return made
  }
  const verify = async (from: BackupFrom, unlock: BackupUnlock): Promise<BackupNote | undefined> => {
    const note = await work(() => api.backups.verify({ from, unlock }))
    if (note) await load()
    return note
  }
  const preview = (from: BackupFrom, unlock: BackupUnlock): Promise<BackupPreview | undefined> => changing.submit(() => api.backups.preview({ from, unlock }))
  const restore = (from: BackupFrom, unlock: BackupUnlock, confirm: string) => work(() => api.backups.restore({ from, unlock, confirm }))

  async function cancel() {
    cancelling.value = true
    await api.backups.cancel({})
  }

  /** Hears how far it is. Returns the function that ends that. */
  const follow = () =>
    onEvent('backups.progress', (told) => {
      const hasEnded = progress.value !== null && told.progress === null
      progress.value = told.progress
      if (!hasEnded) return
      cancelling.value = false
      if (state.value && !working.busy.value) void load()
    })

  return {
    state, progress, cancelling,
    loading: loading.busy, loadFailure: loading.failure, changing: changing.busy, changeFailure: changing.failure, working: working.busy, workFailure: working.failure,
    forget() {
      changing.reset()
      if (!working.busy.value) working.reset()
    },
    load, change, make, verify, preview, restore, cancel, follow,
  }
})
