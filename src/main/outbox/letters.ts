import { z } from 'zod'

export interface Letter {
  subject: string
  text: string
}

/**
 * Letters by template code. The database keeps only the code and its parameters; the words are here, in Russian, as subscribers read them.
 * A letter never holds a full address or number of anybody.
 */
const templates: Record<string, (params: unknown) => Letter> = {
  contactCode(params) {
    const { code, minutes, office, phone } = z.object({ code: z.string(), minutes: z.number(), office: z.string(), phone: z.string() }).parse(params)
    return {
      subject: `Код подтверждения: ${code}`,
      text: paragraphs(
        'Здравствуйте!',
        `Код подтверждения адреса электронной почты: ${code}`,
        `Назовите его сотруднику центра обслуживания. Код действует ${minutes} минут.`,
        'Если вы не обращались в центр обслуживания, просто удалите это письмо: без кода ничего не изменится.',
        signature(office, phone),
      ),
    }
  },
  emailChanged(params) {
    const { to, at, timeZone, office, phone } = z.object({ to: z.string(), at: z.string(), timeZone: z.string(), office: z.string(), phone: z.string() }).parse(params)
    const when = new Intl.DateTimeFormat('ru', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(at))
    return {
      subject: 'Изменён адрес электронной почты',
      text: paragraphs(
        'Здравствуйте!',
        `${when} адрес электронной почты для связи с вами изменён на ${to}. Изменение внёс сотрудник центра обслуживания по документу.`,
        'Если вы этого не просили, сразу сообщите нам: изменение можно отменить.',
        signature(office, phone),
      ),
    }
  },
}

export function writeLetter(template: string, params: unknown): Letter {
  const write = templates[template]
  if (!write) throw new Error(`no letter template ${template}`)
  return write(params)
}

const paragraphs = (...parts: string[]) => parts.filter((part) => part !== '').join('\n\n')
const signature = (office: string, phone: string) => (phone ? `${office}\nТелефон: ${phone}` : office)
