/*
 * Numbers that pass the checks of `domain.md` §1.2–1.4 and belong to nobody: the parts that say where a number was
 * issued hold values never given out.
 */

const weighted = (digits: string, weights: readonly number[]) => weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0)

/** СНИЛС of nine digits with its control number: «999-123-456 07». */
export function snils(nine: string): string {
  const control = String((weighted(nine, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100).padStart(2, '0')
  return `${nine.slice(0, 3)}-${nine.slice(3, 6)}-${nine.slice(6)} ${control}`
}

/** ИНН of an organisation: nine digits and the control digit. */
export function organisationInn(nine: string): string {
  return nine + ((weighted(nine, [2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10)
}

/** ИНН of a person or an entrepreneur: ten digits and two control digits. */
export function personInn(ten: string): string {
  const eleven = ten + ((weighted(ten, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10)
  return eleven + ((weighted(eleven, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10)
}

/** ОГРН: twelve digits and the control digit. */
export const ogrn = (twelve: string): string => twelve + ((Number(twelve) % 11) % 10)

/** ОГРНИП: fourteen digits and the control digit. */
export const ogrnip = (fourteen: string): string => fourteen + ((Number(fourteen) % 13) % 10)
