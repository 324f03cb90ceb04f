import { isFirstName } from './first-names'
import { fold } from './fold'

/** Where in a street: folded; a missing building or flat is not asked for. */
export interface HousePlace {
  house: string
  building?: string
  flat?: string
}

/** A free-form address: every word is of the street or of the town, the first letters of one suffice. */
export interface AddressQuery {
  words: string[]
  /** Readings of the numbers, the likelier first: «10/2» is a house, a building or a flat. */
  places: HousePlace[]
  /** Words that are somebody's name, folded: surname first. */
  name?: string[]
}

// Kinds of street and place; they are left out of a query, registers write them in many ways.
const KINDS: ReadonlySet<string> = new Set(
  ('ул улица пр просп проспект прт пр-т пркт пр-кт пер переулок б-р бр бул бульвар наб набережная ш шоссе пл площадь проезд пр-д прд туп тупик ал аллея линия лин тракт тр мкр кв-л квл квартал ' +
    'г гор город пос п поселок пгт рп с село д дер деревня ст станица х хутор снт днп обл область р-н район респ республика край им имени россия рф адрес').split(' '),
)
const HOUSE_WORDS = /^(?:д|дом|вл|владение|стр|строение|уч|участок)$/
const BUILDING_WORDS = /^(?:к|корп|корпус|стр|строение|с)$/
const LETTER_WORDS = /^(?:лит|литер|литера)$/
const FLAT_WORDS = /^(?:кв|квартира|пом|помещение|оф|офис|комн|комната|ком|к)$/
const ROOM_WORDS = /^(?:комн|комната|ком)$/
const BETWEEN = /^(?:подъезд|под|этаж|эт)$/
// «Восьмого Марта» and «8 Марта» are one street.
const ORDINALS: readonly [RegExp, string][] = [
  [/^перв(?:ая|ый|ого|ой)$/, '1'], [/^втор(?:ая|ой|ого)$/, '2'], [/^трет(?:ья|ий|ьего)$/, '3'], [/^четверт(?:ая|ый|ого)$/, '4'], [/^пят(?:ая|ый|ого)$/, '5'], [/^шест(?:ая|ой|ого)$/, '6'],
  [/^седьм(?:ая|ой|ого)$/, '7'], [/^восьм(?:ая|ой|ого)$/, '8'], [/^девят(?:ая|ый|ого)$/, '9'], [/^десят(?:ая|ый|ого)$/, '10'], [/^тридцать$/, '30'], [/^сорок(?:алетия)?$/, '40'],
  [/^пятьдесят$/, '50'], [/^шестьдесят$/, '60'], [/^семьдесят$/, '70'],
]
const TITLES = /^(?:академик|генерал|маршал|адмирал|геро|космонавт|летчик|профессор|писател|поэт|революционер|братьев|капитан|лейтенант|комиссар|комсомольц)/
/** Marks a number that belongs to the street: «1-я Озёрная», «Озёрная 1-я». */
const OF_STREET = '§'

const MOST_WORDS = 7
const MOST_READINGS = 5

/**
 * «ленина 10 15», «10к2-15», «ул ленина д10/2», «энск ленина 10», «г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15», «соколова ленина 10», «10 ленина».
 * A house number is required: a street alone lists half of a town. Names of streets may begin with a number («8 Марта 5», «1-я Озёрная 5», «3 мкр 5»).
 * Several readings, the likelier first; [] when the text is no address.
 */
