import { z } from 'zod'

/**
 * How the payment documents of one provider look. It is data of the provider's profile and is stored with each closed period, so that a reprint looks as the first
 * print did. There is no field for advertising, on purpose: it is forbidden on a payment document (43/пр), the back may hold reference information only.
 */

/** Sections a layout may leave out where the law does not ask for them. Who pays, whom, the sum and the charges are always there. */
export const documentSections = ['meters', 'house', 'recalculations', 'instalments', 'balances', 'words', 'barcode', 'stub', 'readingsStub'] as const
export const documentSection = z.enum(documentSections)
export type DocumentSection = z.infer<typeof documentSection>

/** ПП 354 п. 69 «е», «ж», «к» and sections 4–6 of 43/пр: housing and utility providers must show these whenever billing gave figures. */
export const sectionsByLaw: Record<'utility' | 'internet', readonly DocumentSection[]> = {
  utility: ['meters', 'house', 'recalculations', 'instalments'],
  internet: [],
}

/** Added to a bill before anybody asks for it. */
export const sectionsOffAtFirst: readonly DocumentSection[] = ['stub', 'readingsStub']

const LOGO_BYTES = 24_000
const LOGO_SIDE = { width: 1_200, height: 480 }

/** A small PNG as base64, one bit a pixel: what is chosen is made black on white, as it will come out of an office printer. */
const logo = z.base64().superRefine((text, ctx) => {
  const size = pngSize(text)
  if (size === null) ctx.addIssue({ code: 'custom', message: 'logoNotPng' })
  else if ((text.length * 3) / 4 > LOGO_BYTES || size.width > LOGO_SIDE.width || size.height > LOGO_SIDE.height) ctx.addIssue({ code: 'custom', message: 'logoTooLarge' })
})

const words = (max: number) => z.string().trim().min(1).max(max).nullable().default(null)
const month = z.int().min(1).max(12)

export const documentLayout = z.object({
  hidden: z.array(documentSection).max(documentSections.length).default([...sectionsOffAtFirst]),
  logo: logo.nullable().default(null),
  /** Under the heading of the first page. */
  headerText: words(300),
  /** At the bottom of each page, above the line with the number. */
  footerText: words(200),
  /** Block «Справочная информация»: tariffs decided, whom to complain to, how to get a recalculation. */
  referenceText: words(3000),
  textSize: z.enum(['small', 'normal', 'large']).default('normal'),
  /** 'one': set as tight as legible to stay on one page if it can; 'two': reference sections begin on the back. */
  pages: z.enum(['one', 'two']).default('one'),
  /** Months (1–12) whose bills carry the notice; empty: each bill does. */
  noticeMonths: z.array(month).max(12).default([]),
})
export type DocumentLayout = z.infer<typeof documentLayout>

/** The notice is due once a quarter at least (ПП 354 п. 69): quarters, 1 to 4, whose bills would not carry it. */
export function quartersWithoutNotice(months: readonly number[]): number[] {
  return months.length === 0 ? [] : [1, 2, 3, 4].filter((quarter) => !months.some((one) => Math.ceil(one / 3) === quarter))
}

/** Whether the bill of a period 'YYYY-MM' carries the notice. */
export function isNoticePrinted({ noticeMonths }: Pick<DocumentLayout, 'noticeMonths'>, period: string): boolean {
  return noticeMonths.length === 0 || noticeMonths.includes(Number(period.slice(5)))
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Width and height of a one-bit grayscale PNG without interlacing, given as base64; null: it is none. */
export function pngSize(base64: string): { width: number; height: number } | null {
  const sixes = [...base64.slice(0, 40)].map((sign) => BASE64.indexOf(sign))
  if (sixes.length < 40 || sixes.includes(-1)) return null
  const at = (index: number) => {
    const bit = index * 8
    const both = ((sixes[Math.floor(bit / 6)] ?? 0) << 6) | (sixes[Math.floor(bit / 6) + 1] ?? 0)
    return (both >> (4 - (bit % 6))) & 0xff
  }
  const number = (index: number) => at(index) * 2 ** 24 + at(index + 1) * 2 ** 16 + at(index + 2) * 2 ** 8 + at(index + 3)
  if (!PNG.every((byte, index) => at(index) === byte)) return null
  const [width, height] = [number(16), number(20)]
  const [depth, colour, interlaced] = [at(24), at(25), at(28)]
  return width > 0 && height > 0 && depth === 1 && colour === 0 && interlaced === 0 ? { width, height } : null
}
