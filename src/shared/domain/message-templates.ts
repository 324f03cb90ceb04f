import { formatDateLong, periodName } from './dates'
import { formatMoney } from './money'
import { counted } from './plural'

/*
 * Messages to subscribers: which there are, by which channels they go, what they may hold, and the words that are used unless a provider has its
 * own (`profile.messages`). The database keeps only the code of a template and its parameters; the words are put together when a message leaves.
 */

export const messageChannels = ['email', 'sms'] as const
export type MessageChannel = (typeof messageChannels)[number]

/** How a parameter becomes words. `instant`: an ISO instant, in the zone of the office; `minutes`, `hours`: a number («30 минут», also for 0.5 hours); `month`, `date`: '2026-10', '2026-11-16'; `money`: kopecks. */
type PlaceholderKind = 'text' | 'instant' | 'minutes' | 'hours' | 'month' | 'date' | 'money'

interface Placeholder {
  kind: PlaceholderKind
  /** What a preview shows; synthetic. */
  sample: string | number
  /** Codes that come from the database, and what is written instead of them. */
  words?: Readonly<Record<string, string>>
}

const text = (sample: string, words?: Readonly<Record<string, string>>): Placeholder => ({ kind: 'text', sample, ...(words && { words }) })

const changedKind = text('email', { email: 'адрес электронной почты', phone: 'номер телефона' })

/** Every placeholder there is; one name means the same in all templates. */
const placeholders = {
  office: text('Центр обслуживания на Ленина'),
  phone: text('8-800-000-00-00'),
  provider: text('Поставщик услуг'),
  portalName: text('Личный кабинет абонента'),
  url: text('https://lk.example.org/'),
  code: text('482915'),
  link: text('https://lk.example.org/confirm#Zm9yLXByZXZpZXctb25seQ'),
  revertLink: text('https://lk.example.org/confirm#cmV2ZXJ0LXByZXZpZXc'),
  login: text('0012345'),
  password: text('t7qkm9wd3zfn'),
  pin: text('604173'),
  to: text('m***@example.org'),
  kind: changedKind,
  memoNumber: text('2026-000117'),
  what: text('accountLinked', {
    registered: 'личный кабинет зарегистрирован',
    accountLinked: 'к личному кабинету подключён лицевой счёт',
    accountUnlinked: 'от личного кабинета отключён лицевой счёт',
    esiaUnlinked: 'отменена связь личного кабинета с Госуслугами',
    blocked: 'вход в личный кабинет закрыт',
    unblocked: 'вход в личный кабинет снова открыт',
  }),
  reason: text('Лицевой счёт принадлежит другому абоненту.'),
  at: { kind: 'instant', sample: '2026-11-22T09:05:00Z' },
  expires: { kind: 'instant', sample: '2026-11-25T09:05:00Z' },
  minutes: { kind: 'minutes', sample: 10 },
  hours: { kind: 'hours', sample: 24 },
  account: text('04012345'),
  period: { kind: 'month', sample: '2026-10' },
  due: { kind: 'money', sample: 435267 },
  dueOn: { kind: 'date', sample: '2026-11-16' },
} as const satisfies Record<string, Placeholder>

export type PlaceholderName = keyof typeof placeholders

/** May stand in every message; the outbox adds them. */
const everywhere = ['office', 'phone', 'provider'] as const satisfies readonly PlaceholderName[]

/** What somebody could use who sees a list of letters or a locked telephone: never in a subject. */
const secrets: readonly PlaceholderName[] = ['password', 'pin', 'link', 'revertLink']

interface Template {
  /** Placeholders besides `office`, `phone` and `provider`. */
  params: readonly PlaceholderName[]
  /** Must be given whenever the message is sent. */
  given: readonly PlaceholderName[]
  /** Without these the message would be of no use: they stand in the text of every channel. */
  shown: readonly PlaceholderName[]
  email?: { subject: string; text: string }
  sms?: string
}

const signature = '{office}\nТелефон: {phone}'
const letter = (...paragraphs: string[]) => [...paragraphs, signature].join('\n\n')

