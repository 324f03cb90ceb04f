import type { StaffMember } from '@shared/contract/session'
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
  password: string
}

export const useStaffStore = defineStore('staff', () => {
  const members = ref<StaffMember[]>([])
  const loaded = ref(false)
  const loading = useAction()
  const saving = useAction()

  async function load() {
    const list = await loading.run(() => api.staff.list({}))
    if (!list) return
    members.value = list
    loaded.value = true
  }

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
    members.value = [...others, member].sort((left, right) => left.login.localeCompare(right.login))
    return true
  }

  return { members, loaded, loading: loading.busy, loadFailure: loading.failure, saving: saving.busy, saveFailure: saving.failure, forget: saving.reset, load, create, setRoles, setGrants, resetPassword }
})
