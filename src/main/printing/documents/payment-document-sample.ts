import { addMonthsToPeriod, firstDay, lastDay, paymentDeadline, periodOf } from '@shared/domain/dates'
import { isNoticePrinted } from '@shared/domain/document-layout'
import { joinPaymentDocument, paymentDocumentIssuer, type PaymentDocumentContent } from '@shared/domain/payment-document'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { drawPaymentDocument } from './payment-document'

/** What the samples charge for; a provider's own names and units are used where it has the service. */
const utilityRows = [
  { service: 'cold_water', volume: '5.533', volumeCommon: '0.112', tariff: '48.37', accrued: 26763, accruedCommon: 542, opening: 31200, paid: 31200, closing: 27305, norm: '4.33', normCommon: '0.012', houseReading: '18240.5', houseVolume: '612.4', houseVolumeCommon: '11.2' },
  { service: 'hot_water', volume: '4.515', tariff: '212.45', accrued: 95921, excess: 31974, coefficient: '1.5', recalculated: -12345, recalculationReason: 'Перерыв подачи горячей воды с 5 по 9 число, акт № 418', opening: 70455, paid: 70455, closing: 83576, norm: '3.01' },
  { service: 'electricity', volume: '214', volumeCommon: '6', tariff: '5.68', accrued: 121552, accruedCommon: 3408, closing: 124960 },
  { service: 'heat', volume: '0.9812', tariff: '2418.06', accrued: 237260, benefit: 45000, opening: 55000, penalty: 1583, closing: 248843, instalmentCurrent: 96130, instalmentPast: 27500, instalmentPercent: '9.5', instalmentInterest: 1957, instalmentDue: 127170 },
]
const utilityMeters = [
  { service: 'cold_water', serial: '004512378', decimals: 3, previous: [124567], current: [130100], left: 900 },
  { service: 'hot_water', serial: '004512379', decimals: 3, previous: [88000], current: null, left: -90 },
  { service: 'electricity', serial: '31245566', zones: 2, previous: [10245000, 3120000], current: [10398000, 3181000], left: 2000 },
]
const internetRows = [
  { service: 'internet', volume: '1', tariff: '650', accrued: 65000, opening: 65000, paid: 65000, closing: 65000 },
  { service: 'tv', volume: '1', tariff: '150', accrued: 15000, benefit: 5000, closing: 10000 },
]

/** A document of this provider for a subscriber there isn't, with something in every section: for the editor of the layout. `today` is a civil date. */
export function samplePaymentDocument(card: Omit<ProviderCard, 'code'>, today: string): PaymentDocumentContent {
  const { profile, services, ...requisites } = card
  const { layout, ...document } = profile.paymentDocument
  const period = addMonthsToPeriod(periodOf(today), -1)
  const internet = document.kind === 'internet'
  const before = addMonthsToPeriod(period, -1)
  const day = (month: string) => `${month}-23`
  const issuer = paymentDocumentIssuer.parse({
    period,
    madeOn: today,
    dueOn: internet ? null : paymentDeadline(period),
    provider: {
      ...requisites, ...document, layout,
      code: 'sample', hours: profile.hours, emergency: profile.emergency, fax: profile.fax,
      notice: isNoticePrinted(layout, period) ? document.notice : null,
    },
    services: { ...usualServices, ...Object.fromEntries(services.map(({ code, name, unit }) => [code, { name, unit }])) },
  })
  return joinPaymentDocument(issuer, {
    number: `100200300-${period.slice(5)}${period.slice(0, 4)}`,
    gisNumber: internet ? null : '75ДА533315-01-6101',
    lastPaidOn: `${period}-12`,
    payer: {
      name: 'Иванов Пётр Сергеевич', lastName: 'Иванов', firstName: 'Пётр', middleName: 'Сергеевич', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', account: '100200300',
      ...(internet ? { contract: '12345678' } : { els: '75ДА533315', zhkuId: '75ДА533315-01', areaM2: '54.3', residents: 3 }),
    },
    rows: internet ? internetRows : utilityRows,
    meters: internet
      ? []
      : utilityMeters.map(({ left, ...meter }) => ({
          ...meter,
          previousOn: day(before),
          currentOn: meter.current ? day(period) : null,
          verifiedUntil: left > 0 ? lastDay(addMonthsToPeriod(period, Math.round(left / 30))) : firstDay(before),
        })),
  })
}

/** Draws the sample; nobody takes it for a bill: it says so across the page. */
export function drawPaymentDocumentSample(card: Omit<ProviderCard, 'code'>, { today, timeZone, now }: { today: string; timeZone: string; now: string }): Promise<Buffer> {
  return drawPaymentDocument(samplePaymentDocument(card, today), { duplicate: null, printedAt: now, operator: 'Образец', timeZone, stamp: 'ОБРАЗЕЦ' })
}

const usualServices = {
  cold_water: { name: 'Холодное водоснабжение', unit: 'м³' },
  hot_water: { name: 'Горячее водоснабжение', unit: 'м³' },
  electricity: { name: 'Электроснабжение', unit: 'кВт·ч' },
  heat: { name: 'Отопление', unit: 'Гкал' },
  internet: { name: 'Доступ в интернет', unit: 'мес.' },
  tv: { name: 'Цифровое телевидение', unit: 'мес.' },
}
