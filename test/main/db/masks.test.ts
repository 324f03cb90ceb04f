import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestOffice, type TestOffice } from '../../support/test-app'

// What may be shown of a contact and of a name. The rules are the database's: no desk is given what they hide.

let office: TestOffice
beforeAll(async () => {
  office = await openTestOffice()
})
afterAll(() => office.close())

async function masked<Row>(sql: string, values: unknown[]): Promise<Row[]> {
  const { rows } = await office.owner.raw(sql, [JSON.stringify(values)])
  return rows
}

const word = fc.string({ unit: fc.constantFrom(...'абвгдеёжзийклмнопрстуфхцчшщъыьэюя-'), minLength: 3, maxLength: 20 }).map((text) => `Я${text}`)

test('of a name the first letter and the initials are left', async () => {
  const names = fc.sample(fc.record({ last_name: word, first_name: fc.option(word, { nil: null }), middle_name: fc.option(word, { nil: null }) }), 200)
  const rows = await masked<{ last_name: string; name: string }>(
    `select r ->> 'last_name' as last_name, mask_name(jsonb_populate_record(null::subscriber, r || '{"kind": "person"}')) as name from jsonb_array_elements(?::jsonb) r`, names)
  expect(rows).toHaveLength(200)
  for (const { last_name, name } of rows) {
    expect(name).toMatch(/^Я\*\*\*( Я\.)?( Я\.)?$/)
    expect(name).not.toContain(last_name.slice(1))
  }
})

test.each([['ООО «Ромашка»', 'Р***'], ['ТСЖ Заря', 'З***'], ['ИП Кузнецов А. В.', 'К***'], ['АО "Мельница"', 'М***'], ['Ромашка', 'Р***']])('of %s one letter: %s', async (name, shown) => {
  expect(await masked(`select mask_name(jsonb_populate_record(null::subscriber, r)) as name from jsonb_array_elements(?::jsonb) r`, [{ kind: 'organisation', org_name: name }])).toEqual([{ name: shown }])
})

test('of an address the first letter and the mail service, of a phone its country and the last two digits', async () => {
  const local = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789._-'), minLength: 2, maxLength: 30 })
  const emails = fc.sample(local, 200).map((name) => `${name}@mail.example`)
  for (const { value, shown } of await masked<{ value: string; shown: string }>(`select value, mask_contact('email', value) as shown from jsonb_array_elements_text(?::jsonb) value`, emails)) {
    expect(shown).toBe(`${value.charAt(0)}***@mail.example`)
  }
  const phones = fc.sample(fc.integer({ min: 3_000_000_000, max: 9_999_999_999 }), 200).map((national) => `+7${national}`)
  for (const { value, shown } of await masked<{ value: string; shown: string }>(`select value, mask_contact('phone', value) as shown from jsonb_array_elements_text(?::jsonb) value`, phones)) {
    expect(shown).toBe(`+7 *** ***-**-${value.slice(-2)}`)
  }
})

test('the key of a contact is the same as a register writes it', async () => {
  const rows = await masked<{ key: string }>(`select contact_key(r ->> 0, r ->> 1) as key from jsonb_array_elements(?::jsonb) r`, [['email', 'Maria@Post.example'], ['phone', '+79121112233'], ['phone', '+73512555724'], ['phone', '+375291234567'], ['phone', '+77012345678']])
  expect(rows.map(({ key }) => key)).toEqual(['maria@post.example', '9121112233', '3512555724', '375291234567', '77012345678'])
})
