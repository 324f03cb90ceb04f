import type { PaymentDocumentContent } from '../../../src/shared/domain/payment-document'
import { random } from '../../../src/main/training/random'
import { chargeRow, utilityDocument, withRows } from '../../main/printing/documents/examples'

const services: [string, string, string, string][] = [
  ['cold_water', 'Холодное водоснабжение', 'м³', '48.37'], ['hot_water', 'Горячее водоснабжение', 'м³', '212.45'], ['sewage', 'Водоотведение', 'м³', '39.12'],
  ['heat', 'Отопление', 'Гкал', '2418.06'], ['electricity', 'Электроэнергия', 'кВт·ч', '5.68'], ['waste', 'Обращение с твёрдыми коммунальными отходами', 'чел.', '141.22'],
  ['upkeep', 'Содержание жилого помещения', 'м²', '28.14'], ['repair', 'Взнос на капитальный ремонт', 'м²', '14.55'], ['gas', 'Газоснабжение', 'м³', '8.12'],
  ['lift', 'Обслуживание лифта', 'м²', '3.20'], ['intercom', 'Домофон', 'кв.', '60'], ['antenna', 'Коллективная антенна', 'точка', '95'],
]

/** A bill of a house with twelve services, meters and a payment code, as a provider's batch has a million of; the same index gives the same bill. */
export function billOf(index: number): PaymentDocumentContent {
  const r = random('bills', index)
  const rows = services.map(([service, name, unit, tariff], place) =>
    chargeRow({
      service, name, unit, tariff,
      volume: `${r.int(1, 60)}.${r.int(100, 999)}`,
      volumeCommon: place < 5 ? `0.${r.int(100, 999)}` : null,
      accrued: r.int(1000, 400_000),
      accruedCommon: place < 5 ? r.int(0, 3000) : 0,
      opening: place === 0 ? 300_000 : r.chance(0.3) ? r.int(0, 500_000) : 0,
      paid: r.int(0, 20_000),
      penalty: r.chance(0.2) ? r.int(0, 9000) : 0,
    }),
  )
  const [lastName, firstName, middleName] = [r.pick(['Иванов', 'Петров', 'Смирнов', 'Кузнецов', 'Римский-Корсаков', 'Ахметзянов']), r.pick(['Пётр', 'Иван', 'Сергей', 'Олег']), r.pick(['Сергеевич', 'Иванович', 'Петрович'])]
  const payer = {
    ...utilityDocument.payer,
    ...{ name: `${lastName} ${firstName} ${middleName}`, lastName, firstName, middleName, account: String(100_200_300 + index) },
    address: `г. Энск, ул. ${r.pick(['Ленина', 'Тепличная', '50 лет Октября', 'Мира'])}, д. ${r.int(1, 120)}, кв. ${r.int(1, 300)}`,
  }
  return withRows({ ...utilityDocument, number: `2026-10-${String(index).padStart(6, '0')}`, payer }, rows)
}

export const billMarks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }
