import { expect, test } from 'vitest'
import { documentLayout, isNoticePrinted, pngSize, quartersWithoutNotice } from '@shared/domain/document-layout'
import { providerProfile } from '@shared/domain/provider-profile'
import { readyProvider } from '../../../src/main/features/providers/ready-profiles'

/** The head of a PNG with these values in its first chunk, and as many bytes as asked for. */
const png = ({ width = 300, height = 100, depth = 1, colour = 0, interlaced = 0, bytes = 200 } = {}) => {
  const file = Buffer.alloc(bytes)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]).copy(file)
  file.writeUInt32BE(width, 16)
  file.writeUInt32BE(height, 20)
  file[24] = depth
  file[25] = colour
  file[28] = interlaced
  return file.toString('base64')
}

const problems = (change: object, kind: 'enser' | 'enicom' = 'enser') => {
  const { profile } = readyProvider(kind)!
  const parsed = providerProfile.safeParse({ ...profile, paymentDocument: { ...profile.paymentDocument, ...change } })
  return (parsed.error?.issues ?? []).map(({ message }) => message)
}

test('a profile saved before there were layouts gets the usual one', () => {
  const { profile } = readyProvider('enser')!
  const { layout: _, penaltyRates: __, ...old } = profile.paymentDocument
  expect(providerProfile.parse({ ...profile, paymentDocument: old }).paymentDocument).toEqual(profile.paymentDocument)
})

test('what the law demands of a utility can’t be left out; an internet provider may', () => {
  for (const section of ['meters', 'house', 'recalculations', 'instalments'] as const) {
    expect(problems({ layout: documentLayout.parse({ hidden: [section] }) })).toEqual(['sectionByLaw'])
    expect(problems({ layout: documentLayout.parse({ hidden: [section] }) }, 'enicom')).toEqual([])
  }
  expect(problems({ layout: documentLayout.parse({ hidden: ['words', 'barcode', 'balances', 'stub', 'readingsStub'] }) })).toEqual([])
})

test('a utility prints the notice once a quarter at least', () => {
  expect(problems({ notice: null })).toEqual(['noticeByLaw'])
  expect(problems({ layout: documentLayout.parse({ noticeMonths: [1, 4, 7] }) })).toEqual(['noticeEveryQuarter'])
  expect(problems({ layout: documentLayout.parse({ noticeMonths: [3, 6, 9, 12] }) })).toEqual([])
  expect(problems({ notice: null, layout: documentLayout.parse({ noticeMonths: [1] }) }, 'enicom')).toEqual([])
  expect(quartersWithoutNotice([2, 12])).toEqual([2, 3])
  expect([isNoticePrinted({ noticeMonths: [] }, '2026-05'), isNoticePrinted({ noticeMonths: [6] }, '2026-05'), isNoticePrinted({ noticeMonths: [6] }, '2026-06')]).toEqual([true, false, true])
})

test('a logo is a small picture of black on white, and nothing else', () => {
  expect(pngSize(png())).toEqual({ width: 300, height: 100 })
  const logo = (text: string) => documentLayout.safeParse({ logo: text }).error?.issues.map(({ message }) => message) ?? []
  expect(logo(png())).toEqual([])
  for (const wrong of [png({ depth: 8 }), png({ colour: 6 }), png({ interlaced: 1 }), png({ width: 0 }), Buffer.from('%PDF-1.7 and much more text than the head of a picture').toString('base64')]) expect(logo(wrong)).toContain('logoNotPng')
  for (const large of [png({ width: 1201 }), png({ height: 481 }), png({ bytes: 24_100 })]) expect(logo(large)).toEqual(['logoTooLarge'])
})
