import { largestAttachment } from '@shared/contract/readings'
import { t } from '@renderer/i18n'
import { sizeText } from '@renderer/text-of'

/** A photo or an act that main keeps already; `id` goes into the entry of its reading. */
export interface Attached {
  id: number
  fileName: string
  /** Bytes. */
  size: number
}

export const attachmentTypes = 'image/jpeg,image/png,application/pdf'

const beginnings = { 'image/jpeg': [0xff, 0xd8, 0xff], 'image/png': [0x89, 0x50, 0x4e, 0x47], 'application/pdf': [0x25, 0x50, 0x44, 0x46] } as const

/** Why a file can't be kept, in words, before anything is sent: main and the database decide by the same bytes. Null: it can. */
export function attachmentProblem(bytes: Uint8Array): string | null {
  if (bytes.byteLength > largestAttachment) return t('readings.attachment.tooLarge', { size: sizeText(bytes.byteLength), max: sizeText(largestAttachment) })
  return mediaTypeOf(bytes) === null ? t('readings.attachment.wrongType') : null
}

/** By the first bytes: the name of a file says nothing. */
export function mediaTypeOf(bytes: Uint8Array): keyof typeof beginnings | null {
  const known = Object.keys(beginnings) as (keyof typeof beginnings)[]
  return known.find((type) => beginnings[type].every((byte, index) => bytes[index] === byte)) ?? null
}
