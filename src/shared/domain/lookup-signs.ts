import type { LookupDay } from '../contract/audit'

/** What makes a day of look-ups worth a supervisor's question. A visit with a document in hand is one search, found, and one card. */
export const lookupSigns = ['refused', 'many', 'mostlyNothing', 'notOpened', 'manyUnmasked', 'withoutVisit'] as const
export type LookupSign = (typeof lookupSigns)[number]

/** Eight hours of visits of four minutes with a document are 120. */
const MANY_SEARCHES = 120
const MANY_UNMASKED = 30
const MANY_WITHOUT_VISIT = 20
/** Below this it is chance. */
const ENOUGH = 5

/** The signs of one day of one member of staff, none for an ordinary day. */
export function signsOf({ searches, foundNothing, refused, openedAfter, unmasked, openedWithoutVisit }: LookupDay): LookupSign[] {
  const found = searches - foundNothing
  const notOpened = found - openedAfter
  const is: Record<LookupSign, boolean> = {
    refused: refused > 0,
    many: searches >= MANY_SEARCHES,
    mostlyNothing: foundNothing >= ENOUGH && foundNothing * 2 >= searches,
    notOpened: notOpened >= ENOUGH && notOpened * 2 >= found,
    manyUnmasked: unmasked >= MANY_UNMASKED,
    withoutVisit: openedWithoutVisit >= MANY_WITHOUT_VISIT,
  }
  return lookupSigns.filter((sign) => is[sign])
}
