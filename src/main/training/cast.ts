import { accountKey } from '@shared/domain/account-number'
import { addDays } from '@shared/domain/dates'
import { readyProvider, type ReadyProviderCode } from '../features/providers/ready-profiles'
import { addYears, dayOf } from './calendar'
import { ogrn, ogrnip, organisationInn, personInn, snils } from './checksums'
import type { IdentityDocument, TrainingAccount, TrainingMeter, TrainingSubscriber, TrainingTime } from './model'
import { region, town, type Place } from './places'

/** A subscriber of the training office whom tests, demonstrations and README call by name: the same for every seed and date. */
export interface CastMember {
  subscriberId: string
  /** As the card shows it. */
  name: string
  /** What the visitor brings; null for organisations. */
  document: { type: string; series: string; number: string } | null
  email: string
  phone: string
  accounts: { provider: ReadyProviderCode; account: string; contract: string }[]
  /** What is special. */
  note: string
}

interface CastAccount {
  provider: ReadyProviderCode
  account: string
  /** Everything that must not be left to chance. */
  details: (time: TrainingTime) => Partial<TrainingAccount>
  /** Signs in on the portal; with `esia`, through Госуслуги as well. */
  portal?: 'password' | 'esia'
}

export interface CastDefinition {
  note: string
  subscriber: TrainingSubscriber
  accounts: CastAccount[]
}

const home = (street: string, house: string, flat: string, rest: Partial<Place> = {}): Place => ({
  region, locality: town, street, house, building: '', flat,
  flatAsPrinted: flat === '' ? '' : `кв. ${flat}`,
  dwelling: 'block', electricity: 'smorodina', ...rest,
})

const passport = (series: string, number: string, issuedOn: string): IdentityDocument => ({
  type: '21', series, number, issuedBy: 'Отделом внутренних дел № 1 г. Энска', issuedOn, issuerCode: '742-001',
})

const person = (id: string, names: string, rest: Partial<TrainingSubscriber> & { home: Place }): TrainingSubscriber => {
  const [lastName = '', firstName = '', ...middle] = names.split(' ')
  return {
    id, kind: 'person', lastName, firstName, middleName: middle.join(' '),
    birthDate: null, organisation: '', inn: '', kpp: '', ogrn: '', snils: '', document: null, phone: '', email: '', ...rest,
  }
}

/** A settled meter: installed years ago, verification valid unless said otherwise. */
const meter = (time: TrainingTime, serial: string, service: TrainingMeter['service'], rest: Partial<TrainingMeter> = {}): TrainingMeter => ({
  serial, service,
  digits: service === 'electricity' ? 6 : 5,
  decimals: service === 'electricity' ? 1 : 3,
  zones: 1, ratio: 1,
  installedOn: addYears(time.asOf, -3),
  verifiedUntil: addYears(time.asOf, 2),
  removedOn: null, replaces: null, share: 1, rollsOver: false, ...rest,
})

const flat = (rest: Partial<TrainingAccount>): Partial<TrainingAccount> => ({
  status: 'active', closedOn: null, suspendedFrom: null, area: 543, rooms: 2, residents: 3, payer: 'whole', benefit: 0, silentPeriods: 0, empty: false,
  billDelivery: 'paper', extras: [], ...rest,
})

const contract = (rest: Partial<TrainingAccount> = {}): Partial<TrainingAccount> => flat({ meters: [], extras: ['internet'], plan: 'home-300', payer: 'prepays', ...rest })

/** Day 10 of the period `back` periods before the last one. */
const tenth = (time: TrainingTime, back: number) => dayOf(time.periods[time.periods.length - 1 - back] ?? time.current, 10)

const lenina = home('ул. Ленина', '10', '15')
const dubrava = home('ул. Лесная', '7', '', { locality: 'пос. Дальний', dwelling: 'house' })

