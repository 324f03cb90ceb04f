import { feminine, ordinaryName, type Gender, type PersonName } from '../../../src/main/training/names'
import { at, random, type Random } from '../../../src/main/training/random'

const beginnings = ('Бар Бел Бер Бог Бор Буд Вас Вер Вет Вол Воз Гал Гер Гол Гор Гран Гур Дан Дем Дол Дор Друж Евд Ерм Жар Жел Зав Зар Зим Зол Изм Кал Кар Кол Кор Кос Крас Крем Кур Лап Лев Лог ' +
  'Лук Мал Мар Мел Мир Мор Мур Наз Нем Ник Нов Огн Ост Пав Пет Пол Пот Рад Раз Род Руд Сав Сал Сел Сер Сид Сор Стар Сух Тал Тар Тер Тол Труб Тур Уг Фад Фил Хар Хол Цап Чап Чер Шал Шат Шев Щер Яг Яр').split(' ')
const middles = 'ан ар ас ат ев ед ел ен ер еш ив ик ил ин ич иш ов од ок ол он ор ос от ош уб уд ук ул ун ур ут уш ыг ыл ын ыш ям яр ят'.split(' ')
const endings = 'ов ев ин кин цев енко ский чук ников аев ёв ухин'.split(' ')

/** Distinct surnames of men; with the women's forms of most there are more than 51,000. */
const COUNT = 34_000

/** One in so many people bears the next surname of the list, so that all of them occur when there are a million people. */
const EVERY = 12

/**
 * Fictional surnames like a big town has them: a few common ones, a long tail, many a letter apart from each other («Вересин», «Верезин», «Веретин»).
 * The same seed gives the same list.
 */
export function surnameMaker(seed: number): { nameOf(r: Random, index: number): { name: PersonName; gender: Gender }; men: readonly string[] } {
  const all = beginnings.flatMap((one) => middles.flatMap((two) => endings.map((three) => one + two + three)))
  const men = shuffled(all, random('surnames', seed)).slice(0, COUNT)

  return {
    men,
    nameOf(r, index) {
      const isListed = index % EVERY === 0
      const turn = Math.floor(index / EVERY)
      const gender: Gender = (isListed ? turn % 2 === 0 : r.chance(0.45)) ? 'male' : 'female'
      const name = ordinaryName(r, gender)
      if (!isListed && r.chance(0.3)) return { name, gender }
      // Common ones first: the third power of chance gives the tail that surnames have.
      const surname = at(men, isListed ? Math.floor(turn / 2) % men.length : Math.floor(men.length * r.next() ** 3))
      return { name: { ...name, lastName: gender === 'male' ? surname : feminine(surname) }, gender }
    },
  }
}

export function shuffled<T>(list: readonly T[], r: Random): T[] {
  const mixed = [...list]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = r.int(0, last)
    ;[mixed[last], mixed[other]] = [at(mixed, other), at(mixed, last)]
  }
  return mixed
}
