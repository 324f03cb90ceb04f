// Invented people, providers and figures; numbers that have check digits have right ones (domain: synthetic examples).
import { documentLayout, type DocumentLayout } from '@shared/domain/document-layout'
import { totalsOf, type PaymentDocumentContent, type PaymentDocumentMeter, type PaymentDocumentRow } from '@shared/domain/payment-document'
import type { MemoSheet } from '../../../../src/main/printing/documents/memo-sheet'

const noFacts = {
  ...{ norm: null, normCommon: null, houseReading: null, houseVolume: null, houseVolumeCommon: null, coefficient: null, excess: 0 },
  ...{ instalmentCurrent: 0, instalmentPast: 0, instalmentPercent: null, instalmentInterest: 0, instalmentDue: null },
}

export function chargeRow(change: Partial<PaymentDocumentRow>): PaymentDocumentRow {
  const row = {
    ...{ service: 'cold_water', name: 'Холодное водоснабжение', unit: 'м³', volume: '5.533', volumeCommon: null, tariff: '48.37' },
    ...{ accrued: 26763, accruedCommon: 0, recalculated: 0, recalculationReason: null, benefit: 0, penalty: 0, opening: 0, paid: 0 },
    ...noFacts,
    ...change,
  }
  return { ...row, closing: row.opening + row.accrued + row.accruedCommon + row.recalculated - row.benefit + row.penalty - row.paid }
}

/** The document with these rows and totals that follow from them. */
export function withRows(content: PaymentDocumentContent, rows: PaymentDocumentRow[]): PaymentDocumentContent {
  return { ...content, rows, totals: totalsOf(rows, content.totals.lastPaidOn) }
}

/** The document in another layout of its provider. */
export function withLayout(content: PaymentDocumentContent, layout: Partial<DocumentLayout>): PaymentDocumentContent {
  return { ...content, provider: { ...content.provider, layout: { ...content.provider.layout, ...layout } } }
}

const utilityRows = [
  chargeRow({ volumeCommon: '0.112', accruedCommon: 542, opening: 31200, paid: 31200 }),
  chargeRow({
    ...{ service: 'hot_water', name: 'Горячее водоснабжение', volume: '3.214', volumeCommon: '0.081', tariff: '212.45', accrued: 68281, accruedCommon: 1721 },
    ...{ recalculated: -12345, recalculationReason: 'Перерыв подачи горячей воды с 05.10.2026 по 09.10.2026, акт № 418', opening: 70455, paid: 70455 },
  }),
  chargeRow({ service: 'heat', name: 'Отопление', unit: 'Гкал', volume: '0.9812', tariff: '2418.06', accrued: 237260, benefit: 45000, opening: 55000, penalty: 1583 }),
  chargeRow({ service: 'electricity', name: 'Электроэнергия', unit: 'кВт·ч', volume: '214', volumeCommon: '6', tariff: '5.68', accrued: 121552, accruedCommon: 3408 }),
  chargeRow({ service: 'waste', name: 'Обращение с твёрдыми коммунальными отходами', unit: 'чел.', volume: '3', tariff: '141.22', accrued: 42366 }),
]

const utilityMeters: PaymentDocumentMeter[] = [
  {
    ...{ service: 'cold_water', name: 'Холодная вода, СГВ-15', serial: '004512378', zones: 1, decimals: 3, ratio: null, verifiedUntil: '2029-04-15' },
    ...{ previous: [124567], previousOn: '2026-09-23', current: [130100], currentOn: '2026-10-23' },
  },
  {
    ...{ service: 'hot_water', name: 'Горячая вода, СГВ-15', serial: '004512379', zones: 1, decimals: 3, ratio: null, verifiedUntil: '2026-08-01' },
    ...{ previous: [88000], previousOn: '2026-09-23', current: [91214], currentOn: '2026-10-23' },
  },
  {
    ...{ service: 'electricity', name: 'Электроэнергия, Меркурий 200', serial: '31245566', zones: 2, decimals: 0, ratio: null, verifiedUntil: null },
    ...{ previous: [10245000, 3120000], previousOn: '2026-09-23', current: [10398000, 3181000], currentOn: '2026-10-23' },
  },
  {
    ...{ service: 'heat', name: 'Отопление', serial: 'Т-77/12', zones: 1, decimals: 3, ratio: null, verifiedUntil: '2030-01-31' },
    ...{ previous: null, previousOn: null, current: null, currentOn: null },
  },
]

