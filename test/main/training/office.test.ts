import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { expect, onTestFinished, test } from 'vitest'
import { accountNumberProblem, accountKey, housingSystemCode } from '@shared/domain/account-number'
import { isInn, isKpp, isOgrn, isOgrnip, isSnils } from '@shared/domain/checksums'
import { parseDate, parsePeriod } from '@shared/domain/dates'
import { normaliseEmail } from '@shared/domain/email'
import { documentProblems, parseDocumentType } from '@shared/domain/identity-document'
import { multiplyRounded, parseMoney } from '@shared/domain/money'
import { normalisePhone } from '@shared/domain/phone'
import { readyProvider } from '../../../src/main/features/providers/ready-profiles'
import { cast, registerColumns, registerKinds, trainingOffice, trainingStaff, writeRegisters, type RegisterKind, type RegisterRow } from '../../../src/main/training'

const asOf = '2026-11-22'
const office = trainingOffice({ asOf })
const rows = Object.fromEntries(registerKinds.map((kind) => [kind, [...office.rows(kind)]])) as { [Kind in RegisterKind]: RegisterRow<Kind>[] }
const small = { asOf, subscribers: 120 }

const accountOf = (row: { provider: string; account: string }) => `${row.provider} ${row.account}`
const meterOf = (row: { provider: string; account: string; serial: string; service: string }) => `${accountOf(row)} ${row.serial} ${row.service}`
const kopecks = (text: string) => parseMoney(text) ?? Number.NaN
const thousandths = (text: string) => Math.round(Number(text.replace(',', '.')) * 1000)
const groupBy = <T>(list: T[], key: (item: T) => string) => {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
/** One comparison instead of a hundred thousand: shows the first rows that break a rule. */
const expectNone = <T>(broken: Iterable<T>) => expect([...broken].slice(0, 3)).toEqual([])
const isoPeriod = (period: string) => parsePeriod(period) ?? ''

async function filesOf(options: Parameters<typeof trainingOffice>[0]) {
  const folder = await mkdtemp(join(tmpdir(), 'okno-training-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const paths = await writeRegisters(folder, trainingOffice(options))
  return Object.fromEntries(await Promise.all(registerKinds.map(async (kind) => [kind, await readFile(paths[kind])] as const))) as Record<RegisterKind, Buffer>
}
const digest = (files: Record<RegisterKind, Buffer>) => registerKinds.map((kind) => createHash('sha256').update(files[kind]).digest('hex'))

test('the same seed and date make the same files to the last byte, another seed makes others', async () => {
  const first = digest(await filesOf(small))
  expect(digest(await filesOf(small))).toEqual(first)
  expect(digest(await filesOf({ ...small, seed: 7 }))).not.toEqual(first)
})

test('registers can be read in any order and again: later readers get the same rows', () => {
  const again = trainingOffice(small)
  const payments = [...again.rows('payments')]
  const readings = [...again.rows('readings')]
  expect([...again.rows('payments')]).toEqual(payments)
  expect([...trainingOffice(small).rows('readings')]).toEqual(readings)
})

test('the office has the size of a real one', () => {
  expect(rows.subscribers).toHaveLength(2000)
  const utilities = rows.accounts.filter((row) => readyProvider(row.provider)?.profile.paymentDocument.kind === 'utility')
  expect(rows.accounts.length / rows.subscribers.length).toBeGreaterThan(1.15)
  expect(rows.accounts.length / rows.subscribers.length).toBeLessThan(1.4)
  expect(rows.meters.length / utilities.length).toBeGreaterThan(1.5)
  expect(rows.meters.length / utilities.length).toBeLessThan(2)
  expect(new Set(rows.accounts.map((row) => row.provider)).size).toBe(6)
})

test('the last closed period is the month before the day of the office, and nothing is dated later than that day', () => {
  expect(office.periods).toEqual(['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07', '2026-08', '2026-09', '2026-10'])
  expect(new Set(rows.charges.map((row) => isoPeriod(row.period)))).toEqual(new Set(office.periods))
  expectNone(rows.readings.filter((row) => parseDate(row.taken_on)! > asOf))
  expectNone(rows.payments.filter((row) => parseDate(row.paid_on)! > asOf))
})

test('an office of the first of January has closed the year before', () => {
  const january = trainingOffice({ asOf: '2027-01-01', subscribers: 40 })
  expect([january.periods[0], january.periods.at(-1)]).toEqual(['2026-01', '2026-12'])
  for (const row of january.rows('payments')) expect(parseDate(row.paid_on)! <= '2027-01-01').toBe(true)
})

test.each(['2026-02-30', '22.11.2026', ''])('an office of the day «%s» is refused', (day) => {
  expect(() => trainingOffice({ asOf: day })).toThrow(RangeError)
})

test('rows have the columns of the registers in their order', () => {
  for (const kind of registerKinds) for (const row of rows[kind].slice(0, 50)) expect(Object.keys(row)).toEqual(registerColumns[kind])
})

test('files are `;` and CRLF; payments are windows-1251 with a Russian header, the others UTF-8', async () => {
  const files = await filesOf(small)
  expect(iconv.decode(files.payments, 'windows-1251').split('\r\n')[0]).toBe('поставщик;лицевой_счет;номер_платежа;дата;сумма;канал;назначение')
  expect(iconv.decode(files.payments, 'windows-1251')).not.toContain('?')
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(files.payments)).toThrow()
  for (const kind of registerKinds.filter((name) => name !== 'payments')) {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(files[kind])
    expect(text.split('\r\n')[0]).toBe(registerColumns[kind].join(';'))
    expect(text.endsWith('\r\n')).toBe(true)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
  }
  expect(files.subscribers.toString()).toContain('"ООО ""Ромашка; Энск"""')
})

test('keys are unique and rows refer to rows that exist', () => {
  const unique = (keys: string[]) => expect(new Set(keys).size).toBe(keys.length)
  unique(rows.subscribers.map((row) => row.subscriber_id))
  unique(rows.accounts.map((row) => `${row.provider} ${accountKey(row.account, readyProvider(row.provider)!.profile.accountNumber)}`))
  unique(rows.meters.map(meterOf))
  unique(rows.meters.map((row) => row.serial))
  unique(rows.readings.map((row) => `${meterOf(row)} ${row.taken_on}`))
  unique(rows.charges.map((row) => `${accountOf(row)} ${row.period} ${row.service}`))
  unique(rows.payments.map((row) => `${row.provider} ${row.payment_id}`))
  unique(rows.subscribers.flatMap((row) => (row.email ? [row.email.toLowerCase()] : [])))
  unique(rows.accounts.flatMap((row) => (row.els ? [row.els] : [])))
  unique(rows.accounts.flatMap((row) => (row.contract ? [`${row.provider} ${row.contract}`] : [])))
  unique(rows.subscribers.flatMap((row) => (row.phone ? [row.phone.replace(/\D/g, '').slice(-10)] : [])))

  const subscribers = new Set(rows.subscribers.map((row) => row.subscriber_id))
  const accounts = new Set(rows.accounts.map(accountOf))
  const meters = new Set(rows.meters.map(meterOf))
  expect(rows.accounts.every((row) => subscribers.has(row.subscriber_id))).toBe(true)
  expect(new Set(rows.accounts.map((row) => row.subscriber_id)).size).toBe(subscribers.size)
  expectNone([...rows.meters, ...rows.charges, ...rows.payments].filter((row) => !accounts.has(accountOf(row))))
  expect(rows.readings.every((row) => meters.has(meterOf(row)))).toBe(true)
})

test('services, numbers and units are those of the provider', () => {
  for (const row of rows.accounts) {
    const { profile } = readyProvider(row.provider)!
    expect([row.account, accountNumberProblem(row.account, profile.accountNumber)]).toEqual([row.account, null])
    if (row.els) expect(housingSystemCode(row.els)).toEqual({ kind: 'els', key: row.els })
    if (row.zhku_id) expect(housingSystemCode(row.zhku_id)).toEqual({ kind: 'zhkuId', key: row.zhku_id })
  }
  const units = new Map(['enicom', 'smorodina', 'enser', 'is-telecom', 'tctr', 'eis24'].flatMap((code) => readyProvider(code)!.services.map((service) => [`${code} ${service.code}`, service.unit])))
  expectNone(rows.charges.filter((row) => row.unit !== units.get(`${row.provider} ${row.service}`)))
})

test('numbers with check digits are right, except the one that is wrong on purpose', () => {
  for (const row of rows.subscribers) {
    if (row.snils) expect([row.subscriber_id, isSnils(row.snils.replace(/\D/g, ''))]).toEqual([row.subscriber_id, row.subscriber_id !== cast.zhanna.subscriberId])
    if (row.inn) expect(isInn(row.inn)).toBe(true)
    if (row.kpp) expect(isKpp(row.kpp)).toBe(true)
    if (row.kind === 'organisation') expect([row.inn.length, isOgrn(row.ogrn)]).toEqual([10, true])
    if (row.kind === 'entrepreneur') expect([row.inn.length, isOgrnip(row.ogrn)]).toEqual([12, true])
  }
})

test('documents, phones and e-mails are usable, except the one phone that is not on purpose', () => {
  for (const row of rows.subscribers) {
    const who = row.subscriber_id
    if (row.phone) expect([who, normalisePhone(row.phone) === null]).toEqual([who, who === cast.semyon.subscriberId])
    if (row.email) expect([who, normaliseEmail(row.email)]).toEqual([who, row.email.toLowerCase()])
    if (!row.doc_type) continue
    const type = parseDocumentType(row.doc_type)
    expect(type).not.toBeNull()
    expect([who, documentProblems({ type: type!, series: row.doc_series, number: row.doc_number, issuedOn: parseDate(row.doc_issued_on), issuerCode: row.doc_issuer_code, birthDate: parseDate(row.birth_date) }, asOf)]).toEqual([who, []])
  }
  expect(office.deliberateWarnings).toHaveLength(2)
})

test('nobody can be rung up or written to by chance: unassigned area codes, reserved mail domains', () => {
  const phones = rows.subscribers.flatMap((row) => normalisePhone(row.phone) ?? [])
  expect(phones.length).toBeGreaterThan(1500)
  expect(phones.every((phone) => /^\+7(943|945|947|973|976)/.test(phone))).toBe(true)
  expect(rows.subscribers.every((row) => row.email === '' || /@([a-z]+\.)?(example(\.(org|com|net))?|[a-z]+\.example)$/i.test(row.email))).toBe(true)
})

test('every line closes, the next one opens with it, and paid lines add up to the payments of the month', () => {
  const paid = new Map<string, number>()
  for (const row of rows.payments) {
    const key = `${accountOf(row)} ${row.paid_on.slice(3)}`
    paid.set(key, (paid.get(key) ?? 0) + kopecks(row.amount))
  }
  const broken: RegisterRow<'charges'>[] = []
  for (const charges of groupBy(rows.charges, (row) => `${accountOf(row)} ${row.service}`).values()) {
    let before: number | null = null
    let last = ''
    for (const row of charges) {
      const { opening, accrued, accrued_common, recalculated, benefit, penalty, closing } = row
      const total = kopecks(opening) + kopecks(accrued) + kopecks(accrued_common) + kopecks(recalculated) - kopecks(benefit) + kopecks(penalty) - kopecks(row.paid)
      if (kopecks(closing) !== total || (before !== null && kopecks(opening) !== before) || isoPeriod(row.period) <= last) broken.push(row)
      before = kopecks(closing)
      last = isoPeriod(row.period)
    }
  }
  for (const [key, charges] of groupBy(rows.charges, (row) => `${accountOf(row)} ${row.period}`)) {
    if (charges.reduce((sum, row) => sum + kopecks(row.paid), 0) !== (paid.get(key) ?? 0)) broken.push(...charges)
    paid.delete(key)
  }
  expectNone(broken)
  // What is left is the month that is not closed yet.
  for (const key of paid.keys()) expect(key).toMatch(/ 11\.2026$/)
  expect(paid.size).toBeGreaterThan(100)
})

test('an amount is volume times tariff, rounded half up to the kopeck, and both steps of 2026 are there', () => {
  const times = (volume: string, tariff: string) => multiplyRounded(volume.replace(',', '.') || '0', tariff.replace(',', '.'))
  expectNone(rows.charges.filter((row) => times(row.volume, row.tariff) !== kopecks(row.accrued) || times(row.volume_common, row.tariff) !== kopecks(row.accrued_common)))
  expectNone(rows.charges.filter((row) => (row.recalculated !== '0,00') !== (row.recalculation_reason !== '')))
  const coldWater = new Map(rows.charges.filter((row) => row.service === 'cold_water').map((row) => [row.period, row.tariff]))
  expect(['12.2025', '01.2026', '09.2026', '10.2026'].map((period) => coldWater.get(period))).toEqual(['47,56', '48,37', '48,37', '54,17'])
})

test('a metered volume is the difference of readings, through zero and through a replacement', () => {
  const meters = new Map(rows.meters.map((row) => [meterOf(row), row]))
  const used = new Map<string, number>()
  const uncertain = new Set<string>()
  for (const [key, readings] of groupBy(rows.readings, meterOf)) {
    const meter = meters.get(key)!
    const capacity = 10 ** Number(meter.digits) * 1000
    const installed = parseDate(meter.installed_on)!
    let before = [meter.initial_t1, meter.initial_t2, meter.initial_t3].map(thousandths)
    let known = installed >= '2025-10-01'
    for (const row of readings) {
      const values = [row.t1, row.t2, row.t3].map(thousandths)
      values.slice(0, Number(meter.zones)).forEach((value, zone) => {
        const service = meter.service === 'electricity' && meter.zones !== '1' ? `electricity_t${zone + 1}` : meter.service
        const line = `${accountOf(row)} ${row.taken_on.slice(3)} ${service}`
        const difference = (value - (before[zone] ?? 0) + capacity) % capacity
        if (known) used.set(line, (used.get(line) ?? 0) + difference * Number(meter.ratio))
        else uncertain.add(line)
      })
      before = values
      known = true
    }
  }
  const metered = new Set([...rows.meters].map(accountOf))
  const compared = rows.charges.filter((row) => {
    const line = `${accountOf(row)} ${row.period} ${row.service}`
    return metered.has(accountOf(row)) && used.has(line) && !uncertain.has(line)
  })
  expectNone(compared.filter((row) => thousandths(row.volume) !== used.get(`${accountOf(row)} ${row.period} ${row.service}`)))
  expect(compared.length).toBeGreaterThan(30_000)
})

test('readings fit the dial and what the provider takes', () => {
  const meters = new Map(rows.meters.map((row) => [meterOf(row), row]))
  expectNone(
    rows.readings.filter((row) => {
      const meter = meters.get(meterOf(row))!
      const decimals = Math.min(Number(meter.decimals), readyProvider(row.provider)!.profile.readings.acceptDecimals)
      const shape = new RegExp(`^\\d{1,${meter.digits}}${decimals === 0 ? '' : `(,\\d{1,${decimals}})?`}$`)
      const given = [row.t1, row.t2, row.t3].filter((value) => value !== '')
      const stands = parseDate(meter.installed_on)! <= parseDate(row.taken_on)! && (meter.removed_on === '' || parseDate(row.taken_on)! <= parseDate(meter.removed_on)!)
      return given.length !== Number(meter.zones) || !given.every((value) => shape.test(value)) || !stands
    }),
  )
})

test('the odd people of a real office are there', () => {
  const people = rows.subscribers
  const some = (found: (row: RegisterRow<'subscribers'>) => boolean, least = 1) => expect(people.filter(found).length).toBeGreaterThanOrEqual(least)
  some((row) => row.kind === 'organisation', 30)
  some((row) => row.kind === 'entrepreneur', 30)
  some((row) => /-/.test(row.last_name), 10)
  some((row) => /[ёЁ]/.test(row.last_name + row.first_name), 50)
  some((row) => row.kind === 'person' && row.middle_name === '', 10)
  some((row) => row.middle_name.endsWith(' оглы'), 2)
  some((row) => row.middle_name.endsWith(' кызы'), 2)
  some((row) => row.doc_type === '10' && /[A-Z]/.test(row.doc_number), 5)
  some((row) => row.email === '', 200)
  some((row) => row.phone === '', 20)
  for (const type of ['21', '10', '03', '07', '12', '14', '']) some((row) => row.kind === 'person' && row.doc_type === type)
  expect(new Set(people.map((row) => row.phone.replace(/\d/g, '9'))).size).toBeGreaterThan(8)
  const namesakes = people.filter((row) => row.last_name === 'Иванов' && row.first_name === 'Пётр' && row.middle_name === 'Сергеевич')
  expect(namesakes.length).toBeGreaterThanOrEqual(2)
  expect(new Set(namesakes.map((row) => rows.accounts.find((account) => account.subscriber_id === row.subscriber_id)!.street)).size).toBeGreaterThan(1)
})

test('the odd addresses, numbers and contracts of a real office are there', () => {
  const some = (found: (row: RegisterRow<'accounts'>) => boolean, least = 1) => expect(rows.accounts.filter(found).length).toBeGreaterThanOrEqual(least)
  some((row) => /^\d+А$/.test(row.flat), 3)
  some((row) => /^\d+\/\d$/.test(row.house), 10)
  some((row) => row.building !== '', 10)
  some((row) => row.flat_as_printed.startsWith('комн. '), 10)
  some((row) => row.flat === '' && row.locality !== 'г. Энск', 50)
  some((row) => /^0\d\d$/.test(row.flat_as_printed), 10)
  some((row) => row.provider === 'enser' && /^[А-Я]-\d{6}$/.test(row.account), 50)
  some((row) => row.provider === 'smorodina' && row.account.startsWith('0'), 10)
  some((row) => row.provider === 'tctr' && /^\d\d \d{3} \d{3}$/.test(row.contract), 20)
  some((row) => row.status === 'suspended', 5)
  some((row) => row.status === 'closed' && row.closed_on !== '', 5)
  some((row) => row.bill_delivery === 'email', 50)
  expect(rows.accounts.every((row) => (row.status === 'closed') === (row.closed_on !== ''))).toBe(true)
})

test('the odd meters and balances of a real office are there', () => {
  const meters = (found: (row: RegisterRow<'meters'>) => boolean, least = 1) => expect(rows.meters.filter(found).length).toBeGreaterThanOrEqual(least)
  const verified = (row: RegisterRow<'meters'>) => parseDate(row.verified_until)!
  meters((row) => row.removed_on === '' && verified(row) < asOf, 50)
  meters((row) => row.removed_on === '' && verified(row) >= asOf && verified(row) <= '2027-01-21', 50)
  meters((row) => row.removed_on !== '', 20)
  for (const zones of ['1', '2', '3']) meters((row) => row.service === 'electricity' && row.zones === zones, 20)
  meters((row) => Number(row.ratio) > 1, 2)
  for (const service of ['cold_water', 'hot_water', 'electricity', 'gas', 'heat']) meters((row) => row.service === service, 100)

  const last = groupBy(rows.charges.filter((row) => row.period === '10.2026'), accountOf)
  const balances = [...last.values()].map((charges) => charges.reduce((sum, row) => sum + kopecks(row.closing), 0))
  expect(balances.filter((sum) => sum < 0).length).toBeGreaterThan(50)
  expect(balances.filter((sum) => sum > 1_500_000).length).toBeGreaterThan(20)
  expect(rows.payments.some((row) => kopecks(row.amount) < 0)).toBe(true)
  expect(rows.charges.some((row) => kopecks(row.penalty) > 0)).toBe(true)
  expect(rows.charges.some((row) => kopecks(row.benefit) > 0)).toBe(true)
  expect(rows.charges.some((row) => kopecks(row.accrued_common) > 0)).toBe(true)
})

test('a contract that ended is charged no more', () => {
  const closed = new Map(rows.accounts.filter((row) => row.closed_on !== '').map((row) => [accountOf(row), parseDate(row.closed_on)!.slice(0, 7)]))
  expect(closed.size).toBeGreaterThan(5)
  expectNone(rows.charges.filter((row) => isoPeriod(row.period) > (closed.get(accountOf(row)) ?? '9999-12') && row.accrued !== '0,00'))
})

test('the cast is the same for every seed and date', () => {
  for (const options of [{ asOf }, { asOf: '2027-03-05', seed: 99, subscribers: 30 }]) {
    const made = trainingOffice(options)
    const subscribers = new Map([...made.rows('subscribers')].map((row) => [row.subscriber_id, row]))
    const accounts = new Map([...made.rows('accounts')].map((row) => [accountOf(row), row]))
    for (const member of Object.values(cast)) {
      const row = subscribers.get(member.subscriberId)!
      expect(row.org_name || [row.last_name, row.first_name, row.middle_name].filter(Boolean).join(' ')).toBe(member.name)
      if (member.document) expect([row.doc_type, row.doc_series, row.doc_number]).toEqual([member.document.type, member.document.series, member.document.number])
      for (const account of member.accounts) expect(accounts.get(accountOf(account))).toMatchObject({ subscriber_id: member.subscriberId, contract: account.contract })
    }
  }
})

test('the heroine owes for the last months, has three meters, a passport, an e-mail and three cabinets', () => {
  const { maria } = cast
  expect(maria.accounts.map(({ provider }) => provider)).toEqual(['enser', 'smorodina', 'enicom'])
  const [enser] = maria.accounts
  const bills = groupBy(rows.charges.filter((row) => accountOf(row) === accountOf(enser!)), (row) => row.period)
  const closing = (bills.get('10.2026') ?? []).reduce((sum, row) => sum + kopecks(row.closing), 0)
  const accrued = (bills.get('10.2026') ?? []).reduce((sum, row) => sum + kopecks(row.accrued), 0)
  expect(closing).toBeGreaterThan(2 * accrued)
  expect(rows.meters.filter((row) => maria.accounts.some((account) => accountOf(account) === accountOf(row)))).toHaveLength(3)
  expect(maria).toMatchObject({ document: { type: '21', series: '7404', number: '123456' }, email: 'maria.sokolova@example.org' })
  expect(office.portalUsers.filter((user) => user.email === maria.email)).toHaveLength(3)
})

test('the counter of Фёдор passed from 99998 to 00003', () => {
  const values = rows.readings.filter((row) => row.account === '012305' && row.service === 'hot_water').map((row) => row.t1)
  expect(values[values.indexOf('99998') + 1]).toBe('3')
})

test('silent meters are charged by the average of the months before', () => {
  const [account] = cast.semyon.accounts
  const volumes = rows.charges.filter((row) => accountOf(row) === accountOf(account!) && row.service === 'hot_water').map((row) => thousandths(row.volume))
  const average = volumes.slice(0, 9).reduce((sum, volume) => sum + volume, 0) / 9
  expect(volumes.slice(9)).toEqual([Math.floor(average), Math.floor(average), Math.floor(average)])
  const months = rows.readings.filter((row) => row.account === account!.account && row.service === 'hot_water').map((row) => row.taken_on.slice(3))
  expect(months.at(-1)).toBe('07.2026')
})

test('portal logins follow the scheme of each provider and end with the contract', () => {
  const accounts = new Map(rows.accounts.map((row) => [accountOf(row), row]))
  const logins = office.portalUsers.map((user) => `${user.provider} ${user.login}`)
  expect(new Set(logins).size).toBe(logins.length)
  expect(logins.length).toBeGreaterThan(500)
  for (const user of office.portalUsers) {
    const { scheme, esia } = readyProvider(user.provider)!.profile.portal
    expect(user.accounts.length).toBeGreaterThan(0)
    for (const number of user.accounts) {
      const account = accounts.get(`${user.provider} ${number}`)!
      expect(account.status).not.toBe('closed')
      const login = { email: user.email, account: number.replace(/\D/g, ''), contract: account.contract.replace(/ /g, '') }[scheme]
      expect(user.login).toBe(login)
    }
    if (user.esia) expect(esia).toBe(true)
    if (user.lastSignInAt) expect(user.lastSignInAt.slice(0, 10) < asOf).toBe(true)
    if (user.email === null) expect(user.emailConfirmed).toBe(false)
  }
  const linked = office.portalUsers.filter((user) => user.esia?.linkId === `esia-${cast.samir.subscriberId}`)
  expect(linked.flatMap((user) => user.accounts)).toEqual(['0045708', '0045709'])
  expect(office.portalUsers.some((user) => user.email !== null && !user.emailConfirmed)).toBe(true)
  expect(office.portalUsers.some((user) => user.accounts.length > 1)).toBe(true)
})

test('staff has one of each role and no password', () => {
  expect(trainingStaff.map(({ login, role }) => [login, role])).toEqual([['operator', 'operator'], ['supervisor', 'supervisor'], ['admin', 'admin']])
  expect(Object.keys(trainingStaff[0]!)).toEqual(['login', 'role', 'fullName', 'position'])
})
