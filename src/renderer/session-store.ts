import type { SessionStatus, SignedIn, StaffMember } from '@shared/contract/session'
import type { Events } from '@shared/events'
import type { Role } from '@shared/roles'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { silence } from './announce'
import { api, onEvent } from './api'

/** Who works at this desk, and whether the database can be used. One for the whole page; what counts is decided by main and the database. */
export const useSessionStore = defineStore('session', () => {
  const version = ref('')
  const database = shallowRef<SessionStatus['database']>({ state: 'starting', step: '' })
  const staff = shallowRef<SessionStatus['staff']>(null)
  const training = shallowRef<SessionStatus['training']>(null)
  const locked = ref(false)
  const loaded = ref(false)
  /** Why the last session ended without the person's wish. */
  const ended = ref<Events['session.ended']['reason'] | null>(null)
  /** Shown once after signing in: when and where one came last, and what went wrong under one's login since. */
  const lastSignIn = shallowRef<SignedIn['signIn'] | null>(null)

  const isTraining = computed(() => training.value !== null || staff.value?.office.isTraining === true)
  /** Signed in, the password is the person's own, and the second factor is there where the office asks for it. */
  const isReady = computed(() => staff.value !== null && !staff.value.mustChangePassword && staff.value.factor !== 'due')
  const has = (...roles: readonly Role[]) => roles.some((role) => staff.value?.roles.includes(role) ?? false)

  async function load() {
    const status = await api.session.status({})
    version.value = status.version
    database.value = status.database
    staff.value = status.staff
    training.value = status.training
    locked.value = status.locked
    loaded.value = true
  }

  /** `endOther`: ends the session of the same person at another desk. */
  async function signIn(login: string, password: string, more: { code?: string; endOther?: boolean } = {}) {
    const { signIn: told, ...member } = await api.session.signIn({ login, password, ...more })
    staff.value = member
    lastSignIn.value = told
    ended.value = null
  }

  /** Of oneself, after something of it has changed. */
  function know(member: StaffMember) {
    staff.value = member
  }

  async function changePassword(current: string, next: string) {
    staff.value = await api.session.changePassword({ current, next })
  }

  /** `idle`: nobody touched the desk. */
  async function lock(idle = false) {
    if (!staff.value || locked.value) return
    // Nothing is readable from this moment on, whatever main answers.
    locked.value = true
    silence()
    await api.session.lock({ idle })
  }

  async function unlock(password: string) {
    await api.session.unlock({ password })
    locked.value = false
  }

  async function signOut() {
    await api.session.signOut({})
    forget(null)
  }

  function forget(reason: Events['session.ended']['reason'] | null) {
    silence()
    staff.value = null
    lastSignIn.value = null
    locked.value = false
    ended.value = reason
  }

  /** Follows what main tells of the session and the database. Returns the function that ends that. */
  function follow(): () => void {
    const ends = [
      onEvent('session.ended', ({ reason }) => forget(reason === 'signedOut' ? null : reason)),
      onEvent('database.state', (state) => {
        const wasReady = database.value.state === 'ready'
        database.value = state
        // Whether this is a training office is known only once the database answers.
        if (state.state === 'ready' && !wasReady) void load()
      }),
    ]
    return () => ends.forEach((end) => end())
  }

  return { version, database, staff, training, locked, loaded, ended, lastSignIn, isTraining, isReady, has, load, signIn, know, changePassword, lock, unlock, signOut, follow }
})