const catalogue = {
  /** A code that the visitor reads out to the operator. */
  contactCode: {
    params: ['code', 'minutes'],
    given: ['code'],
    shown: ['code'],
    email: {
      subject: 'Код подтверждения: {code}',
      text: letter(
        'Здравствуйте!',
        'Код подтверждения адреса электронной почты: {code}',
        'Назовите его сотруднику центра обслуживания. Код действует {minutes}.',
        'Если вы не обращались в центр обслуживания, просто удалите это письмо: без кода ничего не изменится.',
      ),
    },
    sms: 'Код {code} назовите оператору центра обслуживания. Действует {minutes}',
  },
  /** A link that the subscriber follows. */
  contactLink: {
    params: ['link', 'hours'],
    given: ['link'],
    shown: ['link'],
    email: {
      subject: 'Подтвердите адрес электронной почты',
      text: letter(
        'Здравствуйте!',
        'В центре обслуживания этот адрес указан для связи с вами. Чтобы подтвердить его, перейдите по ссылке:',
        '{link}',
        'Ссылка действует {hours}.',
        'Если вы не обращались в центр обслуживания, просто удалите это письмо: без подтверждения ничего не изменится.',
      ),
    },
  },
  /** To the old address or phone: the first to notice a theft is its owner. */
  contactChanged: {
    params: ['kind', 'to', 'at', 'revertLink', 'hours'],
    given: ['kind', 'to', 'at'],
    shown: ['to'],
    email: {
      subject: 'Изменены данные для связи с вами',
      text: letter(
        'Здравствуйте!',
        '{at} {kind} для связи с вами изменён на {to}. Изменение внёс сотрудник центра обслуживания по документу.',
        'Если вы этого не просили, сразу сообщите нам: изменение можно отменить.',
        'Отменить его можно и по ссылке, она действует {hours}: {revertLink}',
      ),
    },
    sms: '{kind} для связи с вами изменён на {to}. Не вы просили? Звоните {phone}',
  },
  contactReverted: {
    params: ['kind', 'to', 'at'],
    given: ['kind', 'at'],
    shown: [],
    email: {
      subject: 'Изменение данных для связи отменено',
      text: letter('Здравствуйте!', '{at} изменение отменено: {kind} для связи с вами остаётся прежним.', 'Для связи с вами снова указано: {to}.', 'Если вы этого не просили, сразу сообщите нам.'),
    },
    sms: 'Изменение отменено: {kind} для связи с вами прежний. Вопросы: {phone}',
  },
  /** Tells that there is a new password, never which. */
  passwordIssued: {
    params: ['at', 'memoNumber', 'portalName'],
    given: ['at'],
    shown: [],
    email: {
      subject: 'Выдан новый пароль личного кабинета',
      text: letter(
        'Здравствуйте!',
        '{at} в центре обслуживания по документу выдан новый пароль вашего личного кабинета. Прежний пароль больше не действует.',
        'Личный кабинет: {portalName}.',
        'Пароль напечатан в памятке № {memoNumber}.',
        'Если вы не получали его, сразу сообщите нам: вход в личный кабинет закроют.',
      ),
    },
    sms: 'Выдан новый пароль личного кабинета. Не вы получали? Звоните {phone}',
  },
  /** The password itself, where the provider lets it go without paper. */
  portalPassword: {
    params: ['login', 'password', 'portalName', 'url', 'expires'],
    given: ['login', 'password', 'url'],
    shown: ['password'],
    email: {
      subject: 'Вход в личный кабинет',
      text: letter(
        'Здравствуйте!',
        'Вы получили этот пароль в центре обслуживания, предъявив документ.',
        '{portalName}: {url}\nЛогин: {login}\nПароль: {password}',
        'Пароль действует до {expires}: до этого времени войдите и замените его своим.',
        'Никому не сообщайте пароль: сотрудники никогда его не спрашивают.',
      ),
    },
    sms: 'Пароль {password} для входа на {url}. Никому его не сообщайте',
  },
  /** Opens the full version of a portal. */
  pin: {
    params: ['pin', 'hours', 'portalName'],
    given: ['pin'],
    shown: ['pin'],
    email: {
      subject: 'ПИН-код для полной версии личного кабинета',
      text: letter('Здравствуйте!', 'ПИН-код: {pin}', 'Введите его в личном кабинете в появившемся окне. ПИН-код действует {hours}.', 'Личный кабинет: {portalName}.', 'Если вы не просили полную версию, просто удалите это письмо.'),
    },
    sms: 'ПИН-код {pin} для полной версии личного кабинета, действует {hours}',
  },
  registration: {
    params: ['link', 'login', 'portalName', 'hours'],
    given: ['link'],
    shown: ['link'],
    email: {
      subject: 'Подтвердите регистрацию в личном кабинете',
      text: letter(
        'Здравствуйте!',
        'Этот адрес указан при регистрации личного кабинета. Чтобы подтвердить регистрацию, перейдите по ссылке:',
        '{link}',
        'Ссылка действует {hours}.',
        'Личный кабинет: {portalName}.',
        'Ваш логин: {login}.',
        'Если вы не регистрировались, просто удалите это письмо.',
      ),
    },
  },
  /** Links of accounts, Госуслуги, blocking. */
  accessChanged: {
    params: ['what', 'at', 'portalName'],
    given: ['what', 'at'],
    shown: ['what'],
    email: {
      subject: 'Изменён доступ к личному кабинету',
      text: letter('Здравствуйте!', '{at} в центре обслуживания по документу: {what}.', 'Личный кабинет: {portalName}.', 'Если вы этого не просили, сразу сообщите нам.'),
    },
    sms: 'По документу: {what}. Не вы просили? Звоните {phone}',
  },
  pinRefused: {
    params: ['reason', 'portalName'],
    given: ['reason'],
    shown: ['reason'],
    email: {
      subject: 'Заявка на полную версию личного кабинета отклонена',
      text: letter('Здравствуйте!', 'ПИН-код по вашей заявке не выдан.', 'Причина: {reason}', 'Личный кабинет: {portalName}.', 'Чтобы получить полную версию, приходите в центр обслуживания с документом или позвоните нам.'),
    },
  },
  /** A payment document as a PDF file. The sum stands in the text and not in the subject, which telephones show locked. */
  bill: {
    params: ['account', 'period', 'due', 'dueOn'],
    given: ['account', 'period'],
    shown: ['period'],
    email: {
      subject: 'Квитанция за {period}',
      text: letter(
        'Здравствуйте!',
        'Во вложении квитанция за {period} по лицевому счёту {account}.',
        'К оплате: {due}.',
        'Оплатите до {dueOn} включительно.',
        'Вы выбрали квитанцию по электронной почте. Вернуться к бумажной можно в центре обслуживания или в личном кабинете.',
      ),
    },
  },
} as const satisfies Record<string, Template>

