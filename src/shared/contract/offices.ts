import { z } from 'zod'
import { admins, roles } from '../roles'
import { command, query } from './call'
import { id, nothing } from './values'

const role = z.enum(roles)

/** What an administrator types of an office. `hours` as «пн–пт 8:00–19:00, сб 9:00–15:00»; empty: nobody knows them. */
export const officeCard = z.object({
  code: z.string().trim().regex(/^[a-z0-9][a-z0-9-]{0,29}$/),
  name: z.string().trim().min(2).max(120),
  address: z.string().trim().max(200),
  phone: z.string().trim().max(60),
  hours: z.string().trim().max(200),
  /** IANA name; its clocks and days are the office's. */
  timeZone: z.string().regex(/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/).max(60),
  /** Numbers or names of the windows in the hall, in their order. */
  windows: z.array(z.string().trim().min(1).max(20)).max(200),
  /** ФСТЭК 21, УПД.10: 15 at most. */
  idleLockMinutes: z.int().min(1).max(15),
  /** Whether one member of staff may be signed in at two desks (УПД.9). */
  parallelSessions: z.boolean(),
  /** Days without a sign-in after which a login is blocked (ИАФ.3); null: never. */
  blockIdleDays: z.int().min(7).max(366).nullable(),
  /** Whoever has one of these roles works only with the second factor. */
  factorRoles: z.array(role).max(3),
})
export type OfficeCard = z.infer<typeof officeCard>

/** `open`: [opens, closes] of Monday to Sunday in minutes, null on a day off; null when there are no hours. `withoutFactor`: how many of each role would have to set up a factor. */
export const office = officeCard.extend({
  id,
  version: z.int(),
  isTraining: z.boolean(),
  windows: z.array(z.object({ code: z.string(), staff: z.array(z.string()) })),
  open: z.array(z.int().nullable()).length(14).nullable(),
  staff: z.int(),
  withoutFactor: z.record(role, z.int()),
})
export type OfficeOfStaff = z.infer<typeof office>

export const officesContract = {
  list: query({ access: admins, input: nothing, output: z.array(office) }),
  /**
   * A new office without `id`. invalidInput 'hoursUnreadable', 'timeZone', 'windowTwice'; conflict 'officeCodeTaken', 'changedByAnotherDesk', 'windowOccupied' {window, staffName},
   * 'factorFirst': who asks others for a code must have one. Members whom a new rule holds up lose their sessions and set up the factor at the next sign-in.
   */
  save: command({ access: admins, input: officeCard.extend({ id: id.optional(), version: z.int().optional() }), output: office }),
}
