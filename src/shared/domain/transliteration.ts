import { fold } from './fold'

// ICAO Doc 9303 as Russian passports have used it since 2014 (domain §7). The soft sign is left out, ъ is «ie».
const ICAO: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', й: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u',
  ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: 'ie', ы: 'y', ь: '', э: 'e', ю: 'iu', я: 'ia',
}

/** Longest first; older passports and foreign spellings are understood too: «yu», «ya», «yo», «sch», «w», «x», «q». */
const SOUNDS: readonly [latin: string, cyrillic: string][] = [
  ['shch', 'щ'], ['sch', 'щ'], ['zh', 'ж'], ['kh', 'х'], ['ts', 'ц'], ['tc', 'ц'], ['ch', 'ч'], ['sh', 'ш'], ['ph', 'ф'], ['th', 'т'], ['ck', 'к'], ['iu', 'ю'], ['yu', 'ю'], ['ju', 'ю'],
  ['ia', 'я'], ['ya', 'я'], ['ja', 'я'], ['yo', 'е'], ['jo', 'е'], ['ye', 'е'], ['je', 'е'], ['a', 'а'], ['b', 'б'], ['c', 'к'], ['d', 'д'], ['e', 'е'], ['f', 'ф'], ['g', 'г'], ['h', 'х'],
  ['i', 'и'], ['j', 'й'], ['k', 'к'], ['l', 'л'], ['m', 'м'], ['n', 'н'], ['o', 'о'], ['p', 'п'], ['q', 'к'], ['r', 'р'], ['s', 'с'], ['t', 'т'], ['u', 'у'], ['v', 'в'], ['w', 'в'],
  ['x', 'кс'], ['y', 'ы'], ['z', 'з'],
]

/** «Щербаков Юрий» → «shcherbakov iurii»: the spelling of a passport for travel, folded. */
export function toLatin(text: string): string {
  return [...fold(text)].map((letter) => ICAO[letter] ?? letter).join('')
}

/**
 * «Shcherbakov Iurii» → «щербаков юрий», folded: the likeliest Russian spelling. Soft signs are lost in Latin, «e» is е or э:
 * the search for similar words finds the rest.
 */
export function toCyrillic(text: string): string {
  return fold(text).replace(/[a-z]+/g, (word) => russianEndings(soundsOf(word)))
}

function soundsOf(word: string): string {
  let russian = ''
  for (let at = 0; at < word.length; ) {
    const sound = SOUNDS.find(([latin]) => word.startsWith(latin, at)) ?? [word.charAt(at), word.charAt(at)]
    // «Mariia», «Iuliia»: the last vowel of the stem, then «ia».
    const [latin, cyrillic] = sound[0] === 'i' && word.startsWith('iia', at) ? ['iia', 'ия'] : sound
    russian += cyrillic
    at += latin.length
  }
  return russian
}

function russianEndings(word: string): string {
  return word
    .replace(/(?:ии|ый|ы[йи])$/, (end) => (end === 'ии' ? 'ий' : 'ый'))
    // «Sergei», «Tolstoi», «Raikin»: after a vowel «i» is й, except at the start of an ending.
    .replace(/([аеоуыэюя])и(?=$|[^аеиоуыэюя])/g, '$1й')
    .replace(/([аеиоуыэюя])ы(?=$|[^аеиоуыэюя])/g, '$1й')
    .replace(/([^аеиоуыэюяй])ы$/, '$1ий')
    .replace(/^ы(?=[аеоу])/, 'й')
    .replace(/([^аеиоуыэюяй])я$/, '$1ия')
}

