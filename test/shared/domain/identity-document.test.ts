import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DocumentType, documentLabels, documentProblems, documentTaxCode, documentTypes, formatDocument, normaliseDocument, parseDocumentType,
  possibleDocuments,
} from '@shared/domain/identity-document'

const TODAY = '2026-11-22'
const typesOf = (text: string) => possibleDocuments(text).map(({ type }) => type)

describe('a type of document in a register', () => {
  test.each<[string, DocumentType | null]>([
    ['21', 'passport_rf'], ['3', 'birth_certificate'], ['03', 'birth_certificate'], ['passport_rf', 'passport_rf'], ['Паспорт', 'passport_rf'],
    ['ПАСПОРТ ГРАЖДАНИНА РФ', 'passport_rf'], ['Паспорт гражданина Российской Федерации', 'passport_rf'], ['загранпаспорт', 'passport_rf_foreign'],
    ['Св-во о рождении', 'birth_certificate'], ['ВНЖ', 'residence_permit'], ['РВП', 'temporary_residence'], ['военный билет', 'military_id'],
    ['паспорт иностранного гражданина', 'passport_foreign'], ['иное', 'other'], ['99', null], ['', null], ['пропуск', null], ['constructor', null],
  ])('%s is %s', (text, type) => expect(parseDocumentType(text)).toBe(type))

  test('each type is found by its own code, its ФНС code and its label', () => {
    for (const type of documentTypes) expect([type, documentTaxCode(type), documentLabels[type]].map(parseDocumentType)).toEqual([type, type, type])
    expect(new Set(documentTypes.map(documentTaxCode)).size).toBe(documentTypes.length)
  })
})

describe('one key however the number was typed', () => {
  test.each<[DocumentType, string | null, string, string]>([
    ['passport_rf', '45 10', '123456', '4510123456'],
    ['passport_rf', null, '4510 № 123456', '4510123456'],
    ['passport_rf', null, 'паспорт серия 45 10 номер 123456', '4510123456'],
    ['passport_rf', '4510', 'N 123-456', '4510123456'],
    ['passport_rf', null, '45\u00a010\u2013123456', '4510123456'],
    ['passport_rf', '45О1', '12345O', '4501123450'],
    ['passport_rf_foreign', '75', '№1234567', '751234567'],
    ['birth_certificate', 'IV-АБ', '123456', 'IVАБ123456'],
    ['birth_certificate', 'ІУ-АБ', '123456', 'IVАБ123456'],
    ['birth_certificate', '1У АБ', '№ 123456', 'IVАБ123456'],
    ['birth_certificate', null, 'iv-аб 123456', 'IVАБ123456'],
    ['birth_certificate', 'IV-AБ', '123456', 'IVАБ123456'],
    ['birth_certificate', 'II-CX', '123456', 'IIСХ123456'],
    ['birth_certificate', 'П-СХ', '123456', 'IIСХ123456'],
    ['birth_certificate', 'Ш-АН', '123456', 'IIIАН123456'],
    ['birth_certificate', '11-АН', '123456', 'IIАН123456'],
    ['birth_certificate', '4-АН', '123456', 'IVАН123456'],
    ['birth_certificate', 'ХХ-МЮ', '123456', 'XXМЮ123456'],
    ['military_id', 'AH', '1234567', 'АН1234567'],
    ['military_id', 'АО', '1234567', 'АО1234567'],
    ['military_id', 'А0', '12345О7', 'АО1234507'],
    ['passport_foreign', null, 'АА 1234567', 'AA1234567'],
    ['passport_foreign', 'N', '12345678', 'N12345678'],
    ['passport_foreign', null, 'aa-1234567', 'AA1234567'],
    ['residence_permit', '82', '№ 0123456', '820123456'],
    ['other', '', ' № 77/15 ', '77/15'],
  ])('%s %s %s is %s', (type, series, number, key) => expect(normaliseDocument(type, series, number)).toBe(key))

  test('a key is its own key, so that what is stored and what is typed meet', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'0123456789АВСХУІПШABCXYIVN №-.л'), maxLength: 14 })
    fc.assert(fc.property(fc.constantFrom('passport_rf', 'passport_rf_foreign', 'military_id', 'passport_foreign', 'other'), typed, (type: DocumentType, text) => {
      const key = normaliseDocument(type, null, text)
      expect(normaliseDocument(type, null, key)).toBe(key)
    }))
  })

  test('a certificate keeps its key when it is shown and typed again', () => {
    const series = fc.tuple(fc.constantFrom('I', 'II', 'III', 'IV', 'V', 'IX', 'XX', 'XXXVI'), fc.constantFrom('АБ', 'СХ', 'МЮ', 'УУ'), fc.integer({ min: 0, max: 999_999 }))
    fc.assert(fc.property(series, ([roman, letters, number]) => {
      const key = `${roman}${letters}${String(number).padStart(6, '0')}`
      expect(normaliseDocument('birth_certificate', null, formatDocument('birth_certificate', key))).toBe(key)
      expect(documentProblems({ type: 'birth_certificate', series: null, number: key }, TODAY)).toEqual([])
    }))
  })
})

