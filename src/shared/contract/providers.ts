import { z } from 'zod'
import { providerCard } from '../domain/provider-profile'
import { admins, anyStaff } from '../roles'
import { command, query } from './call'
import { id, nothing } from './values'

export const providerRecord = providerCard.safeExtend({ id, version: z.int() })

export const providersContract = {
  list: query({ access: anyStaff, input: nothing, output: z.array(providerRecord) }),
  /** Creates a provider, or replaces the card of the one with this code when `version` agrees; without a version that one is never overwritten. */
  save: command({ access: admins, input: providerCard.safeExtend({ version: z.int().optional() }), output: providerRecord }),
}