export const messageTemplates = Object.keys(catalogue) as MessageTemplate[]
export type MessageTemplate = keyof typeof catalogue

/** A provider's own words for one template; what is left out keeps the usual words. */
export interface MessageWords {
  subject?: string | undefined
  text?: string | undefined
  sms?: string | undefined
}
export type MessageOverrides = { readonly [Template in MessageTemplate]?: MessageWords | undefined }
export type MessageField = keyof MessageWords

/** Values of placeholders as the outbox keeps them: instants as ISO text, minutes and hours as numbers. `timeZone` is the office's. */
export type MessageParams = Readonly<Record<string, unknown>>

export interface RenderedEmail {
  subject: string
  text: string
}
export interface RenderedSms {
  text: string
}
export type RenderedMessage<Channel extends MessageChannel> = Channel extends 'email' ? RenderedEmail : RenderedSms

const entry = (template: MessageTemplate): Template => catalogue[template]

export function isMessageTemplate(code: string): code is MessageTemplate {
  return Object.hasOwn(catalogue, code)
}

/** Channels a template goes by. */
export function channelsOf(template: MessageTemplate): MessageChannel[] {
  const { email, sms } = entry(template)
  return [...(email ? ['email' as const] : []), ...(sms === undefined ? [] : ['sms' as const])]
}

/** Fields that an administrator may write for a template. */
export function messageFields(template: MessageTemplate): MessageField[] {
  return channelsOf(template).flatMap((channel): MessageField[] => (channel === 'email' ? ['subject', 'text'] : ['sms']))
}

