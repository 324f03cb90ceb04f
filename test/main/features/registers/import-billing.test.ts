import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { type Office, registerOffice } from './register-office'

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
  await office.take('subscribers', 'subscriber_id;kind;last_name;first_name\nS1;person;Иванов;Иван\n')
  await office.take('accounts', 'provider;account;subscriber_id;house\nenser;0012345;S1;1\nenser;0012346;S1;2\n')
  await office.take('meters', [
    'provider;account;serial;service;digits;decimals;zones;installed_on;removed_on;verified_until;initial_t1',
    'enser;0012345;W1;cold_water;5;3;1;01.01.2026;;01.01.2030;100',
    'enser;0012345;E1;electricity;5;0;2;01.01.2026;01.10.2026;;',
    'enser;0012345;77;gas;5;0;1;;;01.06.2026;',
    'enser;0012345;77;heat;5;0;1;;;;',
  ].join('\n'))
})
afterEach(() => office.close())

const accepted = (line: number) => [line, 'принята', '']
const readings = 'provider;account;serial;service;taken_on;t1;t2;channel'
const charges = 'provider;account;period;service;volume;tariff;accrued;recalculated;benefit;opening;paid;closing'
const payments = 'provider;account;payment_id;paid_on;amount;channel'

test('readings find their meter by account and serial, and keep thousandths and the channel', async () => {
  const { rows } = await office.take('readings', [
    readings,
    'enser;0012345;w1;;25.02.2026;105,533;;телефон',
    'enser;0012345;E1;;25.02.2026;10;20;',
    'enser;0012345;77;газ;25.02.2026;5;;',
    'enser;0012345;77;;25.02.2026;5;;',
    'enser;0012345;78;;25.02.2026;5;;',
  ].join('\n'))
  expect(rows).toEqual([
    accepted(2),
    accepted(3),
    accepted(4),
    [5, 'отклонена', 'на счёте несколько приборов с таким номером: укажите услугу'],
    [6, 'отклонена', 'на лицевом счёте нет прибора № 78'],
  ])
  expect(await office.rows('meter_reading', 'id')).toMatchObject([
    { t1: 105533, t2: null, channel: 'phone', status: 'accepted', taken_on: '2026-02-25', period: '2026-02-01' },
    { t1: 10000, t2: 20000, channel: 'import' },
    { t1: 5000 },
  ])
})

test('what the meter cannot show, or could not have shown that day, is refused', async () => {
  const { rows } = await office.take('readings', [
    readings,
    'enser;0012345;W1;;25.02.2026;100000;;',
    'enser;0012345;77;gas;25.02.2026;5,5;;',
    'enser;0012345;E1;;25.02.2026;10;;',
    'enser;0012345;W1;;24.02.2026;10;20;',
    'enser;0012345;W1;;25.02.2100;110;;',
    'enser;0012345;W1;;25.12.2025;110;;',
    'enser;0012345;E1;;02.10.2026;10;20;',
    'enser;0012345;W1;;25.02.2026;-1;;',
    'enser;0012345;W1;;25.02.2026;1,0005;;',
  ].join('\n'))
  expect(rows).toEqual([
    [2, 'отклонена', 'превышена разрядность прибора: не более 5 знаков до запятой'],
    [3, 'отклонена', 'не более 0 знаков после запятой'],
    [4, 'отклонена', 'заполните показания по всем зонам: 2'],
    [5, 'отклонена', 'заполните показания по всем зонам: 1'],
    [6, 'отклонена', expect.stringContaining('дата показания не может быть позже сегодняшней')],
    [7, 'отклонена', 'прибор установлен 01.01.2026: на эту дату показаний быть не может'],
    [8, 'отклонена', 'прибор снят 01.10.2026: показания после этого дня не принимаются'],
    [9, 'отклонена', 'не удалось прочитать «т1»'],
    [10, 'отклонена', 'не удалось прочитать «т1»'],
  ])
})

test('what is only odd is taken with a warning: below the previous, above the next, too much, verification over, through zero', async () => {
  const { rows } = await office.take('readings', [
    readings,
    'enser;0012345;W1;;25.02.2026;110;;',
    'enser;0012345;W1;;25.03.2026;105,5;;',
    'enser;0012345;77;gas;25.07.2026;10;;',
    'enser;0012345;77;heat;25.01.2026;99995;;',
    'enser;0012345;77;heat;25.02.2026;2;;',
    'enser;0012345;77;heat;25.03.2026;50;;',
    'enser;0012345;77;heat;25.04.2026;45;;',
  ].join('\n'))
  expect(rows).toEqual([
    [2, 'принята с замечаниями', 'показание больше более позднего (105,5 от 25.03.2026)'],
    [3, 'принята с замечаниями', 'показание меньше предыдущего (110 от 25.02.2026)'],
    [4, 'принята с замечаниями', 'истёк срок поверки (01.06.2026). Показание не принимается к расчёту'],
    [5, 'принята с замечаниями', 'похоже на переход счётчика через ноль. Расход составит 7. Подтвердить?'],
    [6, 'принята с замечаниями', 'похоже на переход счётчика через ноль. Расход составит 7. Подтвердить?'],
    [7, 'принята с замечаниями', expect.stringContaining('превышен допустимый расход: 48')],
    [8, 'принята с замечаниями', 'показание меньше предыдущего (50 от 25.03.2026)'],
  ])
  expect((await office.rows('meter_reading', 'id')).map(({ warnings }) => warnings)).toContainEqual(['rollover'])
})