export function readAddress(text: string): AddressQuery[] {
  const written = fold(text.replace(/["«»„“]/g, ' ')).replace(/[№]/g, ' ').replace(/[\u2010-\u2015]/g, '-').replaceAll('\\', '/').replaceAll('|', '/').trim()
  if (!/^[\p{L}\d\s.,/-]+$/u.test(written)) return []
  const tokens = housesLast(tokensOf(written))
  const at = startOfHouse(tokens)
  if (at === null) return []
  const { places, rest } = readPlaces(tokens.slice(at))
  if (places.length === 0) return []
  const after = rest.filter((word) => /^\p{L}{2}/u.test(word) && !KINDS.has(word))
  const [before = [], ...otherWords] = streetReadings(streetWords(tokens.slice(0, at)), namedLikeKind(tokens.slice(0, at)))
  if (before.length === 0 || before.length > MOST_WORDS || !before.some((word) => /\p{L}{2}/u.test(word))) return []
  if (after.length > 0) return after.length <= 3 && rest.every((word) => /^\p{L}/u.test(word)) ? [{ words: before, places, name: after }] : []
  if (rest.length > 0) return []
  return [{ words: before, places }, ...otherWords.map((words) => ({ words, places })), ...withName(before, places)].slice(0, MOST_READINGS)
}

/** Words and numbers apart: «д10/2» → д, 10/2; «10к2-15» stays one token. */
function tokensOf(written: string): string[] {
  return written
    .replace(/^\d{6}(?=[\s,])/, ' ')
    // A region is in no street and no town.
    .replace(/\p{L}[\p{L}-]*\s+(?:обл|область|край|респ|республика|р-н|район)(?![\p{L}\d])|(?:респ|республика)[.\s]+\p{L}+/gu, ' ')
    .replace(/(?<![\p{L}\d])(?:микрорайон|мкр-?н|м-о?н|микр|мик)(?![\p{L}])/gu, 'мкр')
    .replace(/(?<=\p{L}{3})(?=\d)/gu, ' ')
    .replace(/(?<=\d)(?=(?:кв|корп|стр|оф|лит|пом|комн)[\s.]*\d)/gu, ' ')
    .replace(/(\d)\s+(\p{L})-(?=\d)/gu, '$1$2-')
    .replace(/(\d)\s*-\s*(\d)/g, '$1-$2')
    .replace(/(\d)\s*\/\s*(\d)/g, '$1/$2')
    .replace(/(^|\s)(\d+)-?лет(?:ия|ие)?(?=\s)/g, `$1${OF_STREET}$2 лет`)
    .replace(/(^|[\s.])(\d+)-(?:я|ая|й|ый|ой|го|ого|е|ое)(?=[\s,]|$)/g, `$1${OF_STREET}$2`)
    .replace(/(^|[\s.,])(д|дом|кв|квартира|корп|корпус|стр|с|оф|пом|комн|вл|уч|ул|к)\.?\s*(?=\d)/g, '$1$2 ')
    .split(/[\s,]+/)
    .flatMap((token) => (/\d/.test(token) ? [token.replace(/\./g, '')] : token.split('.')))
    .filter((token) => /[\p{L}\d]/u.test(token))
    .map((token) => token.replace(/^[-/]+|[-/]+$/g, ''))
}

const isNumber = (token: string | undefined): token is string => token !== undefined && /^\d/.test(token)

/** «10-15 ленина», «дом 10 ленина»: the house in front goes behind the street. */
function housesLast(tokens: string[]): string[] {
  const street = tokens.findIndex((token, index) => index > 0 && /^\p{L}{3}/u.test(token) && !HOUSE_WORDS.test(token) && !FLAT_WORDS.test(token) && !BUILDING_WORDS.test(token))
  if (street < 1 || tokens.slice(street).some((token) => isNumber(token)) || tokens.includes('мкр')) return tokens
  const house = tokens.slice(0, street)
  const isHouse = house.some(isNumber) && house.every((token) => isNumber(token) || HOUSE_WORDS.test(token) || BUILDING_WORDS.test(token) || FLAT_WORDS.test(token))
  return isHouse ? [...tokens.slice(street), ...house] : tokens
}

/** The first number after which no street goes on: a number before a word of three letters belongs to the street. */
function startOfHouse(tokens: readonly string[]): number | null {
  const marked = tokens.findIndex((token, index) => index > 0 && HOUSE_WORDS.test(token) && isNumber(tokens[index + 1]))
  const isBuilding = marked > 1 && /^стр/.test(tokens[marked] ?? '') && isNumber(tokens[marked - 1])
  if (marked >= 0) return isBuilding ? marked - 1 : marked
  // «мкр 3 5 12», «3 мкр 5»: the number beside it is its name.
  const district = tokens.indexOf('мкр')
  if (district >= 0 && !tokens.some((token) => /^\p{L}{3}/u.test(token) && !KINDS.has(token))) {
    const house = isNumber(tokens[district - 1]) || tokens[district - 1]?.startsWith(OF_STREET) ? district + 1 : district + 2
    return isNumber(tokens[house]) ? house : null
  }
  const firstWord = tokens.findIndex((token) => /^\p{L}{2}/u.test(token) && !KINDS.has(token))
  if (firstWord < 0) {
    // «набережная 5»: the street is called like a kind.
    const kind = tokens.findIndex((token) => KINDS.has(token) && token.length > 3)
    return kind >= 0 && isNumber(tokens[kind + 1]) ? kind + 1 : null
  }
  for (let at = firstWord + 1; at < tokens.length; at++) {
    if (!isNumber(tokens[at])) continue
    const next = tokens[at + 1]
    // «академика 8 марта 5» does not exist, «энск 8 марта 5» does: another number must follow the word.
    const isOfStreet = next !== undefined && /^\p{L}{3}/u.test(next) && !BUILDING_WORDS.test(next) && !FLAT_WORDS.test(next) && !LETTER_WORDS.test(next) && !BETWEEN.test(next) && tokens.slice(at + 2).some(isNumber)
    if (!isOfStreet) return at
  }
  return null
}

function streetWords(tokens: readonly string[]): string[] {
  const words = tokens.filter((token) => !KINDS.has(token) && (/\d/.test(token) || token.length > 1))
  const own = words.some((word) => /\p{L}/u.test(word)) ? words : tokens.filter((token) => token.length > 3 || token === 'мкр' || /\d/.test(token))
  return [...new Set(own.flatMap((word) => word.replace(OF_STREET, '').split('-')).filter((word) => word !== ''))]
}

// Streets are called so too: «ул. Набережная», «ул. Линия».
const NAMES_AND_KINDS = /^(?:набережная|площадь|линия|аллея|бульвар|тракт|шоссе|проезд|станция|деревня)$/

/** The words when one that is a kind is the name: «ул. Набережная», «энск набережная». */
function namedLikeKind(tokens: readonly string[]): string[] | null {
  if (!tokens.some((token) => NAMES_AND_KINDS.test(token))) return null
  return streetWords(tokens.map((token) => (NAMES_AND_KINDS.test(token) ? `${token}${OF_STREET}` : token)))
}

/** The same street as other registers write it: «мкр 3» and «3-й микрорайон», «восьмого» and «8», «академика павлова» and «павлова», «карла маркса» and «к. маркса». */
function streetReadings(words: string[], named: string[] | null): string[][] {
  const readings = named && named.length > words.length ? [named, words] : [words]
  if (words.includes('мкр')) readings.push(words.map((word) => (word === 'мкр' ? 'микрорайон' : word)))
  const counted = words.map((word) => ORDINALS.find(([pattern]) => pattern.test(word))?.[1] ?? word)
  if (counted.some((word, index) => word !== words[index])) readings.push(counted)
  const short = words.filter((word, index) => index === words.length - 1 || !(TITLES.test(word) || isFirstNameOfStreet(word)))
  if (short.length < words.length && short.some((word) => /\p{L}{3}/u.test(word))) readings.push(short)
  return readings
}

/** «карла», «богдана», «юрия»: streets have names in the genitive. */
function isFirstNameOfStreet(word: string): boolean {
  const stem = word.slice(0, -1)
  return word.length > 3 && (isFirstName(stem) || isFirstName(`${stem}й`) || isFirstName(`${stem}ь`) || isFirstName(`${stem}а`) || isFirstName(`${stem}я`))
}

/** Numbers from the house on. `rest`: what is none of them. */
function readPlaces(tokens: readonly string[]): { places: HousePlace[]; rest: string[] } {
  const numbers: string[] = []
  const rest: string[] = []
  const said: { building?: string; flat?: string } = {}
  const more: HousePlace[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    const next = tokens[at + 1]
    if (isNumber(token)) numbers.push(token)
    else if (BETWEEN.test(token) && isNumber(next)) at++
    // «кв 15 комн 2» is one flat to some registers.
    else if (isNumber(next) && ROOM_WORDS.test(token) && said.flat !== undefined) {
      const room = tokens[++at] ?? ''
      for (const flat of [`${said.flat}/${room}`, `${said.flat}-${room}`]) more.push({ house: numbers[0] ?? '', flat })
    }
    else if (numbers.length > 0 && FLAT_WORDS.test(token) && next !== undefined && /^[ivx]+$/.test(next)) said.flat = tokens[++at] ?? ''
    else if (isNumber(next) && FLAT_WORDS.test(token) && (token !== 'к' || said.building !== undefined)) said.flat = flatOf(tokens[++at] ?? '')
    else if (LETTER_WORDS.test(token) && numbers.length > 0) {
      const letter = tokens[++at] ?? ''
      numbers.push(`${numbers.pop() ?? ''}${letter}`)
    }
    else if (isNumber(next) && BUILDING_WORDS.test(token) && numbers.length > 0) {
      const [building = '', flat] = (tokens[++at] ?? '').split('-')
      said.building = building
      if (flat) said.flat = flatOf(flat)
      // «10 к 15»: somebody's flat as well.
      else if (token === 'к' && !tokens.slice(at + 1).some(isNumber)) more.push({ house: numbers[0] ?? '', flat: building })
    }
    else if (HOUSE_WORDS.test(token)) continue
    // «10 а»: a letter of the house or of the flat.
    else if (/^\p{L}$/u.test(token) && numbers.length > 0 && rest.length === 0) numbers.push(`${numbers.pop() ?? ''}${token}`)
    else rest.push(token)
  }
  const [first, ...others] = numbers
  if (first === undefined) return { places: [], rest }
  return { places: unique([...housesOf(first).flatMap((house) => withOthers(house, others)).map((place) => ({ ...place, ...said })), ...more]), rest }
}

/** «10», «10а», «10/а», «10/2», «10к2», «10к2-15», «10-15», «10-2-15», «10/2-15» as house, building and flat. */
function housesOf(token: string): HousePlace[] {
  const [, lettered = '', letter = '', rest = ''] = /^(\d{1,4})\/(\p{L})((?:-.+)?)$/u.exec(token) ?? []
  if (lettered !== '') return [...housesOf(`${lettered}${letter}${rest}`), ...(rest === '' ? [{ house: `${lettered}/${letter}` }] : [{ house: `${lettered}/${letter}`, flat: flatOf(rest.slice(1)) }])]
  const [, three = '', middle = '', last = ''] = /^(\d{1,4}\p{L}?)-(\d{1,2}\p{L}?)-(\d{1,4}\p{L}?)$/u.exec(token) ?? []
  if (three !== '') return [{ house: three, building: middle, flat: flatOf(last) }, { house: `${three}/${middle}`, flat: flatOf(last) }, { house: three, flat: `${middle}-${last}` }]
  const [, house = '', building, flat] = /^(\d{1,4}\p{L}?(?:\/\d{1,4}\p{L}?)?)(?:(?:к|корп|стр|с)(\d+\p{L}?))?(?:-(\d+\p{L}?(?:-\d+)?|\p{L}))?$/u.exec(token) ?? []
  if (house === '') return []
  const [, number, second] = /^(.+)\/(.+)$/.exec(house) ?? []
  const base: HousePlace[] = building !== undefined
    ? [{ house, building }, { house: `${house}/${building}` }, { house: `${house}к${building}` }]
    : number !== undefined && second !== undefined
      ? [{ house }, { house: number, building: second }, ...(flat === undefined ? [{ house: number, flat: second }] : [])]
      : [{ house }]
  if (flat === undefined) return base
  return /^\d/.test(flat) ? [...base.map((place) => ({ ...place, flat: flatOf(flat) })), { house: `${house}-${flat}` }] : [{ house: `${house}${flat}` }, { house: `${house}-${flat}` }]
}

function withOthers(place: HousePlace, others: readonly string[]): HousePlace[] {
  const [one, two, ...more] = others
  if (one === undefined) return [place]
  if (more.length > 0 || place.flat !== undefined) return []
  if (two !== undefined) return place.building === undefined ? [{ ...place, building: one, flat: flatOf(two) }] : []
  return place.building === undefined ? [{ ...place, flat: flatOf(one) }, { ...place, building: one }] : [{ ...place, flat: flatOf(one) }]
}

const flatOf = (written: string): string => written.replace(/^0+(?=\d)/, '')

/** «соколова ленина 10»: the first words, or the last one, may be somebody's name. */
function withName(words: readonly string[], places: HousePlace[]): AddressQuery[] {
  const isWord = (word: string | undefined) => word !== undefined && /^\p{L}{3}/u.test(word)
  const found: AddressQuery[] = []
  for (const length of [1, 2, 3]) {
    const street = words.slice(length)
    if (isWord(words[0]) && street.some((word) => isWord(word)) && words.slice(0, length).every((word) => /^\p{L}/u.test(word))) found.push({ words: street, places, name: words.slice(0, length) })
  }
  return found
}

function unique(places: HousePlace[]): HousePlace[] {
  const seen = new Set<string>()
  return places.filter((place) => {
    const key = JSON.stringify(place)
    return seen.has(key) ? false : Boolean(seen.add(key))
  }).slice(0, 8)
}