/** Placeholders that may stand in a field of a template; no secret in a subject, which mail servers log and locked telephones show. */
export function placeholdersOf(template: MessageTemplate, field: MessageField = 'text'): PlaceholderName[] {
  return [...entry(template).params, ...everywhere].filter((name) => field !== 'subject' || !secrets.includes(name))
}

/** Placeholders that must stand in the text of a template. */
export function shownPlaceholders(template: MessageTemplate): readonly PlaceholderName[] {
  return entry(template).shown
}

/** The usual Russian words of a field; null when the template does not go by that channel. */
export function defaultWords(template: MessageTemplate, field: MessageField): string | null {
  const { email, sms } = entry(template)
  const words = field === 'sms' ? sms : email?.[field]
  return words ?? null
}

/** Fictional values of every placeholder of a template, as the outbox would give them. */
export function sampleParams(template: MessageTemplate): Record<string, string | number> {
  return { timeZone: 'Asia/Yekaterinburg', ...Object.fromEntries(placeholdersOf(template).map((name) => [name, placeholders[name].sample])) }
}

export type WordsProblem = 'wordsNotSent' | 'wordsEmpty' | 'placeholderUnknown' | 'placeholderMissing' | 'secretInSubject' | 'subjectInLines' | 'smsTooLong'

/** A longer one costs as much as a call, and operators of telephones cut it. */
export const MOST_SMS_SEGMENTS = 3

/** What keeps a provider's words from being sent, or null. `name` is the placeholder in question. */
export function wordsProblem(template: MessageTemplate, field: MessageField, words: string): { problem: WordsProblem; name?: string } | null {
  if (!messageFields(template).includes(field)) return { problem: 'wordsNotSent' }
  if (words.trim() === '') return { problem: 'wordsEmpty' }
  if (field === 'subject' && /[\r\n]/.test(words)) return { problem: 'subjectInLines' }
  const allowed: readonly string[] = placeholdersOf(template, field)
  for (const name of placeholderNames(words)) {
    if (allowed.includes(name)) continue
    return { problem: field === 'subject' && (placeholdersOf(template) as string[]).includes(name) ? 'secretInSubject' : 'placeholderUnknown', name }
  }
  // A brace that is no placeholder would be sent to the subscriber as it is.
  if (/[{}]/.test(words.replace(placeholder, ''))) return { problem: 'placeholderUnknown' }
  if (field === 'subject') return null
  const missing = entry(template).shown.find((name) => !placeholderNames(words).includes(name))
  if (missing) return { problem: 'placeholderMissing', name: missing }
  if (field === 'sms' && smsSize(renderMessage(template, 'sms', sampleParams(template), { [template]: { sms: words } }).text).segments > MOST_SMS_SEGMENTS) return { problem: 'smsTooLong' }
  return null
}

const placeholder = /\{([A-Za-z]+)\}/g

/** Names in braces, each once, in the order they stand. */
export function placeholderNames(words: string): string[] {
  return [...new Set([...words.matchAll(placeholder)].map(([, name]) => name ?? ''))]
}

/**
 * A message in the provider's words, or in the usual ones. A line with a placeholder that has no value (no revert link, no term) is left out whole;
 * values are never read as placeholders. Throws RangeError when a value that must be given is missing or the template does not go by the channel.
 */
export function renderMessage<Channel extends MessageChannel>(template: MessageTemplate, channel: Channel, params: MessageParams, overrides?: MessageOverrides): RenderedMessage<Channel>
export function renderMessage(template: MessageTemplate, channel: MessageChannel, params: MessageParams, overrides: MessageOverrides = {}): RenderedEmail | RenderedSms {
  const { email, sms, given } = entry(template)
  const own = overrides[template]
  for (const name of given) if (valueOf(name, params) === '') throw new RangeError(`message ${template} needs ${name}`)
  if (channel === 'sms') {
    if (sms === undefined) throw new RangeError(`message ${template} is not sent by SMS`)
    return { text: capitalised(filled(own?.sms ?? sms, params)) }
  }
  if (!email) throw new RangeError(`message ${template} is not sent by e-mail`)
  return { subject: capitalised(filled(own?.subject ?? email.subject, params).replace(/\s+/g, ' ')), text: filled(own?.text ?? email.text, params) }
}

