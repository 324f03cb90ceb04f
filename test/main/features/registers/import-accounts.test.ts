import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { type Office, registerOffice } from './register-office'

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
  await office.take('subscribers', 'subscriber_id;kind;last_name;first_name\nS1;person;Иванов;Иван\nS2;person;Петров;Пётр\n')
})
afterEach(() => office.close())

const accountHeader = 'provider;account;contract;subscriber_id;locality;street;house;flat;area_m2;status'
const meterHeader = 'provider;account;serial;service;digits;decimals;zones;installed_on;removed_on;initial_t1;initial_t2'

const accepted = (line: number) => [line, 'принята', '']

test('an account comes in with its address and the comparison forms of its numbers', async () => {
  const { rows } = await office.take('accounts', `${accountHeader}\nenser;А-0012345;Д 17/а;S1;г. Миасс;ул. Ленина;10;5А;54,3;действует\n`)
  expect(rows).toEqual([accepted(2)])
  expect(await office.rows('account')).toMatchObject([{ number: 'А-0012345', number_key: '0012345', contract: 'Д 17/а', contract_key: 'Д17/А', area_m2: '54.30', status: 'active' }])
  expect(await office.rows('address')).toMatchObject([{ locality: 'г. Миасс', street: 'ул. Ленина', house: '10', flat: '5А' }])
})

test('accounts that cannot belong to the office are refused with the reason', async () => {
  const { rows } = await office.take('accounts', [
    accountHeader,
    'nobody;0012345;;S1;;;10;;;',
    'enser;0012345;;S9;;;10;;;',
    'enser;12;;S1;;;10;;;',
    'enser;0012345;;S1;;;;;;',
    'enser;0012346;;S1;;;10;;;странный',
  ].join('\n'))
  expect(rows).toEqual([
    [2, 'отклонена', 'нет поставщика «nobody»'],
    [3, 'отклонена', 'нет абонента с кодом «S9»'],
    [4, 'отклонена', 'лицевой счёт не подходит под формат поставщика'],
    [5, 'отклонена', 'не заполнено «дом»'],
    [6, 'принята с замечаниями', 'не удалось прочитать «статус»'],
  ])
})

test('a row that moves an account to another subscriber is refused, and the account stays as it is', async () => {
  await office.take('accounts', `${accountHeader}\nenser;0012345;;S1;;;10;;;\n`)
  const { rows } = await office.take('accounts', `${accountHeader}\nenser;0012345;;S2;;;12;;;\n`)
  expect(rows).toEqual([[2, 'отклонена', 'лицевой счёт принадлежит другому абоненту']])
  expect(await office.rows('account')).toMatchObject([{ version: 1 }])
})

test('a partial row changes only what it names: a corrected house keeps the street', async () => {
  const file = `${accountHeader}\nenser;0012345;;S1;г. Миасс;ул. Ленина;10;5;;\n`
  await office.take('accounts', file)
  expect((await office.take('accounts', file)).rows).toEqual([[2, 'без изменений', '']])
  const { rows } = await office.take('accounts', 'provider;account;subscriber_id;house;flat;status\nenser;0012345;S1;10к2;-;closed\n')
  expect(rows).toEqual([accepted(2)])
  const [account] = await office.rows('account')
  expect(account).toMatchObject({ status: 'closed', version: 2 })
  expect((await office.rows('address')).find(({ id }) => id === account?.['address_id'])).toMatchObject({ street: 'ул. Ленина', house: '10к2', flat: '' })
})

test('codes of ГИС ЖКХ are stored in one spelling, and what is none is left out with a warning', async () => {
  const { rows } = await office.take('accounts', 'provider;account;subscriber_id;house;els;zhku_id\nenser;0012345;S1;1;75aa533315;75аа533315-01\nenser;0012346;S1;1;123;\n')
  expect(rows).toEqual([accepted(2), [3, 'принята с замечаниями', 'не удалось прочитать «елс»']])
  expect(await office.rows('account', 'number')).toMatchObject([{ els: expect.stringMatching(/^75АА533315$/), zhku_id: '75АА533315-01' }, { els: null }])
})

test('meters come in under their account, whose number may lack the letter index', async () => {
  await office.take('accounts', `${accountHeader}\nenser;А-0012345;;S1;;;10;;;\n`)
  const { rows } = await office.take('meters', [
    meterHeader,
    'enser;А-0012345;00123;хвс;5;3;;01.02.2020;;12,345;',
    'enser;0012345;00124;электроэнергия;6;;2;2020-02-01;;100;50',
    'enser;0012345;00125;gas;5;;;;;1;2',
    'enser;0012345;00126;вода;5;;;;;;',
    'enser;0099999;00127;gas;5;;;;;;',
    'enser;0012345;00128;gas;12;;;;;;',
    'enser;0012345;00129;gas;5;;;01.02.2020;01.01.2020;;',
  ].join('\n'))
  expect(rows).toEqual([
    accepted(2),
    accepted(3),
    [4, 'принята с замечаниями', 'начальные показания не подходят к прибору (зоны или разрядность) и не записаны'],
    [5, 'отклонена', 'у поставщика нет услуги «вода»'],
    [6, 'отклонена', 'нет лицевого счёта «0099999» у этого поставщика'],
    [7, 'отклонена', 'не удалось прочитать «разрядность»'],
    [8, 'принята с замечаниями', 'дата снятия раньше даты установки'],
  ])
  expect(await office.rows('meter', 'serial')).toMatchObject([
    { serial: '00123', service: 'cold_water', decimals: 3, zones: 1, initial: ['12345'] },
    { serial: '00124', zones: 2, initial: ['100000', '50000'] },
    { serial: '00125', initial: null },
    { serial: '00129' },
  ])
})

test('a meter with readings keeps its zones and never loses digits it has shown', async () => {
  await office.take('accounts', `${accountHeader}\nenser;0012345;;S1;;;10;;;\n`)
  await office.take('meters', `${meterHeader}\nenser;0012345;1;electricity;6;1;1;;;;\n`)
  await office.take('readings', 'provider;account;serial;taken_on;t1\nenser;0012345;1;01.10.2026;12345,6\n')
  const { rows } = await office.take('meters', `${meterHeader}\nenser;0012345;1;electricity;6;1;2;;;;\n`)
  expect(rows).toEqual([[2, 'отклонена', 'у прибора есть показания по зонам (1): число зон не меняется, это другой прибор']])
  expect((await office.take('meters', `${meterHeader}\nenser;0012345;1;electricity;4;1;1;;;;\n`)).rows).toEqual([[2, 'отклонена', 'у прибора есть показания большей разрядности (сейчас 6)']])
  expect((await office.take('meters', `${meterHeader}\nenser;0012345;1;electricity;5;1;;;;;\n`)).rows).toEqual([accepted(2)])
  expect((await office.take('meters', `${meterHeader}\nenser;0012345;1;electricity;5;1;;;;;\n`)).rows).toEqual([[2, 'без изменений', '']])
})