/** Subscribers and accounts of the cast, in the order they stand in the registers. */
export const castDefinitions = {
  maria: {
    note: 'Главная героиня: три счётчика, долг за отопление и горячую воду, интернет, личные кабинеты трёх поставщиков',
    subscriber: person('000101', 'Соколова Мария Игоревна', {
      birthDate: '1984-03-12', snils: snils('999000101'), document: passport('7404', '123456', '2004-04-02'),
      phone: '8 (943) 100-20-30', email: 'maria.sokolova@example.org', home: lenina,
    }),
    accounts: [
      {
        provider: 'enser', account: 'А-012345', portal: 'password',
        details: (time) => flat({ contract: '', els: '74ДА533315', zhkuId: '74ДА533315-01', payer: 'stopped', extras: ['heating_norm'], meters: [meter(time, '00741523', 'hot_water')], openedOn: '2009-05-18' }),
      },
      {
        provider: 'smorodina', account: '04012345', portal: 'password',
        details: (time) =>
          flat({
            contract: '', els: '74ДА533316', zhkuId: '74ДА533316-01', extras: ['gas_maintenance'], billDelivery: 'email', openedOn: '2009-05-18',
            meters: [meter(time, 'G4-00318845', 'gas'), meter(time, '01174200018', 'electricity', { zones: 2 })],
          }),
      },
      { provider: 'enicom', account: '0045612', portal: 'esia', details: () => contract({ contract: '0045612', openedOn: '2019-09-02', contractDate: '2019-09-02', extras: ['internet', 'tv'] }) },
    ],
  },
  pyotrElder: {
    note: 'Тёзка: полный тёзка другого абонента, старше, живёт на пр-те Мира',
    subscriber: person('000102', 'Иванов Пётр Сергеевич', {
      birthDate: '1957-11-03', snils: snils('999000102'), document: passport('7402', '201957', '2002-12-10'), phone: '+7 943 200 00 02', home: home('пр-т Мира', '4', '31'),
    }),
    accounts: [
      { provider: 'eis24', account: '0701000102', details: (time) => flat({ contract: '', extras: ['maintenance', 'capital_repair', 'sewerage', 'waste'], meters: [meter(time, '00120102', 'cold_water')], benefit: 50 }) },
    ],
  },
  pyotrYounger: {
    note: 'Тёзка: полный тёзка другого абонента, моложе, живёт на ул. Ленина',
    subscriber: person('000103', 'Иванов Пётр Сергеевич', {
      birthDate: '1991-06-21', document: passport('7411', '201991', '2011-07-15'), phone: '89432000003', email: 'petr.ivanov@example.com', home: home('ул. Ленина', '22', '8'),
    }),
    accounts: [
      { provider: 'eis24', account: '0701000103', portal: 'password', details: (time) => flat({ contract: '', extras: ['maintenance', 'capital_repair', 'sewerage', 'waste'], meters: [meter(time, '00120103', 'cold_water')] }) },
    ],
  },
  alyona: {
    note: 'Двойная фамилия, квартира 5А, у прибора холодной воды истекла поверка',
    subscriber: person('000104', 'Римская-Залесская Алёна Юрьевна', {
      birthDate: '1978-01-30', document: passport('7423', '004104', '2023-02-20'), phone: '8-943-200-00-04', email: 'alena.rz@example.net',
      home: home('ул. Садовая', '3', '5А', { building: '2' }),
    }),
    accounts: [
      {
        provider: 'eis24', account: '0701000104', portal: 'password',
        details: (time) =>
          flat({ contract: '', extras: ['maintenance', 'capital_repair', 'sewerage', 'waste'], meters: [meter(time, '00120104', 'cold_water', { installedOn: addDays(addYears(time.asOf, -6), -60), verifiedUntil: addDays(time.asOf, -45) })] }),
      },
    ],
  },
  fyodor: {
    note: 'Счётчик горячей воды перешёл через ноль: 99998 → 00003',
    subscriber: person('000105', 'Ёлкин Фёдор Ильич', {
      birthDate: '1949-09-09', snils: snils('999000105'), document: passport('7401', '004105', '2001-10-01'), phone: '', home: home('ул. Чехова', '12/2', '40', { electricity: 'enser' }),
    }),
    accounts: [
      {
        provider: 'enser', account: '012305',
        details: (time) =>
          flat({
            contract: '', extras: ['heating_norm'], residents: 2, payer: 'rounding', benefit: 25,
            meters: [meter(time, '00009805', 'hot_water', { decimals: 0, rollsOver: true, verifiedUntil: addDays(time.asOf, 30) }), meter(time, '01174200105', 'electricity', { zones: 3 })],
          }),
      },
    ],
  },
  nina: {
    note: 'Счётчик холодной воды заменён в этом году',
    subscriber: person('000106', 'Котова Нина Степановна', {
      birthDate: '1966-04-17', document: passport('7411', '004106', '2011-05-12'), phone: '943 2000006', home: home('ул. Школьная', '8', '77'),
    }),
    accounts: [
      {
        provider: 'eis24', account: '0701000106',
        details: (time) =>
          flat({
            contract: '', extras: ['maintenance', 'capital_repair', 'sewerage', 'waste'], residents: 1,
            meters: [
              meter(time, '00110106', 'cold_water', { removedOn: tenth(time, 4), verifiedUntil: tenth(time, 4), installedOn: addYears(time.asOf, -7) }),
              meter(time, '00910106', 'cold_water', { installedOn: tenth(time, 4), replaces: '00110106', verifiedUntil: addYears(tenth(time, 4), 6) }),
            ],
          }),
      },
    ],
  },
  haiNguyen: {
    note: 'Иностранный паспорт латиницей, без отчества, общежитие',
    subscriber: person('000107', 'Нгуен Ван Хай', {
      firstName: 'Ван Хай', middleName: '', birthDate: '1996-02-02', phone: '+79432000007', email: 'hai.nguyen@example.org',
      document: { type: '10', series: '', number: 'N7400107', issuedBy: 'Immigration Department', issuedOn: '2022-03-03', issuerCode: '' },
      home: home('б-р Молодёжный', '19', '304-2', { dwelling: 'hostel', flatAsPrinted: 'комн. 304-2' }),
    }),
    accounts: [
      { provider: 'tctr', account: '14003512', portal: 'password', details: () => contract({ contract: '14 003 512', openedOn: '2023-09-01', contractDate: '2023-09-01', area: 180, rooms: 1, residents: 1, plan: 'home-100' }) },
    ],
  },
  samir: {
    note: 'Отчество «Рашид оглы», два договора под одной учётной записью Госуслуг',
    subscriber: person('000108', 'Алиев Самир Рашид оглы', {
      birthDate: '1988-12-24', document: passport('7408', '004108', '2009-01-20'), phone: '8(943)2000008', email: 'samir.aliev@mail.example', home: home('ул. Парковая', '1', '112'),
    }),
    accounts: [
      { provider: 'enicom', account: '0045708', portal: 'esia', details: () => contract({ contract: '0045708', openedOn: '2020-02-11', contractDate: '2020-02-11' }) },
      { provider: 'enicom', account: '0045709', portal: 'esia', details: () => contract({ contract: '0045709', openedOn: '2022-06-01', contractDate: '2022-06-01', extras: ['internet', 'static_ip'] }) },
    ],
  },
  zoya: {
    note: 'Частный дом, газ и электроэнергия, переплата, поверка счётчика газа скоро истекает',
    subscriber: person('000109', 'Черных Зоя Львовна', {
      birthDate: '1971-07-07', document: passport('7416', '004109', '2016-08-05'), phone: '7 943 200 00 09', email: 'zoya.chernykh@example.com', home: dubrava,
    }),
    accounts: [
      {
        provider: 'smorodina', account: '04012309', portal: 'password',
        details: (time) =>
          flat({
            contract: '', payer: 'overpays', area: 820, rooms: 4, residents: 4, extras: ['gas_maintenance', 'waste'],
            meters: [meter(time, 'G4-00312309', 'gas', { verifiedUntil: addDays(time.asOf, 20), installedOn: addDays(addYears(time.asOf, -10), 20) }), meter(time, '01174200109', 'electricity', { digits: 5, decimals: 0 })],
          }),
      },
    ],
  },
  semyon: {
    note: 'Показания не передавались три периода: начислено по среднему; телефон в реестре непригоден',
    subscriber: person('000110', 'Быков Семён Андреевич', {
      birthDate: '1980-10-10', document: passport('7425', '004110', '2025-11-01'), phone: '12345', home: home('ул. Строителей', '17', '3', { electricity: 'enser' }),
    }),
    accounts: [
      { provider: 'enser', account: 'Б-012310', details: (time) => flat({ contract: '', payer: 'irregular', silentPeriods: 3, extras: [], meters: [meter(time, '00009810', 'hot_water'), meter(time, 'ТС00009810', 'heat')] }) },
    ],
  },
  zhanna: {
    note: 'Интернет приостановлен за неуплату; контрольное число СНИЛС в реестре неверно',
    subscriber: person('000111', 'Тихонова Жанна Борисовна', {
      birthDate: '1993-05-05', snils: '999-000-111 99', document: passport('7413', '004111', '2013-06-04'), phone: '+7 (943) 200-00-11', email: 'zhanna.tikhonova@example.org', home: home('ул. Уральская', '30', '56'),
    }),
    accounts: [
      {
        provider: 'tctr', account: '14003511', portal: 'password',
        details: (time) => contract({ contract: '14 003 511', openedOn: '2021-04-01', contractDate: '2021-04-01', status: 'suspended', suspendedFrom: time.periods[time.periods.length - 2] ?? time.current, payer: 'debtor' }),
      },
    ],
  },
  lidia: {
    note: 'Договор расторгнут, личный кабинет закрыт',
    subscriber: person('000112', 'Гусева Лидия Павловна', {
      birthDate: '1955-08-15', document: passport('7400', '004112', '2000-10-02'), phone: '8 943 2000012', home: home('ул. Металлургов', '5', '19'),
    }),
    accounts: [
      {
        provider: 'is-telecom', account: '300012312',
        details: (time) => contract({ contract: '10012312', openedOn: '2017-03-03', contractDate: '2017-03-03', status: 'closed', closedOn: tenth(time, 3), payer: 'whole' }),
      },
    ],
  },
  matvey: {
    note: 'Несовершеннолетний собственник: свидетельство о рождении',
    subscriber: person('000113', 'Лебедев Матвей Ильич', {
      birthDate: '2016-01-19', phone: '+7-943-200-00-13', home: home('ул. Гагарина', '6', '90'),
      document: { type: '03', series: 'III-ДУ', number: '740113', issuedBy: 'Отдел ЗАГС г. Энска', issuedOn: '2016-02-01', issuerCode: '' },
    }),
    accounts: [
      { provider: 'eis24', account: '0701000113', details: (time) => flat({ contract: '', extras: ['maintenance', 'capital_repair', 'sewerage', 'waste'], meters: [meter(time, '00120113', 'cold_water')] }) },
    ],
  },
  artyom: {
    note: 'Предприниматель, интернет в офисе, договор без долгов',
    subscriber: person('000114', 'Журавлёв Артём Олегович', {
      kind: 'entrepreneur', birthDate: '1985-02-14', organisation: 'ИП Журавлёв Артём Олегович', inn: personInn('9810000114'), ogrn: ogrnip('31598000000114'),
      document: passport('7405', '004114', '2005-03-10'), phone: '8(943)200-00-14', email: 'office@zhuravlev.example', home: home('пр-т Мира', '11', '2Н', { dwelling: 'office', flatAsPrinted: 'пом. 2Н' }),
    }),
    accounts: [
      { provider: 'is-telecom', account: '300012314', portal: 'password', details: () => contract({ contract: '10012314', openedOn: '2021-10-01', contractDate: '2021-10-01', plan: 'biz-100', area: 640, residents: 1, payer: 'whole', extras: ['internet', 'static_ip'] }) },
    ],
  },
  romashka: {
    note: 'Организация: электроэнергия через трансформаторы тока (×30), интернет',
    subscriber: person('000115', '', {
      kind: 'organisation', organisation: 'ООО "Ромашка; Энск"', inn: organisationInn('980600115'), kpp: '980601001', ogrn: ogrn('115980600115'),
      phone: '8 (943) 200-00-15', email: 'office@romashka.example', home: home('ул. Заводская', '2', '7Н', { dwelling: 'office', flatAsPrinted: 'пом. 7Н' }),
    }),
    accounts: [
      {
        provider: 'smorodina', account: '04012315',
        details: (time) => flat({ contract: 'ГС-2315/2018', contractDate: '2018-01-15', area: 1240, residents: 1, extras: [], meters: [meter(time, '01174200115', 'electricity', { ratio: 30, digits: 5, decimals: 0 })] }),
      },
      { provider: 'tctr', account: '14003515', portal: 'password', details: () => contract({ contract: '14 003 515', openedOn: '2018-02-01', contractDate: '2018-02-01', plan: 'biz-100', area: 1240, residents: 1, payer: 'whole' }) },
    ],
  },
} satisfies Record<string, CastDefinition>