export const utilityDocument: PaymentDocumentContent = withRows(
  {
    number: '2026-10-001542',
    gisNumber: null,
    period: '2026-10',
    madeOn: '2026-11-02',
    dueOn: '2026-11-16',
    provider: {
      code: 'enser',
      name: 'Тепловые сети Энска',
      legalName: 'ООО "Тепловые сети Энска"',
      inn: '7400000015',
      kpp: '740001001',
      ogrn: '1027400000012',
      bankName: 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК',
      bic: '047501602',
      settlementAccount: '40702810572000000017',
      correspondentAccount: '30101810700000000602',
      address: '456300, г. Энск, ул. Тепличная, д. 1',
      phone: '8 (800) 000-00-00',
      email: 'abonent@teploset.example',
      site: 'https://lk.teploset.example',
      hours: 'пн–пт 8:00–17:00, обед 12:00–13:00',
      emergency: '8 (351) 200-00-00, круглосуточно',
      vatNote: 'в т. ч. НДС 22 %',
      qrEncoding: 'utf-8',
      techCode: '02',
      kind: 'utility',
      layout: documentLayout.parse({}),
      notice:
        'Показания приборов учёта передавайте с 15 по 25 число каждого месяца. Если показания не переданы, плата рассчитывается по среднемесячному объёму не более трёх месяцев, затем по нормативу (п. 59–60 Правил, утв. ПП РФ от 06.05.2011 № 354).\nЕсли исполнителя дважды не допустили к проверке прибора, плата рассчитывается по нормативу с повышающим коэффициентом.',
    },
    payer: {
      ...{ name: 'Иванов Пётр Сергеевич', lastName: 'Иванов', firstName: 'Пётр', middleName: 'Сергеевич', address: 'г. Энск, ул. Ленина, д. 10, кв. 15' },
      ...{ account: '100200300', contract: null, els: '75ДА533315', zhkuId: '75ДА533315-01', areaM2: '54.30', residents: 3 },
    },
    rows: [],
    meters: utilityMeters,
    totals: totalsOf([], '2026-10-12'),
  },
  utilityRows,
)

export const internetDocument: PaymentDocumentContent = withRows(
  {
    ...utilityDocument,
    number: '88120',
    dueOn: null,
    provider: {
      ...utilityDocument.provider,
      ...{ code: 'telecom', name: 'Энск-Телеком', legalName: 'ООО "Энск-Телеком"', inn: '1435000015', kpp: '143501001', ogrn: null },
      ...{ bankName: 'ЯКУТСКОЕ ОТДЕЛЕНИЕ N8603 ПАО СБЕРБАНК', bic: '049805609', settlementAccount: '40702810376000000021', correspondentAccount: '30101810400000000609' },
      ...{ techCode: '09', kind: 'internet', qrEncoding: 'windows-1251', emergency: null, notice: null, hours: 'ежедневно 9:00–21:00', site: 'https://telecom.example' },
    },
    payer: {
      ...{ name: 'Петрова Анна Ильинична', lastName: 'Петрова', firstName: 'Анна', middleName: 'Ильинична', address: 'г. Энск, ул. Кирова, д. 4, кв. 5А' },
      ...{ account: '12345678', contract: '12345678', els: null, zhkuId: null, areaM2: null, residents: null },
    },
    meters: [],
  },
  [
    chargeRow({ service: 'internet', name: 'Доступ в сеть, тариф «Домашний 300»', unit: 'мес.', volume: '1', tariff: '650.00', accrued: 65000, opening: 65000, paid: 65000 }),
    chargeRow({ service: 'tv', name: 'Цифровое телевидение, пакет «Базовый»', unit: 'мес.', volume: '1', tariff: '150.00', accrued: 15000, benefit: 5000 }),
  ],
)

export const memoSheet: MemoSheet = {
  number: '000127',
  issuedAt: '2026-11-22T09:05:00+05:00',
  provider: {
    name: 'Тепловые сети Энска',
    legalName: 'ООО «Тепловые сети Энска»',
    address: 'г. Энск, ул. Тепличная, д. 1',
    phone: '8 (800) 000-00-00',
    site: 'https://teploset.example',
    hours: 'Пн–пт 8:00–17:00, обед 12:00–13:00',
    portal: {
      name: 'Личный кабинет физического лица',
      url: 'https://lk.teploset.example',
      scheme: 'account',
      firstSteps: [
        'Откройте в интернете адрес {url} или наведите камеру телефона на код.',
        'Введите логин {login} (только цифры, без буквы) и пароль из этой памятки.',
        'Придумайте новый пароль: от 8 до 20 символов. Введите его два раза.',
        'Укажите адрес электронной почты и нажмите «Сохранить». На почту придёт письмо: перейдите по ссылке из него.',
      ],
    },
    memo: {
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: false,
      securityNote: 'Сотрудники никогда не спрашивают пароль. Никому его не называйте и не фотографируйте этот лист.',
      howToPay: ['В личном кабинете банковской картой, без комиссии.', 'В приложении банка по коду на квитанции.', 'В кассе офиса и на почте.'],
    },
    phones: [
      { label: 'Справочная', phone: '8 (800) 000-00-00' },
      { label: 'Аварийная, круглосуточно', phone: '8 (351) 200-00-00' },
    ],
  },
  subscriberName: 'Иванов Пётр Сергеевич',
  account: '100200300',
  contract: null,
  address: 'г. Энск, ул. Ленина, д. 10, кв. 15',
  login: '100200300',
  password: 'tQ7k9mFw2hGd',
  expiresAt: '2026-11-25T09:05:00+05:00',
  oneTime: true,
  operatorName: 'Смирнова О. А.',
  office: 'Центральный офис, окно 3',
}
