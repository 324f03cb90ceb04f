import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accountKey, contractKey } from '@shared/domain/account-number'
import { type DocumentType, normaliseDocument } from '@shared/domain/identity-document'
import { cast } from '../../../../src/main/training'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'

let office: TestOffice
let desk: TestDesk
beforeAll(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
  for (const person of people) await add(person)
})
afterAll(() => office.close())
beforeEach(() => office.owner.raw('delete from document_lookup'))

interface Person {
  last: string
  first?: string
  middle?: string
  organisation?: string
  document?: [type: DocumentType, series: string | null, number: string]
  snils?: string
  inn?: string
  ogrn?: string
  provider?: string
  digitsOnly?: boolean
  account?: string
  contract?: string
  els?: string
  zhkuId?: string
  address?: [locality: string, street: string, house: string, building: string, flat: string]
  serial?: string
}

/** Invented people, one for each way of being found; the surname names the way. */
const people: Person[] = [
  { last: 'Загранова', document: ['passport_rf_foreign', '75', '3456789'] },
  { last: 'Рожденская', document: ['birth_certificate', 'II-АК', '345678'] },
  { last: 'Рожденский', document: ['birth_certificate', 'VIII-МЮ', '345679'] },
  { last: 'Военнов', document: ['military_id', 'АК', '3456780'] },
  { last: 'Офицеров', document: ['officer_reserve_military_id', 'ГД', '345671'] },
  { last: 'Временнов', document: ['temporary_identity', null, '345682'] },
  { last: 'Жителев', document: ['residence_permit', '82', '3456783'] },
  { last: 'Разрешенов', document: ['temporary_residence', '74', '34568'] },
  { last: 'Karimov', first: 'Aziz', document: ['passport_foreign', 'AB', '3456785'] },
  { last: 'Одиннов', document: ['passport_foreign', 'C', '03456786'] },
  { last: 'Беженцева', document: ['refugee_certificate', null, '34567871'] },
  { last: 'Убежищева', document: ['temporary_asylum', 'ВУ', '3456788'] },
  { last: 'Пенсиева', snils: '11223344595' },
  { last: 'Предприимов', first: 'Захар', organisation: 'ИП Предприимов', inn: '500100732259', ogrn: '304500116000157' },
  { last: 'Нулева', account: '00034567', provider: 'enicom', digitsOnly: true },
  { last: 'Буквина', account: 'Б-345671', provider: 'enser', digitsOnly: true },
  { last: 'Пробелова', account: '345 678 901', provider: 'tctr', digitsOnly: true },
  { last: 'Договорова', contract: 'ГС-3456/2019' },
  { last: 'Дробнова', contract: 'ТК/345-67' },
  { last: 'Жкхова', els: '45ЖК345678', zhkuId: '45ЖК345678-02' },
  { last: 'Счётчикова', serial: 'I-345678' },
  { last: 'Газовая', serial: 'GS4-0034567' },
  { last: 'Жигулёв-Щедрин', first: 'Артём', middle: 'Всеволодович' },
  { last: 'Щербатюк', first: 'Юрий', middle: 'Аркадьевич' },
  { last: 'Хромцев', first: 'Дмитрий', middle: 'Олегович' },
  { last: 'Соловьянов', first: 'Алексей', middle: 'Ильич' },
  { last: 'Мамедзаде', first: 'Рашид', middle: 'Али оглы' },
  { last: 'Цвиркунова', first: 'Наталья', middle: 'Эдуардовна' },
  { last: 'Дом-корпус', address: ['г. Миассовка', 'ул. Лучезарная', '10', '2', '15'] },
  { last: 'Дробный', address: ['г. Миассовка', 'ул. Лучезарная', '10/2', '', '16'] },
  { last: 'Литеров', address: ['г. Миассовка', 'ул. Лучезарная', '12а', '', '7'] },
  { last: 'Октябрёв', address: ['г. Миассовка', 'ул. 40 лет Октября', '5', '', '12'] },
  { last: 'Мартов', address: ['г. Миассовка', 'ул. 8 Марта', '7', '', '3'] },
  { last: 'Микров', address: ['г. Миассовка', '3-й микрорайон', '5', '', '12'] },
  { last: 'Карлов', address: ['г. Миассовка', 'ул. Карла Маркса', '31', '', '4'] },
  { last: 'Селов', address: ['с. Верхнеозёрное', 'ул. 1-я Заречная', '8', '', ''] },
  { last: 'Зав', organisation: 'Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 905»' },
  { last: 'Упр', organisation: 'УК «Теремок-905»' },
]

