import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toEnglishLayout } from '@shared/domain/layout'
import { toLatin } from '@shared/domain/transliteration'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'

// How many of several thousand invented people are among the first five and the first twenty hits, for every kind of slip. The seed is fixed: a change of the search changes the figures, nothing else does.

const PEOPLE = 3000
const ASKED = 70

interface Person {
  id: number
  last: string
  first: string
  middle: string
  street: string
  house: string
  building: string
  flat: string
}

let office: TestOffice
let desk: TestDesk
const people: Person[] = []

let seed = 20261122
const random = (below: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return Math.floor((seed / 0x80000000) * below)
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!

const starts = ['Ба', 'Бе', 'Ве', 'Гор', 'Гри', 'Дро', 'Ере', 'Жу', 'За', 'Ива', 'Кар', 'Коз', 'Ла', 'Лу', 'Мак', 'Мель', 'Не', 'Оси', 'Пан', 'Пет', 'Ро', 'Са', 'Сер', 'Та', 'Тол', 'Уша', 'Фро', 'Хар', 'Чер', 'Шев', 'Щер', 'Юди', 'Яку']
const middles = ['бал', 'ват', 'ган', 'дор', 'жин', 'зар', 'кол', 'лат', 'мид', 'нур', 'пол', 'руб', 'сел', 'тон', 'фил', 'хом', 'чук', 'шил']
const endings: [male: string, female: string][] = [['ов', 'ова'], ['ев', 'ева'], ['ин', 'ина'], ['енко', 'енко'], ['ский', 'ская'], ['ук', 'ук']]
const men = ['Александр', 'Алексей', 'Андрей', 'Борис', 'Василий', 'Виктор', 'Глеб', 'Дмитрий', 'Евгений', 'Иван', 'Игорь', 'Константин', 'Максим', 'Николай', 'Олег', 'Пётр', 'Роман', 'Сергей', 'Фёдор', 'Юрий']
const women = ['Алёна', 'Анна', 'Валентина', 'Вера', 'Галина', 'Дарья', 'Екатерина', 'Елена', 'Зоя', 'Ирина', 'Ксения', 'Лариса', 'Людмила', 'Мария', 'Наталья', 'Ольга', 'Светлана', 'Татьяна', 'Юлия', 'Яна']
const fathers = ['Алексе', 'Андре', 'Васил', 'Никола', 'Серге', 'Юр']
const streets = ['ул. Ленина', 'ул. Лесная', 'пр-т Мира', 'ул. Садовая', 'ул. Гагарина', 'ул. 8 Марта', 'пер. Школьный', 'ул. Карла Маркса', 'ул. 40 лет Октября', 'б-р Строителей', 'ул. Набережная', 'ул. Чкалова', 'ул. Богдана Хмельницкого', 'ш. Металлургов', 'ул. Юбилейная', 'ул. Комсомольская']

beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  for (let n = 0; n < PEOPLE; n++) {
    const isWoman = random(2) === 1
    const ending = pick(endings)[isWoman ? 1 : 0]
    const father = pick(fathers)
    const soft = /(?:Васил|Юр)$/.test(father) ? 'ь' : ''
    people.push({
      id: 0,
      last: pick(starts) + pick(middles) + (random(3) === 0 ? pick(middles) : '') + ending,
      first: pick(isWoman ? women : men),
      middle: `${father}${soft}${isWoman ? 'евна' : 'евич'}`,
      street: pick(streets),
      house: `${1 + random(140)}${random(9) === 0 ? 'а' : ''}`,
      building: random(8) === 0 ? String(1 + random(4)) : '',
      flat: String(1 + random(220)),
    })
  }
  const column = (read: (person: Person) => string) => people.map(read)
  const { rows } = await office.owner.raw(
    `with given as (select * from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) with ordinality g(last, first, middle, street, house, building, flat, n)),
       person as (insert into subscriber (external_id, kind, last_name, first_name, middle_name) select 'recall-' || n, 'person', last, first, middle from given order by n returning id, external_id),
       home as (insert into address (locality, street, house, building, flat) select distinct 'г. Памятин', street, house, building, flat from given returning id, street, house, building, flat),
       opened as (insert into account (provider_id, number, number_key, subscriber_id, address_id)
         select (select min(id) from provider), '77' || lpad(g.n::text, 7, '0'), '77' || lpad(g.n::text, 7, '0'), p.id, h.id
         from given g join person p on p.external_id = 'recall-' || g.n join home h using (street, house, building, flat))
     select id from person order by substr(external_id, 8)::int`,
    [column(({ last }) => last), column(({ first }) => first), column(({ middle }) => middle), column(({ street }) => street), column(({ house }) => house), column(({ building }) => building), column(({ flat }) => flat)],
  )
  people.forEach((person, index) => (person.id = Number(rows[index].id)))
  await office.owner.raw('analyze')
})
afterAll(() => office.close())

