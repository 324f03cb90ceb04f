import { random, type Random } from './random'

export type DwellingKind = 'block' | 'hostel' | 'house' | 'office'

export interface Place {
  region: string
  locality: string
  street: string
  house: string
  building: string
  flat: string
  /** As the provider's own bills spell it: EIS24 asks for exactly this string at registration. */
  flatAsPrinted: string
  dwelling: DwellingKind
  /** Who sells electricity in this street. */
  electricity: 'smorodina' | 'enser'
}

export const region = 'Энская обл.'
export const town = 'г. Энск'

const townStreets = [
  'ул. Ленина', 'пр-т Мира', 'ул. Строителей', 'ул. Пушкина', 'ул. 8 Марта', 'ул. Энергетиков', 'ул. Заводская', 'ул. Академика Ветрова', 'ул. Садовая', 'ул. Школьная',
  'ул. Лётчиков', 'ул. 1-я Озёрная', 'ул. 2-я Озёрная', 'пер. Тихий', 'б-р Молодёжный', 'ул. Комсомольская', 'ул. Гагарина', 'ул. Чехова', 'ул. Парковая', 'пр-д Южный',
  'ул. Октябрьская', 'ул. Металлургов', 'ул. 30 лет Победы', 'наб. Тихая', 'ул. Уральская', 'ул. Берёзовая',
] as const

const firstLargeStreet = 20

const villageStreets = [
  ['пос. Дальний', 'ул. Лесная'], ['пос. Дальний', 'ул. Набережная'], ['пос. Дальний', 'пер. Кедровый'], ['с. Зелёное', 'ул. Центральная'], ['с. Зелёное', 'ул. Луговая'], ['дер. Ключи', 'ул. Родниковая'],
] as const

/** Makes places that are never given out twice. `subscribers` only sets how long the streets are. */
export function placeMaker(seed: number, subscribers: number, taken: readonly Place[]): (r: Random, kind: 'home' | 'office') => Place {
  const used = new Set(taken.map(placeKey))
  const townHouses = Math.max(40, Math.ceil(subscribers / 200))
  const villageHouses = Math.max(80, Math.ceil(subscribers / 12))

  function draw(r: Random, kind: 'home' | 'office'): Place {
    if (kind === 'home' && r.chance(0.11)) {
      const [locality, street] = r.pick(villageStreets)
      const number = r.int(1, villageHouses)
      const house = number % 23 === 0 ? `${number}/1` : number % 17 === 0 ? `${number}А` : String(number)
      return { region, locality, street, house, building: '', flat: '', flatAsPrinted: '', dwelling: 'house', electricity: 'smorodina' }
    }
    const index = r.int(0, townStreets.length - 1)
    const street = townStreets[index] ?? townStreets[0]
    const drawn = r.int(1, townHouses)
    // The last streets have few and large houses: a batch of bills for the postman needs flats next to each other.
    const number = index < firstLargeStreet ? drawn : Math.ceil(drawn / 10)
    // A house keeps its look whoever lives in it.
    const look = random(seed, street, number)
    const [house, building] = look.weighted<readonly [string, string]>([
      [[String(number), ''], 80],
      [[`${number}/2`, ''], 7],
      [[`${number}А`, ''], 6],
      [[String(number), '2'], 7],
    ])
    const hostel = look.chance(0.06)
    const flats = look.pick([36, 60, 80, 100, 144])
    const common = { region, locality: town, street, house, building, electricity: index % 2 === 0 ? ('smorodina' as const) : ('enser' as const) }
    if (kind === 'office') {
      const room = `${r.int(1, 9)}Н`
      return { ...common, flat: room, flatAsPrinted: `пом. ${room}`, dwelling: 'office' }
    }
    if (hostel) {
      const room = `${r.int(1, 5)}${String(r.int(1, 20)).padStart(2, '0')}-${r.int(1, 3)}`
      return { ...common, flat: room, flatAsPrinted: `комн. ${room}`, dwelling: 'hostel' }
    }
    const flat = r.int(1, flats)
    const label = r.chance(0.015) ? `${flat}А` : String(flat)
    const printed = look.weighted([
      [`кв. ${label}`, 6],
      [label.padStart(3, '0'), 2],
      [label, 2],
    ])
    return { ...common, flat: label, flatAsPrinted: printed, dwelling: 'block' }
  }

  return (r, kind) => {
    for (;;) {
      const place = draw(r, kind)
      const key = placeKey(place)
      if (used.has(key)) continue
      used.add(key)
      return place
    }
  }
}

export const placeKey = (place: Place): string => [place.locality, place.street, place.house, place.building, place.flat].join('|')
