import { z } from 'zod'
import type { VisitAction } from './identification'

/** What a visitor may have to bring next time. */
export const neededItems = [
  'ownDocument', 'notarialPower', 'representativeDocument', 'birthCertificate', 'guardianship', 'organisationPower', 'headOrder', 'application', 'ownership', 'contract', 'meterAct', 'meterPassport', 'mailAccess', 'phone',
] as const
export const neededItem = z.enum(neededItems)
export type NeededItem = z.infer<typeof neededItem>

/** As the slip prints them and the screen offers them. */
export const neededItemLabels: Readonly<Record<NeededItem, string>> = {
  ownDocument: 'Паспорт или другой документ, удостоверяющий личность',
  notarialPower: 'Доверенность, удостоверенная нотариусом',
  representativeDocument: 'Паспорт представителя',
  birthCertificate: 'Свидетельство о рождении ребёнка',
  guardianship: 'Акт о назначении опекуна или попечителя',
  organisationPower: 'Доверенность от организации с подписью руководителя',
  headOrder: 'Приказ о назначении руководителя или выписка из ЕГРЮЛ',
  application: 'Заявление, подписанное руководителем организации',
  ownership: 'Документ о праве на помещение (выписка из ЕГРН, договор)',
  contract: 'Договор с поставщиком услуг',
  meterAct: 'Акт ввода прибора учёта или его поверки',
  meterPassport: 'Паспорт прибора учёта',
  mailAccess: 'Телефон или планшет с доступом к электронной почте: на неё придёт код',
  phone: 'Телефон с номером, который нужно указать',
}

/** What the visitor came for, as the slip and the screen say it: «чтобы …». */
export const purposes: Readonly<Record<VisitAction, string>> = {
  changeEmail: 'изменить электронную почту',
  changePhone: 'изменить номер телефона',
  portalPassword: 'получить пароль личного кабинета',
  portalLinks: 'подключить или отключить счёт в личном кабинете',
  unmask: 'узнать сведения о себе',
  readings: 'передать показания',
  paymentDocument: 'получить платёжный документ',
  statement: 'получить справку о расчётах',
  requests: 'подать заявку',
  notes: 'оставить сведения',
  consents: 'изменить согласия',
}

/** What that action usually fails for, to be offered first. */
export const usualItems: Readonly<Record<VisitAction, readonly NeededItem[]>> = {
  changeEmail: ['ownDocument', 'notarialPower', 'mailAccess'],
  changePhone: ['ownDocument', 'notarialPower', 'phone'],
  portalPassword: ['ownDocument', 'notarialPower', 'contract'],
  portalLinks: ['ownDocument', 'notarialPower', 'contract'],
  unmask: ['ownDocument', 'notarialPower'],
  readings: ['meterAct', 'meterPassport'],
  paymentDocument: ['ownDocument', 'contract'],
  statement: ['ownDocument', 'notarialPower'],
  requests: ['ownDocument', 'ownership', 'application'],
  notes: ['ownDocument'],
  consents: ['ownDocument', 'notarialPower'],
}