test('a reading is compared with the neighbours the office already has, and with the initial one', async () => {
  await office.take('readings', `${readings}\nenser;0012345;W1;;25.02.2026;110;;\nenser;0012345;W1;;25.04.2026;130;;\n`)
  const { rows } = await office.take('readings', `${readings}\nenser;0012345;W1;;25.03.2026;140;;\nenser;0012345;W1;;25.01.2026;99;;\n`)
  expect(rows).toEqual([
    [2, 'принята с замечаниями', expect.stringContaining('показание больше более позднего (130 от 25.04.2026)')],
    [3, 'принята с замечаниями', 'показание меньше предыдущего (100 от 01.01.2026)'],
  ])
})

test('the same value of a day is unchanged; another replaces the one of a register, never one of the desk or a calculated one', async () => {
  const first = `${readings}\nenser;0012345;W1;;25.02.2026;110;;\nenser;0012345;77;gas;25.02.2026;10;;\n`
  await office.take('readings', first)
  expect((await office.take('readings', first)).rows.map(([, verdict]) => verdict)).toEqual(['без изменений', 'без изменений'])
  await office.owner.raw(`update meter_reading set import_batch_id = null where t1 = 10000`)
  const { rows } = await office.take('readings', `${readings}\nenser;0012345;W1;;25.02.2026;111;;\nenser;0012345;77;gas;25.02.2026;11;;\n`)
  expect(rows).toEqual([
    [2, 'принята с замечаниями', 'заменено показание этого дня 110'],
    [3, 'отклонена', 'за этот день показание 10 уже принято в Okno'],
  ])
  const stored = await office.rows('meter_reading', 'id')
  expect(stored).toMatchObject([{ t1: 110000, status: 'cancelled', status_reason: 'replacedByRegister' }, { t1: 10000, status: 'accepted' }, { t1: 111000, replaces_id: stored[0]?.['id'] }])

  await office.take('charges', `${charges}\nenser;0012345;02.2026;хвс;11;48,37;532,07;;;0;0;532,07\n`)
  expect((await office.take('readings', `${readings}\nenser;0012345;W1;;25.02.2026;112;;\n`)).rows).toEqual([[2, 'отклонена', 'за этот день уже есть рассчитанное показание 111']])
})

test('readings of charged periods are calculated, whichever register came first', async () => {
  await office.take('readings', `${readings}\nenser;0012345;W1;;25.01.2026;101;;\nenser;0012345;W1;;25.03.2026;103;;\n`)
  await office.take('charges', `${charges}\nenser;0012345;2026-02;cold_water;;;1;;;0;0;1\n`)
  await office.take('readings', `${readings}\nenser;0012345;W1;;25.02.2026;102;;\nenser;0012345;W1;;26.03.2026;104;;\n`)
  expect((await office.rows('meter_reading', 'taken_on')).map(({ taken_on, status }) => [taken_on, status])).toEqual([
    ['2026-01-25', 'calculated'],
    ['2026-02-25', 'calculated'],
    ['2026-03-25', 'accepted'],
    ['2026-03-26', 'accepted'],
  ])
})

test('what a payment document must tell besides the charge is taken, kept, changed and cleared column by column', async () => {
  const rich = 'provider;account;period;service;accrued;opening;paid;closing;норматив;показание_одпу;повышающий_коэффициент;превышение;instalment_due;идентификатор_пд'
  const facts = async () => (await office.owner('charge').first('facts')).facts as unknown
  const row = (more: string) => `${rich}\nenser;0012345;02.2026;хвс;100;0;0;100;${more}\n`
  expect((await office.take('charges', row('4,33;18 240,5;1,5;33,33;50;75ДА533315-01-6101'))).rows).toEqual([accepted(2)])
  expect(await facts()).toEqual({ norm: '4.33', houseReading: '18240.5', coefficient: '1.5', excess: 3333, instalmentDue: 5000, gisNumber: '75ДА533315-01-6101' })
  // The same file changes nothing; an empty cell keeps what is stored, a dash clears it.
  expect((await office.take('charges', row('4,33;18 240,5;1,5;33,33;50;75ДА533315-01-6101'))).rows).toEqual([[2, 'без изменений', '']])
  expect((await office.take('charges', row('4,5;;-;-;;'))).rows).toEqual([accepted(2)])
  expect(await facts()).toEqual({ norm: '4.5', houseReading: '18240.5', instalmentDue: 5000, gisNumber: '75ДА533315-01-6101' })
  expect((await office.take('charges', row('-;-;;;-;-'))).rows).toEqual([accepted(2)])
  expect(await facts()).toBeNull()
})

