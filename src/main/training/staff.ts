import type { Role } from '@shared/roles'

export interface TrainingStaffMember {
  login: string
  role: Role
  fullName: string
  position: string
}

/** Staff of the training office. Passwords are made at random when the office is made and are written nowhere in the code. */
export const trainingStaff: readonly TrainingStaffMember[] = [
  { login: 'operator', role: 'operator', fullName: 'Ветрова Анна Павловна', position: 'Оператор абонентского отдела' },
  { login: 'supervisor', role: 'supervisor', fullName: 'Громов Игорь Станиславович', position: 'Старший оператор' },
  { login: 'admin', role: 'admin', fullName: 'Снегирёв Лев Андреевич', position: 'Администратор' },
]
