import type { OfficeOfStaff } from '@shared/contract/offices'
import type { StaffMember } from '@shared/contract/session'
import type { ListedMember } from '@shared/contract/staff'
import type { Grant, Role } from '@shared/roles'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'

export interface NewMember {
  login: string
  fullName: string
  roles: Role[]
  window: string | null
  officeId?: number
  password: string
}

export const useStaffStore = defineStore('staff', () => {
  const members = ref<ListedMember[]>([])
  /** An administrator's; a supervisor reads the list of staff and no more. */
  const offices = ref<OfficeOfStaff[]>([])
  const stray = ref<{ desk: string | null; count: number; lastAt: string }[]>([])
  const loaded = ref(false)
  const loading = useAction()
  const saving = useAction()

  async function load() {
    const list = await loading.run(() => api.staff.list({}))
    if (!list) return
    members.value = list
    loaded.value = true
  }

  async function loadOffices() {
    const told = await loading.run(() => Promise.all([api.offices.list({}), api.staff.strayFailures({})]))
    if (told) [offices.value, stray.value] = told
  }

  /** What an administrator changes of a member; somebody else was quicker: the list shows what they made of it, the dialog keeps what was chosen. */
  async function changing(work: () => Promise<StaffMember>): Promise<boolean> {
    const done = show(await saving.submit(work))
    if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
    return done
  }

  const change = ({ login, version }: StaffMember, card: { fullName: string; officeId: number; window: string | null }) => changing(() => api.staff.change({ login, version, ...card }))
  const setBlocked = ({ login, version }: StaffMember, isBlocked: boolean) => changing(() => (isBlocked ? api.staff.block({ login, version }) : api.staff.unblock({ login, version })))
  const resetFactor = (login: string) => changing(() => api.staff.resetFactor({ login }))

  /** True when it is done; otherwise `saving.failure` says why. */
  async function create(member: NewMember): Promise<boolean> {
    return show(await saving.submit(() => api.staff.create(member)))
  }

  async function setRoles({ login, version }: StaffMember, roles: Role[]): Promise<boolean> {
    const done = show(await saving.submit(() => api.staff.setRoles({ login, roles, version })))
    // Somebody else changed this member: the list shows what they made of it, the dialog keeps what was chosen.
    if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
    return done
  }

  async function setGrants({ login, version }: StaffMember, grants: Grant[]): Promise<boolean> {
    const done = show(await saving.submit(() => api.staff.setGrants({ login, grants, version })))
    if (saving.failure.value?.reason === 'changedByAnotherDesk') await load()
    return done
  }

  async function resetPassword(login: string, password: string): Promise<boolean> {
    return show(await saving.submit(() => api.staff.resetPassword({ login, password })))
  }

  function show(member: StaffMember | undefined): boolean {
    if (!member) return false
    const others = members.value.filter(({ login }) => login !== member.login)
    const before = members.value.find(({ login }) => login === member.login) ?? { createdAt: new Date().toISOString(), blocked: null, lastDesk: null, now: null, failures: { count: 0, lastAt: null, desks: [] } }
    const isBlocked = member.status === 'blocked'
    const blocked = isBlocked ? (before.blocked ?? { at: new Date().toISOString(), why: 'administrator' as const }) : null
    members.value = [...others, { ...before, ...member, blocked, now: isBlocked ? null : before.now }].sort((left, right) => left.login.localeCompare(right.login))
    return true
  }

  return { members, loaded, loading: loading.busy, loadFailure: loading.failure, saving: saving.busy, saveFailure: saving.failure, forget: saving.reset, offices, stray, load, loadOffices, create, change, setBlocked, resetFactor, setRoles, setGrants, resetPassword }
})
