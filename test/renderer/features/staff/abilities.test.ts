import { contract } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import { roles } from '@shared/roles'
import { expect, test } from 'vitest'
import { abilities, roleTable, rolesOf } from '@renderer/features/staff/abilities'
import { hasText, t } from '@renderer/i18n'

const calls = Object.entries(contract).flatMap(([feature, entries]) => Object.entries(entries as Record<string, Call>).map(([name, { access }]) => ({ name: `${feature}.${name}`, access })))

test('every call that is a matter of roles stands behind one ability of the table, so the table is whole', () => {
  const listed = Object.values(abilities).flat() as string[]
  const ofRoles = calls.filter(({ access }) => Array.isArray(access)).map(({ name }) => name)
  expect(ofRoles.filter((name) => !listed.includes(name)), 'calls without words: add them to an ability in src/renderer/features/staff/abilities.ts').toEqual([])
  expect(listed.filter((name) => !ofRoles.includes(name)), 'no such calls').toEqual([])
  expect(listed.filter((name, index) => listed.indexOf(name) !== index), 'twice').toEqual([])
})

test('what stands behind one ability is open to the same roles, so a tick is true of all of it', () => {
  for (const [ability, names] of Object.entries(abilities))
    expect(names.filter((name) => String([...(rolesOf(name) ?? [])].sort()) !== String([...(rolesOf(names[0]) ?? [])].sort())), ability).toEqual([])
})

test('every ability has words, and every role can do something that another can’t', () => {
  for (const { ability } of roleTable) expect(hasText(`staff.ability.${ability}`), ability).toBe(true)
  for (const role of roles) expect(roleTable.some(({ may }) => may[role] && roles.some((other) => !may[other])), role).toBe(true)
  expect(t('staff.ability.serve')).not.toBe('')
})