test('charges of a closed period are final: a changed row is refused with its reason, the same row is unchanged', async () => {
  const row = (accrued: string) => `${charges}\nenser;0012345;02.2026;хвс;;;${accrued};;;0;0;${accrued}\n`
  await office.take('charges', row('100'))
  await office.db.call('payment_period_close', { operationId: randomUUID(), provider: 'enser', period: '2026-02' })
  expect((await office.take('charges', row('100'))).rows).toEqual([[2, 'без изменений', '']])
  expect((await office.take('charges', row('110'))).rows).toEqual([[2, 'отклонена', expect.stringContaining('период 02.2026 закрыт')]])
  expect((await office.take('charges', row('110').replace('02.2026', '03.2026'))).rows).toEqual([accepted(2)])
})

test('charges are kopecks and exact volumes; the row that does not add up is taken with a warning', async () => {
  const { rows } = await office.take('charges', [
    charges,
    'enser;0012345;01.2026;хвс;5,533;48,37;267,63;-10;7,63;1 000,00;500;750,00',
    'enser;0012345;2026-01;heating_norm;;;100;;;0;0;90',
    'enser;0012345;13.2026;хвс;;;100;;;0;0;100',
    'enser;0012345;01.2026;barber;;;100;;;0;0;100',
    'enser;0012346;01.2026;хвс;;;100,005;;;0;0;100',
  ].join('\n'))
  expect(rows).toEqual([
    accepted(2),
    [3, 'принята с замечаниями', expect.stringMatching(/^«к_оплате» не сходится: по строке выходит 100,00 руб\.$/)],
    [4, 'отклонена', 'не удалось прочитать «период»'],
    [5, 'отклонена', 'у поставщика нет услуги «barber»'],
    [6, 'отклонена', 'не удалось прочитать «начислено»'],
  ])
  expect(await office.rows('charge', 'service')).toMatchObject([
    { service: 'cold_water', period: '2026-01-01', volume: '5.533000', tariff: '48.370000', accrued: 26763, recalculated: -1000, benefit: 763, opening: 100000, paid: 50000, closing: 75000 },
    { service: 'heating_norm' },
  ])
})

test('a row that lowers a total already closed is refused; one that raises it is taken', async () => {
  const row = (accrued: string, paid: string, closing: string) => `${charges}\nenser;0012345;01.2026;хвс;;;${accrued};;;0;${paid};${closing}\n`
  await office.take('charges', row('100', '0', '100'))
  expect((await office.take('charges', row('100', '0', '100'))).rows).toEqual([[2, 'без изменений', '']])
  expect((await office.take('charges', row('90', '0', '90'))).rows).toMatchObject([[2, 'отклонена', expect.stringContaining('уменьшает закрытую сумму «начислено»')]])
  expect((await office.take('charges', row('100', '50', '50'))).rows).toMatchObject([[2, 'отклонена', expect.stringContaining('уменьшает закрытую сумму «к_оплате»')]])
  expect(await office.rows('charge')).toMatchObject([{ accrued: 10000, closing: 10000 }])
  expect((await office.take('charges', row('110', '0', '110'))).rows).toEqual([accepted(2)])
  expect(await office.rows('charge')).toMatchObject([{ accrued: 11000, closing: 11000 }])
})

test('payments come in once; a payment is corrected by a reversal, never by another amount or account', async () => {
  const file = `${payments}\nenser;0012345;P1;05.03.2026;150,00;касса\nenser;0012345;P2;06.03.2026;-150;касса\nenser;0012345;P3;06.03.2026;0;\n`
  const { rows } = await office.take('payments', file)
  expect(rows).toEqual([accepted(2), accepted(3), [4, 'отклонена', 'сумма платежа равна нулю']])
  expect((await office.take('payments', file)).rows.map(([, verdict]) => verdict)).toEqual(['без изменений', 'без изменений', 'отклонена'])
  const again = await office.take('payments', `${payments}\nenser;0012345;P1;05.03.2026;151;касса\nenser;0012346;P2;06.03.2026;-150;касса\n`)
  expect(again.rows).toEqual([
    [2, 'отклонена', 'платёж с этим номером уже записан на 150,00 руб.: исправляется сторно'],
    [3, 'отклонена', 'платёж с этим номером принадлежит другому лицевому счёту'],
  ])
  expect((await office.take('payments', `${payments}\nenser;0012345;P1;07.03.2026;150;портал\n`)).rows).toEqual([accepted(2)])
  expect(await office.rows('payment', 'id')).toMatchObject([{ amount: 15000, paid_on: '2026-03-07', channel: 'портал' }, { amount: -15000 }])
})

test('the same reading twice in one file is unchanged, a different one is refused with the line of the first', async () => {
  const { rows } = await office.take('readings', `${readings}\nenser;0012345;W1;;25.02.2026;110;;\nenser;0012345;W1;;2026-02-25;110,0;;\nenser;0012345;W1;;25.02.2026;111;;\n`)
  expect(rows).toEqual([accepted(2), [3, 'без изменений', ''], [4, 'отклонена', 'тот же ключ с другими данными уже в строке 2']])
  expect(await office.count('meter_reading')).toBe(1)
})
