import { fold } from './fold'

export interface PersonName {
  lastName: string
  firstName: string
  middleName?: string | null
}

const NBSP = '\u00a0'
const APOSTROPHES = /[\u2018\u2019\u02bc`´]/g

/** «Иванов Пётр Сергеевич» */
export function fullName({ lastName, firstName, middleName }: PersonName): string {
  return [lastName, firstName, middleName].filter(Boolean).join(' ')
}

/** «Иванов П. С.», «Ким О.», «Римский-Корсаков А.-М.»; stays on one line. */
export function shortName({ lastName, firstName, middleName }: PersonName): string {
  return [lastName, initial(firstName), initial(middleName ?? '')].filter(Boolean).join(NBSP)
}

/** The same of a full name as it is stored in one text; what is no Russian name stays as it is. */
export function shortNameOf(full: string): string {
  const [lastName = '', firstName = '', middleName] = full.trim().split(/\s+/)
  return isRussianName(full.trim()) ? shortName({ lastName, firstName, middleName: middleName ?? null }) : full
}

/** One part of a name as it is stored: single spaces, one kind of dash and apostrophe. */
export function tidyName(text: string): string {
  return text.normalize('NFC').replace(APOSTROPHES, "'").replace(/[\u2010-\u2015]/g, '-').replace(/\s*-\s*/g, '-').replace(/\s+/g, ' ').trim()
}

/** Letters of a Russian ФИО: Cyrillic, space, hyphen, apostrophe, dot. A Latin look-alike inside is a mistake. */
export function isRussianName(text: string): boolean {
  return /^[А-ЯЁ](?:[А-ЯЁ .'-]*[А-ЯЁ.])?$/i.test(text)
}

/** «ООО «Ромашка»»: the legal form shortened, quotes as Russian print wants them. */
export function shortOrganisationName(name: string): string {
  const tidy = name.normalize('NFC').replace(/\s+/g, ' ').trim().replace(/"([^"]*)"/g, '«$1»').replace(/["“”„]/g, '')
  const form = LEGAL_FORMS.find(([, pattern]) => pattern.test(tidy))
  return form ? tidy.replace(form[1], `${form[0]} `).trim() : tidy
}

/** Words an organisation is looked up by: no legal form, no quotes, folded. */
export function organisationKey(name: string): string {
  const words = fold(shortOrganisationName(name)).replace(/[^a-zа-я0-9]+/g, ' ').trim().split(' ')
  const own = words.filter((word) => !SHORT_FORMS.has(word))
  return (own.length > 0 ? own : words).join(' ')
}

/** Whether a text names a legal form: then it cannot be a person. */
export function namesLegalForm(text: string): boolean {
  return LEGAL_FORMS.some(([, pattern]) => pattern.test(text)) || fold(text).split(/[^a-zа-я0-9]+/).some((word) => SHORT_FORMS.has(word))
}

const LEGAL_FORMS: readonly [short: string, full: RegExp][] = [
  ['ООО', /^общество с ограниченной ответственностью\s*/i],
  ['ПАО', /^публичное акционерное общество\s*/i],
  ['ЗАО', /^закрытое акционерное общество\s*/i],
  ['ОАО', /^открытое акционерное общество\s*/i],
  ['НАО', /^непубличное акционерное общество\s*/i],
  ['АО', /^акционерное общество\s*/i],
  ['ТСЖ', /^товарищество собственников жилья\s*/i],
  ['ТСН', /^товарищество собственников недвижимости\s*/i],
  ['СНТ', /^садоводческое некоммерческое товарищество\s*/i],
  ['МУП', /^муниципальное унитарное предприятие\s*/i],
  ['ГУП', /^государственное унитарное предприятие\s*/i],
  ['ФГУП', /^федеральное государственное унитарное предприятие\s*/i],
  ['ИП', /^индивидуальный предприниматель\s*/i],
]
const SHORT_FORMS: ReadonlySet<string> = new Set([...LEGAL_FORMS.map(([short]) => fold(short)), 'жск', 'гск', 'ук', 'мку', 'мбу', 'гбу', 'фгбу', 'кфх', 'пк', 'сро'])

/** Suffixes of patronymics («Али оглы») give no initial; both parts of a double name do. */
function initial(name: string): string {
  const first = name.trim().split(/\s+/)[0] ?? ''
  return first === '' ? '' : first.split('-').filter(Boolean).map((part) => `${part.charAt(0).toLocaleUpperCase('ru')}.`).join('-')
}
