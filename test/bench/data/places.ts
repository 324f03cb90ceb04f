import { feminine } from '../../../src/main/training/names'
import { at, random } from '../../../src/main/training/random'

/** A flat, a house of its own, or an office. */
export interface Place {
  locality: string
  street: string
  house: string
  building: string
  flat: string
}

interface House {
  locality: string
  street: string
  house: string
  building: string
  /** 0: a house of its own, without flats. */
  flats: number
  /** Index of its first place. */
  first: number
}

const town = 'г. Энск'
const others = [
  'г. Заречный', 'г. Северный Бор', 'г. Каменка', 'пос. Дальний', 'пос. Тихая Гавань', 'пос. Ясная Поляна', 'с. Зелёное', 'с. Луговое', 'с. Берёзовка', 'дер. Ключи', 'дер. Малиновка', 'дер. Сосновка',
  'пгт. Озёрный', 'пгт. Горняк', 'рп. Полевой', 'х. Степной', 'ст. Разъезд', 'с. Покровское', 'с. Никольское', 'дер. Выселки',
] as const
const known = ['ул. Ленина', 'пр-т Мира', 'ул. 8 Марта', 'ул. 30 лет Победы', 'ул. Пушкина', 'ул. Гагарина', 'ул. Чехова', 'ул. Строителей', 'ул. Энергетиков', 'ул. Академика Ветрова', 'ул. Карла Маркса'] as const
/** Beginnings of adjectives; the kind of the street gives the ending. */
const adjectives = ('Садов Школьн Лесн Набережн Центральн Лугов Парков Заводск Молодёжн Октябрьск Советск Уральск Берёзов Кедров Родников Озёрн Речн Степн Северн Южн Восточн Западн Солнечн Рабоч Полев Нагорн Дачн ' +
  'Цветочн Ягодн Весенн Осенн Зимн Светл Тих Нов Стар Больш Мал Широк Узк Прав Лев Верхн Нижн Кирпичн Каменн Песчан Мостов Вокзальн Почтов Торгов Театральн Больничн Спортивн Пионерск Комсомольск Красноармейск ' +
  'Первомайск Московск Казанск').split(' ')
const soft = /(?:нн|хн|мн|оч)$/
const kinds = [
  ['ул.', 'ая', 'яя'], ['ул. 1-я', 'ая', 'яя'], ['ул. 2-я', 'ая', 'яя'], ['ул. 3-я', 'ая', 'яя'], ['пер.', 'ый', 'ий'], ['пр-д', 'ый', 'ий'], ['б-р', 'ый', 'ий'], ['наб.', 'ая', 'яя'],
] as const

/** Names of streets in the town: `fromSurnames` of them after people. */
function streetNames(men: readonly string[], fromSurnames: number): string[] {
  const called = adjectives.flatMap((stem) => kinds.map(([kind, hard, other]) => `${kind} ${stem}${soft.test(stem) ? other : /[кгхжшчщ]$/.test(stem) ? hard.replace('ый', 'ий') : hard}`))
  const people = men.filter((surname) => /(?:ов|ев|ин)$/.test(surname)).slice(0, fromSurnames).map((surname, index) => `${index % 9 === 0 ? 'пер.' : 'ул.'} ${feminine(surname)}`)
  return [...new Set([...known, ...called, ...people])]
}

/**
 * Places numbered from 0, none twice: blocks of flats in the town and its surroundings, one place in nine a house of its own.
 * The same seed and count give the same places.
 */
export function placeList(seed: number, count: number, men: readonly string[]): { place(index: number): Place; streets: number } {
  const streets = streetNames(men, 2_000)
  const r = random('places', seed)
  const houses: House[] = []
  const numbers = new Map<string, number>()
  for (let first = 0; first < count; ) {
    const isOwn = r.chance(0.8)
    const locality = r.chance(isOwn ? 0.6 : 0.12) ? r.pick(others) : town
    // The streets of the town take turns, so that each has a house; a village has the first few.
    const street = locality === town ? at(streets, houses.length % streets.length) : at(streets, r.int(0, 60))
    const number = (numbers.get(locality + street) ?? 0) + 1
    numbers.set(locality + street, number)
    const [house, building] = r.weighted<readonly [string, string]>([[[String(number), ''], 84], [[`${number}/2`, ''], 5], [[`${number}А`, ''], 5], [[String(number), '2'], 6]])
    const flats = isOwn ? 0 : r.pick([36, 60, 80, 100, 144])
    houses.push({ locality, street, house, building, flats, first })
    first += Math.max(1, flats)
  }

  return {
    streets: streets.length,
    place(index) {
      let [low, high] = [0, houses.length - 1]
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (at(houses, middle).first <= index) low = middle
        else high = middle - 1
      }
      const { locality, street, house, building, flats, first } = at(houses, low)
      return { locality, street, house, building, flat: flats === 0 ? '' : String(index - first + 1) }
    },
  }
}
