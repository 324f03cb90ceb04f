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
