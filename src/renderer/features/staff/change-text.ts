import type { StaffHistory } from '@shared/contract/staff'
import { grants, roles } from '@shared/roles'
import { hasText, t } from '@renderer/i18n'

type Change = StaffHistory['changes'][number]

/** What was done to a member, as a line: «Роли: Оператор → Оператор, Старший смены». `officeName` names an office by its number. */
export function changeText({ action, details }: Change, officeName: (id: number) => string): string {
  const key = `staff.history.did.${action.replace('staff.', '')}`
  const what = hasText(key) ? t(key, { times: Number(details['times'] ?? 0), desk: textOf(details['desk']), days: Number(details['days'] ?? 0) }) : action
  if (action === 'staff.setRoles') return arrow(what, rolesText(details['from']), rolesText(details['to']))
  if (action === 'staff.setGrants') return arrow(what, grantsText(details['from']), grantsText(details['to']))
  if (action === 'staff.create') return `${what}: ${rolesText(details['roles'])}`
  if (action === 'staff.block' && details['why'] === 'idle') return t('staff.history.did.blockIdle', { days: Number(details['days'] ?? 0) })
  if (action !== 'staff.change') return what
  const [from, to] = [recordOf(details['from']), recordOf(details['to'])]
  const fields = (['fullName', 'office', 'window'] as const).filter((field) => field in to)
  const shown = (field: (typeof fields)[number], value: unknown) => (field === 'office' ? officeName(Number(value)) : textOf(value) || t('staff.noWindow'))
  return fields.map((field) => arrow(t(`staff.history.field.${field}`), shown(field, from[field]), shown(field, to[field]))).join('; ') || what
}

const arrow = (what: string, from: string, to: string) => `${what}: ${from} → ${to}`
const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const rolesText = (value: unknown) => roles.filter((role) => listOf(value).includes(role)).map((role) => t(`staff.role.${role}.name`)).join(', ') || t('staff.status.removed')
const grantsText = (value: unknown) => grants.filter((grant) => listOf(value).includes(grant)).map((grant) => t(`staff.grant.${grant}.name`)).join(', ') || t('staff.grants.none')
