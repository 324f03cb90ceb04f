import { fold } from './fold'
import { latinKey, toLatin } from './transliteration'

// First names of Russian passports in use, with the spellings clerks mix up. Groups of one name are joined by «/».
const MALE =
  'Абрам Август Авдей Адам Адриан Айдар Айрат Аким Алан Александр Алексей/Алексий Али Альберт Альфред Анатолий Андрей Антон Арам Аркадий Арман Армен Арнольд Арсен Арсений/Арсентий ' +
  'Артём/Артемий Артур Архип Аскар Афанасий Ахмед/Ахмет Богдан Борис Бронислав Булат Вадим Валентин Валерий/Валериан Варлам Василий Вениамин Виктор Виль Виссарион Виталий Влад/Владислав ' +
  'Владимир Владлен Всеволод Вячеслав Гавриил/Гаврила Геннадий Генрих Георгий/Егор Герман Глеб Гордей Григорий Давид/Давыд Дамир Даниил/Данил/Данила/Даниль Демид Демьян Денис Джамал ' +
  'Дмитрий/Димитрий Евгений Евдоким Евсей Елисей Емельян Ермолай Ефим Ефрем Захар Зиновий Иван Игнат/Игнатий Игорь Илларион Ильдар Ильнур Ильшат Ильяс Илья Иннокентий Иосиф/Осип Ираклий ' +
  'Камиль Карен Карим Карл Ким Кирилл Клим Климент Кондрат/Кондратий Константин Кузьма Лаврентий Лев Леонард Леонид Леонтий Лука Лукьян Май Макар Максим/Максимилиан Марат Марк ' +
  'Мартин Матвей Мирон Мирослав Митрофан Михаил Модест Моисей Мурат Муса Назар Никита Никифор Никодим Николай/Никола Никон Олег Онисим Орест Оскар Остап Павел Панкрат Пантелей Пётр Платон ' +
  'Порфирий Прохор Равиль Радик Рамиль Рамис Расул Рафаэль/Рафаил Рафик Рашид Ренат/Ринат Ризван Роберт Родион Роман Ростислав Рубен Рудольф Руслан Рустам Савва Савелий Саид Салават ' +
  'Самир Самуил Святослав Севастьян Семён Серафим Сергей/Сергий Соломон Спартак Станислав Степан Стефан Тагир Тарас Тигран Тимофей Тимур Тихон Трифон Турал Ульян Фарид Фёдор Феликс Филипп ' +
  'Фирдавс Фома Фрол Харитон Хасан Христофор Шамиль Эдгар Эдуард Эльдар Эмиль Эмин Эрик Эрнест Юлиан Юлий Юрий Юсуф Яков Ян Ярослав Орхан Низами'
const FEMALE =
  'Августа Аврора Агата Агафья Аглая Агния Агриппина Ада Аделина Аза Азалия Аида Айгуль Айсель Аксинья Алевтина Александра Алёна Алеся Алина Алиса Алия Алла Алсу Альбина Альфия Амина ' +
  'Анастасия Ангелина Анжела/Анжелика Анита Анна Антонина Анфиса Аполлинария Арина/Ирина Асель Ася Белла Божена Валентина Валерия Ванда Варвара Василиса Венера Вера Вероника Веста Виктория Виолетта ' +
  'Виталина Владислава Владлена Галина Гульнара Гульназ Гюнель Дана Дарина Дарья/Дария Диана Дина Динара Доминика Ева Евгения Евдокия Екатерина Елена Елизавета Есения Ефросинья Жанна ' +
  'Зарина Зинаида Злата Зоя Зульфия Ида Изабелла Илона Инга Инесса Инна Иоанна Ия Камила/Камилла Капитолина Карина Каролина Катерина Кира Клавдия Клара Кристина Ксения/Аксения Лада Лана Лариса ' +
  'Лейла Лена Леся Лиана Лидия Лилия/Лилиана Лина Лия Лола Луиза Лукерья Любава Любовь Людмила Майя/Мая Малика Маргарита Марианна/Марьяна Марина Мария/Марья Марта Марфа Матрёна Мила ' +
  'Милана Милена Мирослава Мирра Надежда Наталья/Наталия Наиля Нелли/Неля Ника Нина Нинель Нонна Нигяр Оксана Олеся Олимпиада Ольга Пелагея Полина Прасковья Рада Раиса Регина Рената Римма Рита Роза ' +
  'Роксана Руслана Руфина Сабина Салима Светлана Севда Серафима Снежана Софья/София Стелла Стефания Сусанна Таисия/Таисья Тамара Татьяна Ульяна Фаина Фарида Фатима Фёкла Флора Эвелина Элеонора Элина ' +
  'Элла Эльвира Эльмира Эмилия Эмма Эстер Юлиана Юлия Юнона Ядвига Яна Ярослава Эва Вэй Алена/Елена'

const groups = `${MALE} ${FEMALE}`.split(' ').map((group) => group.split('/').map(fold))
const variants = new Map<string, Set<string>>()
for (const group of groups) for (const name of group) variants.set(name, new Set([...(variants.get(name) ?? []), ...group]))
const known = [...variants.keys()]