async function add(person: Person) {
  const { owner } = office
  const id = `q-${person.last}`
  const kind = person.organisation ? (person.last === 'Предприимов' ? 'entrepreneur' : 'organisation') : 'person'
  const subscriber = (await owner.raw(
    `insert into subscriber (external_id, kind, last_name, first_name, middle_name, org_name, snils, inn, ogrn) values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    [id, kind, kind === 'organisation' ? null : person.last, kind === 'organisation' ? null : (person.first ?? 'Проба'), person.middle ?? null, person.organisation ?? null, person.snils ?? null, person.inn ?? null, person.ogrn ?? null],
  )).rows[0].id as number
  if (person.document) {
    const [type, series, number] = person.document
    await owner.raw('insert into identity_document (subscriber_id, type, series, number, key) values (?, ?, ?, ?, ?)', [subscriber, type, series, number, normaliseDocument(type, series, number)])
  }
  const [locality, street, house, building, flat] = person.address ?? ['г. Миассовка', 'ул. Прочая', String(subscriber), '', '']
  const address = (await owner.raw('insert into address (locality, street, house, building, flat) values (?, ?, ?, ?, ?) returning id', [locality, street, house, building, flat])).rows[0].id as number
  const number = person.account ?? `88${String(subscriber).padStart(7, '0')}`
  const account = (await owner.raw(
    `insert into account (provider_id, number, number_key, contract, contract_key, subscriber_id, address_id, els, zhku_id)
     values (coalesce((select id from provider where code = ?), (select min(id) from provider)), ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    [person.provider ?? '', number, accountKey(number, { digitsOnly: true }), person.contract ?? null, person.contract ? contractKey(person.contract) : null, subscriber, address, person.els ?? null, person.zhkuId ?? null],
  )).rows[0].id as number
  if (person.serial) await owner.raw(`insert into meter (account_id, serial, service, digits) values (?, ?, 'gas', 5)`, [account, person.serial])
}

const qr = (fields: string) => `ST00012|Name=ООО Энергосбыт|PersonalAcc=40702810900000000001|BankName=Банк|BIC=044525225|CorrespAcc=30101810400000000225|${fields}`

/** What is typed, and whose card it must be among the first five. */
const queries: Record<string, [text: string, who: string][]> = {
  'a document': [
    ['75 3456789', 'Загранова'], ['753456789', 'Загранова'], ['75№3456789', 'Загранова'], ['загранпаспорт 75 3456789', 'Загранова'], ['загран 75 3456789', 'Загранова'], ['заграничный паспорт 75 № 3456789', 'Загранова'],
    ['pfuhfygfcgjhn 75 3456789', 'Загранова'],
    ['II-АК 345678', 'Рожденская'], ['II-АК № 345678', 'Рожденская'], ['2-АК 345678', 'Рожденская'], ['11-ак 345678', 'Рожденская'], ['п-ак 345678', 'Рожденская'], ['ІІ-AK 345678', 'Рожденская'],
    ['свидетельство о рождении II-АК 345678', 'Рожденская'], ['св-во о рождении II АК 345678', 'Рожденская'], ['II-FR 345678', 'Рожденская'], ['ll-ак 345678', 'Рожденская'],
    ['VIII-МЮ 345679', 'Рожденский'], ['УIII-МЮ 345679', 'Рожденский'], ['8-мю 345679', 'Рожденский'],
    ['АК 3456780', 'Военнов'], ['ak3456780', 'Военнов'], ['военный билет АК 3456780', 'Военнов'], ['FR 3456780', 'Военнов'], ['АК №3456780', 'Военнов'],
    ['ГД 345671', 'Офицеров'], ['военный билет офицера запаса ГД 345671', 'Офицеров'],
    ['345682', 'Временнов'], ['временное удостоверение 345682', 'Временнов'], ['форма 2П 345682', 'Временнов'],
    ['82 3456783', 'Жителев'], ['внж 82 № 3456783', 'Жителев'], ['вид на жительство 823456783', 'Жителев'],
    ['рвп 74 34568', 'Разрешенов'], ['разрешение на временное проживание 74 34568', 'Разрешенов'],
    ['AB3456785', 'Karimov'], ['ab 3456785', 'Karimov'], ['АВ 3456785', 'Karimov'], ['паспорт узбекистана AB 3456785', 'Karimov'], ['passport AB3456785', 'Karimov'],
    ['C03456786', 'Одиннов'], ['с 03456786', 'Одиннов'],
    ['удостоверение беженца 34567871', 'Беженцева'], ['34567871', 'Беженцева'], ['ВУ 3456788', 'Убежищева'],
    ['паспорт 7404 123456', cast.maria.name], ['паспорт РФ 74 04 № 123456', cast.maria.name], ['gfcgjhn 7404 123456', cast.maria.name], ['паспорт серия 7404 номер 123456', cast.maria.name], ['74-04 123456', cast.maria.name],
    ['7404N123456', cast.maria.name], ['с. 7404 н. 123456', cast.maria.name],
  ],
  'an official number': [
    ['112-233-445 95', 'Пенсиева'], ['11223344595', 'Пенсиева'], ['снилс 112 233 445 95', 'Пенсиева'], ['cybkc 112-233-445 95', 'Пенсиева'],
    ['500100732259', 'Предприимов'], ['ИНН 500100732259', 'Предприимов'], ['инн: 5001 0073 2259', 'Предприимов'], ['304500116000157', 'Предприимов'], ['огрнип 304500116000157', 'Предприимов'],
  ],
  'an account or a contract': [
    ['00034567', 'Нулева'], ['34567', 'Нулева'], ['0034567', 'Нулева'], ['000034567', 'Нулева'], ['л/с 00034567', 'Нулева'], ['k/c 00034567', 'Нулева'], ['лс 34567', 'Нулева'], ['лицевой счёт № 00034567', 'Нулева'], ['000 345 67', 'Нулева'],
    ['Б-345671', 'Буквина'], ['345671', 'Буквина'], ['345671-Б', 'Буквина'], ['б345671', 'Буквина'], [',-345671', 'Буквина'],
    ['345678901', 'Пробелова'], ['345 678 901', 'Пробелова'], ['345-678-901', 'Пробелова'], ['0345678901', 'Пробелова'],
    ['ГС-3456/2019', 'Договорова'], ['гс3456/2019', 'Договорова'], ['ГС 3456 2019', 'Договорова'], ['ГС-3456\\2019', 'Договорова'], ['uc-3456/2019', 'Договорова'], ['UC-3456|2019', 'Договорова'], ['договор № ГС-3456/2019 от 01.02.2019', 'Договорова'],
    ['ГС34562019', 'Договорова'], ['ТК/345-67', 'Дробнова'], ['тк/34567', 'Дробнова'],
    ['45ЖК345678', 'Жкхова'], ['елс 45жк345678', 'Жкхова'], ['45;r345678', 'Жкхова'], ['45ЖК345678-02', 'Жкхова'], ['ИЖКУ 45ЖК345678-02', 'Жкхова'], ['45жк34567802', 'Жкхова'], ['45ЖК345678-02-7121', 'Жкхова'],
    [qr('PersAcc=00034567'), 'Нулева'], [qr('PersAcc=00034567').replace('ST', 'st'), 'Нулева'], [qr('Contract=ГС-3456/2019'), 'Договорова'], [qr('Purpose=Оплата по л/с 00034567 за октябрь'), 'Нулева'],
    ['ЫЕ00012/Тфьу=ЩЩЩ/ЗукыщтфдФсс=40702810900000000001/ЗукыФсс=00034567/Ыгь=100', 'Нулева'], [qr('Contract=Ð\u0093Ð¡-3456/2019'), 'Договорова'], ['ST00011|Name=Îîî|Contract=ÃÑ-3456/2019', 'Договорова'],
  ],
  'a phone, an e-mail or a meter': [
    ['тел. 8 943 100-20-30', cast.maria.name], ['+7(943)1002030', cast.maria.name], ['7 943 100 20 30', cast.maria.name], ['943-100-20-30', cast.maria.name], ['ntk 89431002030', cast.maria.name],
    ['почта maria.sokolova@example.org', cast.maria.name], ['maria.sokolova @ example.org', cast.maria.name], ['maria.sokolova@example,org', cast.maria.name], ['ьфкшфюыщлщдщмф"учфьздующкп', cast.maria.name],
    ['I-345678', 'Счётчикова'], ['Ш-345678', 'Счётчикова'], ['i345678', 'Счётчикова'], ['счётчик I 345678', 'Счётчикова'],
    ['GS4-0034567', 'Газовая'], ['пы4-0034567', 'Газовая'], ['gs40034567', 'Газовая'], ['зав. № GS4-0034567', 'Газовая'],
  ],
  'a name': [
    ['Жигулёв-Щедрин Артём Всеволодович', 'Жигулёв-Щедрин'], ['жигулев щедрин артем', 'Жигулёв-Щедрин'], ['жигулев артем', 'Жигулёв-Щедрин'], ['щедрин артём', 'Жигулёв-Щедрин'], ['артем всеволодович жигулев щедрин', 'Жигулёв-Щедрин'],
    ['А.В. Жигулёв-Щедрин', 'Жигулёв-Щедрин'], ['жигулев-щедрин ав', 'Жигулёв-Щедрин'], ['жыгулев-щедрин артем', 'Жигулёв-Щедрин'], [';bukekd-otlhby fhntv', 'Жигулёв-Щедрин'],
    ['Shcherbatyuk Yuri', 'Щербатюк'], ['Shcherbatiuk Iurii', 'Щербатюк'], ['Yury Scherbatyuk', 'Щербатюк'], ['щербатюк юрий аркадевич', 'Щербатюк'], ['щербтаюк юрий', 'Щербатюк'], ['Юрий Щербатюк Аркадьевич', 'Щербатюк'], ['ю а щербатюк', 'Щербатюк'],
    ['Hromtsev Dmitry', 'Хромцев'], ['Khromtsev Dmitrii', 'Хромцев'], ['хромцов дмитрий', 'Хромцев'], ['Хромцев дмитирй', 'Хромцев'], ['Хрoмцев Дмитрий', 'Хромцев'], ['Хромцев lvbnhbq', 'Хромцев'], ['хромцева дмитрий', 'Хромцев'],
    ['Solovyanov Alexey', 'Соловьянов'], ['Soloviyanov Aleksei', 'Соловьянов'], ['соловянов алексей ильич', 'Соловьянов'], ['соловьянов ильич', 'Соловьянов'],
    ['мамедзаде рашид али оглы', 'Мамедзаде'], ['рашид али-оглы мамедзаде', 'Мамедзаде'], ['мамедзадэ рашид', 'Мамедзаде'],
    ['цвиркунова наталия', 'Цвиркунова'], ['цвиркунова наталья едуардовна', 'Цвиркунова'], ['Natalya Tsvirkunova', 'Цвиркунова'], ['цверконова наталья', 'Цвиркунова'], ['Karimov Aziz', 'Karimov'], ['Лфкшьщм Фяшя', 'Karimov'],
  ],
  'an address': [
    ['лучезарная 10 2 15', 'Дом-корпус'], ['лучезарная 10к2-15', 'Дом-корпус'], ['ул лучезарная д10 корп2 кв15', 'Дом-корпус'], ['миассовка лучезарная 10/2 15', 'Дом-корпус'], ['лучезарная 10-2-15', 'Дом-корпус'],
    ['kextpfhyfz 10r2-15', 'Дом-корпус'], ['лучезарная 10r2-15', 'Дом-корпус'], ['лучезраная 10к2-15', 'Дом-корпус'], ['10к2-15 лучезарная', 'Дом-корпус'], ['luchezarnaya 10 2 15', 'Дом-корпус'], ['Лучезарная10к2-15', 'Дом-корпус'],
    ['454000, Челябинская обл., г. Миассовка, ул. Лучезарная, д. 10, корп. 2, кв. 15', 'Дом-корпус'],
    ['лучезарная 10/2-16', 'Дробный'], ['лучезарная 10\\2 кв 16', 'Дробный'], ['лучезарная 12а 7', 'Литеров'], ['лучезарная 12 а-7', 'Литеров'], ['лучезарная 12А кв. 7', 'Литеров'], ['лучезарная 12 лит а кв 7', 'Литеров'],
    ['40 лет октября 5 12', 'Октябрёв'], ['40-летия октября 5-12', 'Октябрёв'], ['сорок лет октября 5 12', 'Октябрёв'], ['8 марта 7-3', 'Мартов'], ['восьмого марта 7 3', 'Мартов'],
    ['3 мкр 5 12', 'Микров'], ['мкр 3 дом 5 кв 12', 'Микров'], ['3-й микрорайон, 5, 12', 'Микров'], ['к маркса 31-4', 'Карлов'], ['карла маркса 31 4', 'Карлов'], ['пр-т Карла Маркса, 31', 'Карлов'], ['маркса 31', 'Карлов'],
    ['верхнеозерное 1 заречная 8', 'Селов'], ['первая заречная 8', 'Селов'], ['карлов маркса 31', 'Карлов'],
  ],
  'an organisation': [
    ['СОШ 905', 'Средняя общеобразовательная школа № 905'], ['мбоу сош № 905', 'Средняя общеобразовательная школа № 905'], ['средняя школа 905', 'Средняя общеобразовательная школа № 905'], ['школа 905', 'Средняя общеобразовательная школа № 905'],
    ['средня школа 905', 'Средняя общеобразовательная школа № 905'], ['УК Теремок', 'Теремок-905'], ['управляющая компания теремок', 'Теремок-905'], ['"теремок"', 'Теремок-905'], ['теремк-905', 'Теремок-905'], ['nthtvjr', 'Теремок-905'],
  ],
}

describe.each(Object.entries(queries))('%s is found', (_what, table) => {
  test.each(table)('by «%s»', async (text, who) => {
    const { hits } = await desk.api.desk.search({ text })
    const names = hits.slice(0, 5).map(({ name }) => name)
    expect(names.some((name) => name.includes(who)), `${JSON.stringify(names)} should hold ${who}`).toBe(true)
  })
})

test('the table is worth its name', () => expect(Object.values(queries).flat().length).toBeGreaterThan(120))