export type CastKey = keyof typeof castDefinitions

/** The comparison form of an account number by its provider's rule. */
export function numberKey(provider: ReadyProviderCode, account: string): string {
  return accountKey(account, readyProvider(provider)?.profile.accountNumber ?? { digitsOnly: true })
}

const member = ({ subscriber, accounts, note }: CastDefinition): CastMember => ({
  subscriberId: subscriber.id,
  name: subscriber.organisation || [subscriber.lastName, subscriber.firstName, subscriber.middleName].filter(Boolean).join(' '),
  document: subscriber.document && { type: subscriber.document.type, series: subscriber.document.series, number: subscriber.document.number },
  email: subscriber.email,
  phone: subscriber.phone,
  accounts: accounts.map(({ provider, account, details }) => ({ provider, account, contract: details(anyTime).contract ?? '' })),
  note,
})

/** Contracts of the cast don't depend on the date. */
const anyTime: TrainingTime = { asOf: '2026-01-15', periods: Array.from({ length: 12 }, (_, month) => `2025-${String(month + 1).padStart(2, '0')}`), current: '2026-01' }

/** Named subscribers with the numbers they are found by. */
// The keys are those of the definitions, which `fromEntries` forgets.
export const cast = Object.fromEntries(Object.entries(castDefinitions).map(([key, definition]) => [key, member(definition)])) as Record<CastKey, CastMember>
