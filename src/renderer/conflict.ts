import type { Failure } from '@shared/errors'
import { z } from 'zod'

const told = z.object({ staffName: z.string().nullable().catch(null), at: z.string().nullable().catch(null), kind: z.string().nullable().catch(null), current: z.unknown() })

/** Who was quicker (full name), when (instant), by what kind of operation, and what the record is now; nulls: a register or the portal. */
export type Conflict = z.infer<typeof told>

/** What a `changedByAnotherDesk` tells; null for any other failure. */
export function conflictOf(failure: Pick<Failure, 'reason' | 'details'> | null): Conflict | null {
  return failure?.reason === 'changedByAnotherDesk' ? told.parse({ current: null, ...failure.details }) : null
}