describe('what is wrong with a document', () => {
  const problems = (document: Parameters<typeof documentProblems>[0]) => documentProblems(document, TODAY).map(({ problem, level }) => `${level} ${problem}`)

  test.each<[DocumentType, string | null, string, string[]]>([
    ['passport_rf', '4510', '123456', []],
    ['passport_rf', '4510', '12345', ['error format']],
    ['passport_rf', '4510', '12345Б', ['error format']],
    ['passport_rf', null, ' ', ['error numberMissing']],
    ['passport_rf', '4527', '123456', []],
    ['passport_rf', '4528', '123456', ['warning seriesYearInFuture']],
    ['passport_rf', '4597', '123456', []],
    ['birth_certificate', 'IV-АБ', '12345', ['error format']],
    ['military_id', 'АБ', '12345678', ['error format']],
    ['passport_foreign', null, 'X'.repeat(30), ['error format']],
    ['passport_foreign', null, 'AB', ['error format']],
  ])('%s %s %s: %s', (type, series, number, expected) => expect(problems({ type, series, number })).toEqual(expected))

  test('the code of the issuing office has a dash', () => {
    expect(problems({ type: 'passport_rf', series: '4510', number: '123456', issuerCode: '770-001' })).toEqual([])
    expect(problems({ type: 'passport_rf', series: '4510', number: '123456', issuerCode: '770001' })).toEqual(['warning issuerCodeFormat'])
  })

  test.each([
    ['1981-01-01', '2001-05-01', 'replaced at 20, and 45 is more than 90 days past', ['warning mayHaveExpired']],
    ['1981-08-25', '2001-05-01', 'never replaced at 20', ['warning mayHaveExpired']],
    ['1981-08-25', '2001-09-01', 'turned 45 less than 90 days ago, replaced at 20', []],
    ['1981-08-24', '2001-09-01', 'turned 45 exactly 90 days ago', ['warning mayHaveExpired']],
    ['1960-01-01', '2005-02-01', 'replaced at 45', []],
  ])('born %s, issued %s: %s', (birthDate, issuedOn, _why, expected) => {
    expect(problems({ type: 'passport_rf', series: '4510', number: '123456', birthDate, issuedOn })).toEqual(expected)
  })
})

describe('a document in the search box', () => {
  test('ten digits are a Russian passport only', () => {
    expect(possibleDocuments('45 10 123456')).toEqual([{ type: 'passport_rf', key: '4510123456' }])
  })
  test('nine digits may be a passport for abroad or a foreign one', () => {
    expect(typesOf('75 1234567')).toEqual(expect.arrayContaining(['passport_rf_foreign', 'passport_foreign', 'residence_permit']))
  })
  test('a birth certificate is recognised with any look-alikes', () => {
    expect(possibleDocuments('1У-AБ 123456')).toContainEqual({ type: 'birth_certificate', key: 'IVАБ123456' })
  })
  test('a blank with two letters may be military or foreign', () => {
    expect(typesOf('АН 1234567')).toEqual(expect.arrayContaining(['military_id', 'passport_foreign']))
  })
  test.each(['100200300100', '12345', 'иванов', '', 'ленина 10 15', '+7 912 345-67-89', 'ivan@mail.ru'])('%s is no document', (text) => expect(possibleDocuments(text)).toEqual([]))
})