/** Sounds that Latin spells in one way and Russian in several; the usual one first. At the start, after a consonant, or anywhere. */
const AMBIGUOUS: readonly { latin: string; at?: 'start' | 'afterConsonant' | 'end'; cyrillic: readonly string[] }[] = [
  { latin: 'sch', cyrillic: ['щ', 'ш'] }, { latin: 'tch', cyrillic: ['ч', 'тч'] }, { latin: 'ts', cyrillic: ['ц', 'тс'] }, { latin: 'dzh', cyrillic: ['дж'] }, { latin: 'oo', cyrillic: ['у', 'оо'] }, { latin: 'ou', cyrillic: ['оу', 'у'] },
  { latin: 'iya', at: 'end', cyrillic: ['ия', 'ья'] }, { latin: 'iia', at: 'end', cyrillic: ['ия', 'ья'] }, { latin: 'ia', at: 'afterConsonant', cyrillic: ['ия', 'ья', 'я'] },
  { latin: 'ya', at: 'afterConsonant', cyrillic: ['я', 'ья'] }, { latin: 'ja', at: 'afterConsonant', cyrillic: ['я', 'ья'] }, { latin: 'yu', at: 'afterConsonant', cyrillic: ['ю', 'ью'] }, { latin: 'iu', at: 'afterConsonant', cyrillic: ['ю', 'ью'] },
  { latin: 'ye', at: 'afterConsonant', cyrillic: ['ье', 'е'] }, { latin: 'yo', at: 'afterConsonant', cyrillic: ['ье', 'е'] }, { latin: 'ie', at: 'afterConsonant', cyrillic: ['ье', 'ие', 'е'] }, { latin: 'io', at: 'afterConsonant', cyrillic: ['ье', 'е', 'ио'] },
  { latin: 'yi', at: 'afterConsonant', cyrillic: ['ьи', 'ый'] }, { latin: 'iy', at: 'end', cyrillic: ['ий', 'ый'] }, { latin: 'yy', at: 'end', cyrillic: ['ый', 'ий'] }, { latin: 'ii', at: 'end', cyrillic: ['ий', 'ый'] }, { latin: 'yi', at: 'end', cyrillic: ['ый', 'ий'] },
  { latin: 'y', at: 'end', cyrillic: ['ий', 'ый', 'ы'] }, { latin: 'i', at: 'end', cyrillic: ['и', 'ий', 'ый'] }, { latin: 'e', at: 'start', cyrillic: ['е', 'э'] },
  { latin: 'h', cyrillic: ['х', 'г'] }, { latin: 'c', cyrillic: ['к', 'ц', 'с'] }, { latin: 'y', at: 'afterConsonant', cyrillic: ['ы', 'и'] }, { latin: 'j', at: 'afterConsonant', cyrillic: ['ь', 'й', 'дж'] },
]
const MOST_SPELLINGS = 12
const VOWEL = /[аеиоуыэюя]$/

/** All likely Russian spellings of one Latin word, folded: «solovyev» is «соловьев» and «соловев», «hramov» «храмов» and «грамов». At most twelve, the usual first. */
export function cyrillicSpellings(word: string): string[] {
  const latin = fold(word).replace(/['\u2019]/g, '')
  let begun: { text: string; rest: string }[] = [{ text: '', rest: latin }]
  const found: string[] = []
  while (begun.length > 0) {
    begun = begun.flatMap(({ text, rest }) => {
      if (rest === '') {
        found.push(text)
        return []
      }
      return nextSounds(text, rest).map(([length, sound]) => ({ text: text + sound, rest: rest.slice(length) }))
    }).slice(0, MOST_SPELLINGS)
  }
  return [...new Set([...(latin === '' ? [] : [toCyrillic(latin)]), ...found])].filter((spelling) => /^[а-я-]+$/.test(spelling)).slice(0, MOST_SPELLINGS)
}

function nextSounds(before: string, rest: string): [length: number, sound: string][] {
  const isConsonant = before !== '' && !VOWEL.test(before) && !before.endsWith('-')
  const ambiguous = AMBIGUOUS.filter(({ latin, at }) => rest.startsWith(latin) && (at === undefined || (at === 'start' ? before === '' || before.endsWith('-') : at === 'end' ? rest === latin && before !== '' : isConsonant)))
    .sort((left, right) => right.latin.length - left.latin.length)[0]
  const sound = SOUNDS.find(([latin]) => rest.startsWith(latin))
  if (ambiguous && ambiguous.latin.length >= (sound?.[0].length ?? 1)) {
    // «Sergey», «Tolstoi»: й behind a vowel.
    if (VOWEL.test(before) && (ambiguous.latin === 'y' || ambiguous.latin === 'i')) return [[1, 'й']]
    return ambiguous.cyrillic.map((cyrillic): [number, string] => [ambiguous.latin.length, cyrillic])
  }
  if (!sound) return [[1, rest.charAt(0)]]
  if (VOWEL.test(before) && (sound[0] === 'y' || (sound[0] === 'i' && !/^i[aeiou]/.test(rest)))) return [[1, 'й']]
  return [[sound[0].length, sound[1]]]
}

/** One form for all Latin spellings of a Russian name: «Yuri», «Iurii», «Yury» are «iuri»; «Aleksandr» and «Alexander» are one. */
export function latinKey(text: string): string {
  return fold(text)
    .replace(/[^a-z-]/g, '')
    .replace(/x/g, 'ks').replace(/ph/g, 'f').replace(/w/g, 'v').replace(/th/g, 't').replace(/ck|q/g, 'k').replace(/c(?!h)/g, 'k').replace(/ander$/, 'andr')
    .replace(/shch|sch/g, 'sh').replace(/tch/g, 'ch').replace(/kh/g, 'h').replace(/tz/g, 'ts').replace(/oo/g, 'u')
    .replace(/[yj]/g, 'i').replace(/i[eo]/g, 'e').replace(/(.)\1+/g, '$1').replace(/i+/g, 'i')
}
