export const sectionNames = ['requisites', 'portal', 'password', 'safety', 'messages', 'memo', 'readings', 'document', 'identification', 'services', 'tariffs', 'requests', 'history'] as const
export type SectionName = (typeof sectionNames)[number]

/** Where the field of a path stands; the longest path that fits decides. */
const places: readonly (readonly [path: string, section: SectionName])[] = [
  ['', 'requisites'],
  ['services', 'services'],
  ['profile.portal', 'portal'],
  ['profile.accountNumber', 'portal'],
  ['profile.portal.confirmations', 'safety'],
  ['profile.portal.confirmUrl', 'safety'],
  ['profile.portal.linkMinutes', 'safety'],
  ['profile.portal.codeMinutes', 'safety'],
  ['profile.portal.firstSteps', 'memo'],
  ['profile.password', 'password'],
  ['profile.safety', 'safety'],
  ['profile.notices', 'messages'],
  ['profile.messages', 'messages'],
  ['profile.memo', 'memo'],
  ['profile.readings', 'readings'],
  ['profile.paymentDocument', 'document'],
  ['profile.identification', 'identification'],
  ['profile.requests', 'requests'],
  ['profile.tariffs', 'tariffs'],
]

export function sectionOf(path: string): SectionName {
  const fitting = places.filter(([start]) => start === '' || path === start || path.startsWith(`${start}.`))
  return fitting.reduce((best, place) => (place[0].length >= best[0].length ? place : best))[1]
}
