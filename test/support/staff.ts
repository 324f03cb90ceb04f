/** The migrated office that every test copies. */
export const template = 'okno_template'

/** Staff of the tests' office: an administrator, two operators at two windows, a supervisor. */
export const staff = {
  admin: { login: 'it.admin', fullName: 'Снегирёв Лев Андреевич', password: 'admin-of-tests-1' },
  first: { login: 'window.one', fullName: 'Ветрова Анна Павловна', password: 'operator-of-tests-1' },
  second: { login: 'window.two', fullName: 'Лугова Мария Игоревна', password: 'operator-of-tests-2' },
  senior: { login: 'senior', fullName: 'Громов Игорь Станиславович', password: 'senior-of-tests-1' },
}
export type StaffKey = keyof typeof staff