const letters = 'абвгдежзийклмнопрстуфхцчшщыьэюя'

/** A letter missing, extra, wrong, or two neighbours swapped. */
function slip(word: string): string {
  const at = random(word.length)
  const changed = [
    () => word.slice(0, at) + word.slice(at + 1),
    () => word.slice(0, at) + pick([...letters]) + word.slice(at),
    () => word.slice(0, at) + pick([...letters]) + word.slice(at + 1),
    () => word.slice(0, at) + word.slice(at + 1, at + 2) + word.charAt(at) + word.slice(at + 2),
  ][random(4)]!()
  return changed === word ? slip(word) : changed
}

const whole = ({ last, first, middle }: Person, changes: Partial<Person> = {}) => [changes.last ?? last, changes.first ?? first, changes.middle ?? middle].join(' ')
const bareStreet = ({ street }: Person) => street.replace(/^\S+ /, '').toLowerCase()
const place = ({ house, building, flat }: Person) => `${house}${building ? `к${building}` : ''}-${flat}`
/** A slip in the longest word: numbers and «лет» have no letter to lose. */
function slipInStreet(person: Person): string {
  const words = bareStreet(person).split(' ')
  const longest = words.reduce((best, word) => (word.length > best.length ? word : best))
  return words.map((word) => (word === longest ? slip(word) : word)).join(' ')
}

const kinds: [kind: string, write: (person: Person) => string, inFive: number, inTwenty: number][] = [
  ['the whole name', (person) => whole(person), 100, 100],
  ['the name from the first name on', ({ last, first, middle }) => `${first} ${middle} ${last}`, 100, 100],
  ['the patronymic in front', ({ last, first, middle }) => `${middle} ${first} ${last}`, 97, 99],
  ['a slip in the surname', (person) => whole(person, { last: slip(person.last) }), 97, 99],
  ['a slip in the first name', (person) => whole(person, { first: slip(person.first) }), 97, 99],
  ['a slip in the patronymic', (person) => whole(person, { middle: slip(person.middle) }), 97, 99],
  ['a slip in surname and first name', (person) => whole(person, { last: slip(person.last), first: slip(person.first) }), 90, 90],
  ['two slips in the surname', (person) => whole(person, { last: slip(slip(person.last)) }), 90, 90],
  ['the English layout', (person) => toEnglishLayout(whole(person)), 97, 99],
  ['the English layout and a slip', (person) => toEnglishLayout(whole(person, { last: slip(person.last) })), 90, 95],
  ['Latin letters', ({ last, first }) => `${toLatin(last)} ${toLatin(first)}`, 90, 97],
  ['an address', (person) => `${bareStreet(person)} ${place(person)}`, 97, 99],
  ['an address with its kinds', ({ street, house, building, flat }) => `г. Памятин, ${street}, д. ${house}${building ? `, корп. ${building}` : ''}, кв. ${flat}`, 97, 99],
  ['an address in the English layout', (person) => toEnglishLayout(bareStreet(person)) + ` ${place(person)}`, 97, 99],
  ['an address with a slip', (person) => `${slipInStreet(person)} ${place(person)}`, 97, 99],
  ['surname and address', (person) => `${person.last} ${bareStreet(person)} ${person.house}`, 97, 99],
]

describe('of several thousand people', () => {
  test.each(kinds)('%s finds the one who is meant', async (kind, write, inFive, inTwenty) => {
    let five = 0
    let twenty = 0
    const missed: string[] = []
    for (let n = 0; n < ASKED; n++) {
      const person = pick(people)
      const text = write(person)
      const place = (await desk.api.desk.search({ text })).hits.findIndex(({ subscriberId }) => subscriberId === person.id)
      if (place >= 0 && place < 5) five++
      else missed.push(`${text} (${whole(person)}, ${person.street}): ${place}`)
      if (place >= 0) twenty++
    }
    expect((five / ASKED) * 100, `${kind}, in the first five; not: ${missed.join('; ')}`).toBeGreaterThanOrEqual(inFive)
    expect((twenty / ASKED) * 100, `${kind}, in the first twenty; not: ${missed.join('; ')}`).toBeGreaterThanOrEqual(inTwenty)
  })
})