/** Patronymics that do not follow the rule of `patronymicsOf`. */
const UNUSUAL_PATRONYMICS = ['ильич', 'ильинична', 'лукич', 'лукинична', 'кузьмич', 'кузьминична', 'фомич', 'фоминична', 'никитич', 'никитична', 'саввич', 'саввична', 'яковлевич', 'яковлевна', 'львович', 'львовна', 'павлович', 'павловна', 'михайлович', 'михайловна']
const patronymics = [...new Set([...UNUSUAL_PATRONYMICS, ...MALE.split(/[ /]/).map(fold).flatMap(patronymicsOf)])]

/** «Игорь» → «игоревич», «игоревна»; «Сергей» → «сергеевич»; «Юрий» → «юрьевич». */
function patronymicsOf(name: string): string[] {
  const stem = name.endsWith('ий') ? `${name.slice(0, -2)}${/(?:[кгх]|[^аеиоуыэюя]{2}т|[^аеиоуыэюя]р)ий$/.test(name) ? 'и' : 'ь'}ев`
    : /[йь]$/.test(name) ? `${name.slice(0, -1)}ев`
    : /[аяио]$/.test(name) ? `${name.slice(0, -1)}ов` : `${name}ов`
  return [`${stem}ич`, `${stem}на`]
}

/** Whether a folded word is a first name and not only a surname. */
export function isFirstName(word: string): boolean {
  return variants.has(word)
}

/** Folded first names a folded word may stand for: other spellings of it, or names one slip away from it when it is none itself. The word itself is left out. */
export function likelyFirstNames(word: string): string[] {
  return likely(word, known, variants.get(word))
}

/** The same, and names one slip away from one that is known too: «лия» may be «юлия» when nobody is called «лия». */
export function similarFirstNames(word: string): string[] {
  return [...new Set([...likelyFirstNames(word), ...known.filter((name) => isOneSlip(word, name))])]
}
export function similarPatronymics(word: string): string[] {
  return [...new Set([...likelyPatronymics(word), ...patronymics.filter((name) => isOneSlip(word, name))])]
}

/** The same for patronymics. */
export function likelyPatronymics(word: string): string[] {
  return likely(word, patronymics, patronymics.includes(word) ? new Set([word]) : undefined)
}

const firstsByLatin = byLatin(known)
const patronymicsByLatinKey = byLatin(patronymics)

/** Folded Russian first names of a `latinKey`: «iuri» is «юрий». */
export function firstNamesByLatin(key: string): string[] {
  return firstsByLatin.get(key) ?? []
}

/** The same for patronymics. */
export function patronymicsByLatin(key: string): string[] {
  return patronymicsByLatinKey.get(key) ?? []
}

function byLatin(words: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>()
  for (const word of words) found.set(latinKey(toLatin(word)), [...(found.get(latinKey(toLatin(word))) ?? []), word])
  return found
}

function likely(word: string, dictionary: readonly string[], spellings: ReadonlySet<string> | undefined): string[] {
  if (word.length < 2) return []
  if (spellings) return [...spellings].filter((name) => name !== word)
  // «алекс» goes on as a name; «геор» does too, but may as well be «егор».
  const isBeginning = dictionary.some((name) => name.startsWith(word))
  if (isBeginning && word.length < 3) return []
  const similar = dictionary.filter((name) => isOneSlip(word, name) && !name.startsWith(word))
  return [...new Set(similar.flatMap((name) => [name, ...(variants.get(name) ?? [])]))].slice(0, 8)
}

/** One letter missing, extra, wrong, or two neighbours swapped. */
export function isOneSlip(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  let end = 0
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const left = one.slice(start, one.length - end)
  const right = other.slice(start, other.length - end)
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0])
}

/** Forms of a folded surname for the other gender: «иванова» → «иванов», «залесский» → «залесская». Part by part in double surnames. */
export function surnamesOfOtherGender(surname: string): string[] {
  const parts = surname.split('-').map(otherGender)
  if (parts.every((forms) => forms.length === 0)) return []
  const written = surname.split('-')
  const changed = parts.map((forms, index) => forms[0] ?? written[index] ?? '').join('-')
  return [changed, ...(parts.length === 1 ? (parts[0]?.slice(1) ?? []) : [])]
}

function otherGender(surname: string): string[] {
  if (/(?:ов|ев|ин|ын)$/.test(surname)) return [`${surname}а`]
  if (/(?:ова|ева|ина|ына)$/.test(surname)) return [surname.slice(0, -1)]
  if (/(?:ск|цк)ий$/.test(surname)) return [`${surname.slice(0, -2)}ая`]
  if (/(?:ый|ой)$/.test(surname)) return [`${surname.slice(0, -2)}ая`]
  if (/(?:ск|цк)ая$/.test(surname)) return [`${surname.slice(0, -2)}ий`, `${surname.slice(0, -2)}ой`]
  if (/ная|вая|тая|гая|хая|лая$/.test(surname)) return [`${surname.slice(0, -2)}ый`, `${surname.slice(0, -2)}ой`]
  return []
}