/** Lines whose placeholders all have values, each placeholder replaced once. */
function filled(words: string, params: MessageParams): string {
  const lines = words.replace(/\r\n?/g, '\n').split('\n')
  const kept = lines.filter((line) => placeholderNames(line).every((name) => valueOf(name, params) !== ''))
  const replaced = kept.map((line) => line.replace(placeholder, (_, name: string) => valueOf(name, params)))
  return replaced.join('\n').replace(/\n{3,}/g, '\n\n').trim()
}

function valueOf(name: string, params: MessageParams): string {
  const value = params[name]
  if (value === undefined || value === null || value === '') return ''
  const known: Placeholder | undefined = Object.hasOwn(placeholders, name) ? placeholders[name as PlaceholderName] : undefined
  switch (known?.kind) {
    case 'instant':
      return instantText(String(value), typeof params['timeZone'] === 'string' ? params['timeZone'] : null)
    case 'minutes':
      return termText(Number(value))
    case 'hours':
      return termText(Number(value) * 60)
    case 'month':
      return periodName(String(value))
    case 'date':
      return formatDateLong(String(value))
    case 'money':
      return formatMoney(Number(value))
    default:
      return known?.words?.[String(value)] ?? String(value)
  }
}

/** «22 ноября 2026 г., 14:05» by the clock of the office; without a zone the time of Greenwich, said so. */
function instantText(iso: string, timeZone: string | null): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const zone = timeZone ?? 'UTC'
  const date = new Intl.DateTimeFormat('ru', { dateStyle: 'long', timeZone: zone }).format(at)
  const time = new Intl.DateTimeFormat('ru', { timeStyle: 'short', timeZone: zone }).format(at)
  return `${date.replace(/(\d) /g, '$1\u00a0')}, ${time}${timeZone === null ? ' (UTC)' : ''}`
}

const minuteForms = ['минуту', 'минуты', 'минут'] as const
const hourForms = ['час', 'часа', 'часов'] as const

/** «10 минут», «21 час», «1 час 30 минут»: accusative, as after «действует». Whole minutes, at least one. */
function termText(minutes: number): string {
  if (!Number.isFinite(minutes)) return ''
  const whole = Math.max(1, Math.round(minutes))
  const parts = [whole >= 60 ? counted(Math.floor(whole / 60), hourForms) : '', whole % 60 > 0 ? counted(whole % 60, minuteForms) : '']
  return parts.filter(Boolean).join('\u00a0')
}

const capitalised = (words: string) => words.slice(0, 1).toUpperCase() + words.slice(1)

/** Characters of GSM 03.38 that take one septet, and those of its extension that take two. */
const gsmBasic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà')
const gsmExtended = new Set('\f^{}\\[~]|€')

export interface SmsSize {
  encoding: 'gsm' | 'unicode'
  /** Units of the encoding: septets, or UTF-16 code units. */
  length: number
  /** Messages the text is sent and paid as: 160, then 153 septets each; 70, then 67 units each as soon as one letter is Cyrillic. */
  segments: number
  /** Units that still fit into the last one. */
  left: number
}

/** How a text goes out by SMS (GSM 03.38, 3GPP TS 23.040): one character outside the GSM alphabet makes the whole text UCS-2. */
export function smsSize(words: string): SmsSize {
  const characters = [...words]
  const isGsm = characters.every((character) => gsmBasic.has(character) || gsmExtended.has(character))
  const units = (character: string) => (isGsm ? (gsmExtended.has(character) ? 2 : 1) : character.length)
  const length = characters.reduce((sum, character) => sum + units(character), 0)
  const [single, part] = isGsm ? [160, 153] : [70, 67]
  const encoding = isGsm ? 'gsm' : 'unicode'
  if (length <= single) return { encoding, length, segments: length === 0 ? 0 : 1, left: single - length }
  let segments = 1
  let used = 0
  // A character is never cut in two.
  for (const character of characters) {
    if (used + units(character) > part) {
      segments++
      used = 0
    }
    used += units(character)
  }
  return { encoding, length, segments, left: part - used }
}
