import { z } from 'zod'

/** Values that many calls share. Units: money in whole kopecks, meter readings in whole thousandths of the unit, volumes and tariffs as decimal strings. */
export const id = z.int().positive()
/** Made by the screen when a form opens; unique in the database, so that a second click or a retry returns the first result. */
export const operationId = z.uuid()
export const kopecks = z.int()
export const localDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
/** A billing month of this century or its neighbours: reckoning with it needs the months around. */
export const period = z.string().regex(/^(19|20|21)\d{2}-(0[1-9]|1[0-2])$/)
export const instant = z.iso.datetime({ offset: true })
export const decimal = z.string().regex(/^-?\d+(\.\d+)?$/)
/** Values of the zones of a meter, T1 first, in thousandths of the unit. */
export const meterValues = z.array(z.int().nonnegative()).min(1).max(3)
export const nothing = z.object({})
export const pdf = z.instanceof(Uint8Array)

export const readingStatus = z.enum(['entered', 'accepted', 'calculated', 'rejected', 'cancelled'])
export const readingChannel = z.enum(['desk', 'phone', 'portal', 'paper', 'act', 'import'])
export const accountStatus = z.enum(['active', 'suspended', 'closed'])
