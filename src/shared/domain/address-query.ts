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
  ('ул улица пр просп проспект прт пр-т пркт пр-кт пер переулок б-р бр бул бульвар наб набережная ш шоссе пл площадь проезд пр-д прд туп тупик ал аллея линия лин тракт тр мкр мкрн мкр-н микрорайон кв-л квл квартал ' +
    'г гор город пос п поселок пгт рп с село д дер деревня ст станица х хутор снт днп обл область р-н район респ республика край').split(' '),
)
const HOUSE_WORDS = /^(?:д|дом|вл|владение|стр|строение)$/
const BUILDING_WORDS = /^(?:к|корп|корпус|стр|строение|литер|лит)$/
const FLAT_WORDS = /^(?:кв|квартира|пом|помещение|оф|офис|комн|комната|ком|к)$/

const MOST_WORDS = 7

/**
 * «ленина 10 15», «10к2-15», «ул ленина д10/2», «энск ленина 10», «г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15», «соколова ленина 10».
 * A house number is required: a street alone lists half of a town. Names of streets may begin with a number («8 Марта 5», «1-я Озёрная 5»).
 * Several readings, the likelier first; [] when the text is no address.
 */
export function readAddress(text: string): AddressQuery[] {
  const written = fold(text.replace(/["«»„“]/g, ' ')).replace(/[№]/g, ' ').replace(/[\u2010-\u2015]/g, '-')
  if (!/^[\p{L}\d\s.,/-]+$/u.test(written)) return []
  const tokens = tokensOf(written)
  const at = startOfHouse(tokens)
  if (at === null) return []
  const { places, rest } = readPlaces(tokens.slice(at))
  if (places.length === 0) return []
  const before = streetWords(tokens.slice(0, at))
  const after = rest.filter((word) => /^\p{L}{2}/u.test(word) && !KINDS.has(word))
  if (before.length === 0 || before.length > MOST_WORDS || !before.some((word) => /\p{L}{2}/u.test(word))) return []
  if (after.length > 0) return after.length <= 3 && rest.every((word) => /^\p{L}/u.test(word)) ? [{ words: before, places, name: after }] : []
  if (rest.length > 0) return []
  return [{ words: before, places }, ...withName(before, places)]
}

/** Words and numbers apart: «д10/2» → д, 10/2; «10к2-15» stays one token. */
function tokensOf(written: string): string[] {
  return written
    .replace(/(\d)\s*-\s*(\d)/g, '$1-$2')
    .replace(/(\d)\s*\/\s*(\d)/g, '$1/$2')
    // «1-я», «2-ой» of a street; «б-р», «пр-т» stay.
    .replace(/(^|\s)(\d+)-(?:я|ая|й|ый|ой|го|е|ое)(?=\s)/g, '$1$2')
    .replace(/(^|[\s.,])(д|дом|кв|квартира|корп|корпус|стр|оф|пом|комн|вл|ул|к)\.?\s*(?=\d)/g, '$1$2 ')
    .split(/[\s,]+/)
    .flatMap((token) => (/\d/.test(token) ? [token.replace(/\./g, '')] : token.split('.')))
    .filter((token) => /[\p{L}\d]/u.test(token))
    .map((token) => token.replace(/^[-/]+|[-/]+$/g, ''))
}

const isNumber = (token: string | undefined): token is string => token !== undefined && /^\d/.test(token)

/** The first number after which no street goes on: a number before a word of three letters belongs to the street. */
function startOfHouse(tokens: readonly string[]): number | null {
  const marked = tokens.findIndex((token, index) => index > 0 && HOUSE_WORDS.test(token) && isNumber(tokens[index + 1]))
  if (marked >= 0) return marked
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
    const isOfStreet = next !== undefined && /^\p{L}{3}/u.test(next) && !BUILDING_WORDS.test(next) && !FLAT_WORDS.test(next) && tokens.slice(at + 2).some(isNumber)
    if (!isOfStreet) return at
  }
  return null
}

function streetWords(tokens: readonly string[]): string[] {
  const words = tokens.filter((token) => !KINDS.has(token) && (/\d/.test(token) || token.length > 1))
  const own = words.some((word) => /\p{L}/u.test(word)) ? words : tokens.filter((token) => token.length > 3)
  return [...new Set(own.flatMap((word) => word.split('-')).filter((word) => word !== ''))]
}

/** Numbers from the house on. `rest`: what is none of them. */
function readPlaces(tokens: readonly string[]): { places: HousePlace[]; rest: string[] } {
  const numbers: string[] = []
  const rest: string[] = []
  const said: { building?: string; flat?: string } = {}
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    const next = tokens[at + 1]
    if (isNumber(token)) numbers.push(token)
    else if (isNumber(next) && FLAT_WORDS.test(token) && (token !== 'к' || said.building !== undefined)) said.flat = flatOf(tokens[++at] ?? '')
    else if (isNumber(next) && BUILDING_WORDS.test(token) && numbers.length > 0) {
      const [building = '', flat] = (tokens[++at] ?? '').split('-')
      said.building = building
      if (flat) said.flat = flatOf(flat)
    }
    else if (HOUSE_WORDS.test(token)) continue
    // «10 а»: a letter of the house or of the flat.
    else if (/^\p{L}$/u.test(token) && numbers.length > 0 && rest.length === 0) numbers.push(`${numbers.pop() ?? ''}${token}`)
    else rest.push(token)
  }
  const [first, ...others] = numbers
  if (first === undefined) return { places: [], rest }
  return { places: unique(housesOf(first).flatMap((house) => withOthers(house, others)).map((place) => ({ ...place, ...said }))), rest }
}

/** «10», «10а», «10/2», «10к2», «10к2-15», «10-15», «10/2-15» as house, building and flat. */
function housesOf(token: string): HousePlace[] {
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
