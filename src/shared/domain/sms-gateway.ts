import { z } from 'zod'

/**
 * How an SMS leaves through somebody's HTTP interface. Gateways differ in everything but this: one request with a number and a text, one answer.
 * The secret is never part of these settings: it goes in apart and never comes out.
 */

/** What a template may hold: the number as +79991234567, the same without +, the text, an id that stays the same when a message is sent again, and the office's own keys. */
export const smsPlaceholders = ['phone', 'phoneDigits', 'text', 'id', 'sender', 'login', 'secret', 'basic'] as const
export type SmsPlaceholder = (typeof smsPlaceholders)[number]
export type SmsValues = Record<SmsPlaceholder, string>

export const smsContentTypes = { none: null, json: 'application/json', form: 'application/x-www-form-urlencoded', xml: 'application/xml; charset=utf-8', text: 'text/plain; charset=utf-8' } as const
export type SmsContentType = keyof typeof smsContentTypes

type Escape = (value: string) => string
const escapes: Record<'url' | 'header' | SmsContentType, Escape> = {
  url: encodeURIComponent,
  form: encodeURIComponent,
  json: (value) => JSON.stringify(value).slice(1, -1),
  // XML 1.0 has no place for control characters, not even escaped.
  xml: (value) => value.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '').replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`),
  // A line end would begin another header.
  header: (value) => value.replace(/[^\x20-\x7e]/g, ''),
  text: (value) => value,
  none: () => '',
}

const placeholder = /\{([A-Za-z]+)\}/g

/** Puts values into a template, escaped for where they stand: one pass, so that a value that looks like a placeholder stays what it is. */
export function fillSmsTemplate(template: string, values: SmsValues, where: keyof typeof escapes): string {
  return template.replace(placeholder, (whole, name: string) => (isPlaceholder(name) ? escapes[where](values[name]) : whole))
}

/** Names in braces that mean nothing. A JSON body is full of braces: only a bare word right inside them counts. */
export const unknownSmsPlaceholders = (template: string): string[] => [...template.matchAll(placeholder)].map((match) => match[1] ?? '').filter((name) => !isPlaceholder(name))

const isPlaceholder = (name: string): name is SmsPlaceholder => (smsPlaceholders as readonly string[]).includes(name)

/** Shows an administrator what would be sent; the secret is not in it. */
export const sampleSmsValues: SmsValues = {
  phone: '+79430000001', phoneDigits: '79430000001', text: 'Код "123456" & <ещё>', id: 'okno-1', sender: 'OKNO', login: 'office', secret: '********', basic: '********',
}

const text = (max: number) => z.string().trim().max(max)
const headerName = z.string().trim().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, { error: 'headerMalformed' })

/** `problems` of the form are the messages of the issues; the words are the renderer's. */
export const smsGateway = z
  .object({
    url: text(1000).min(1),
    method: z.enum(['GET', 'POST', 'PUT']),
    headers: z.array(z.object({ name: headerName, value: text(500) })).max(20),
    contentType: z.enum(['none', 'json', 'form', 'xml', 'text']),
    body: z.string().max(4000),
    login: text(200).default(''),
    /** The name the message comes from, where the gateway wants one. */
    sender: text(40).default(''),
    /** Statuses that may mean success; the check below then looks into the answer. */
    statuses: z.array(z.int().min(200).max(299)).min(1).max(10),
    check: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('none') }),
      /** `messages[0].status` is one of the values; without values it is enough that it is there. */
      z.object({ kind: z.literal('jsonPath'), path: text(200).min(1), values: z.array(text(100)).max(20) }),
      z.object({ kind: z.literal('pattern'), pattern: text(500).min(1) }),
    ]),
    /** An answer that fits says «later» (no money on the account, too many at once), not «never». */
    laterPattern: text(500).default(''),
    /** The gateway knows a message by {id} and sends a repeated one once: then a request without an answer may be made again. */
    knowsRepeats: z.boolean(),
    timeoutSeconds: z.int().min(3).max(60),
    /** http to another computer: the number, the text and the secret travel in the open. */
    allowPlain: z.boolean(),
    /** Certificate (PEM) of an own authority, when the gateway's is not known to the system. */
    ca: text(20_000).optional(),
  })
  .superRefine((gateway, ctx) => {
    const problem = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
    const templates = [gateway.url, gateway.body, ...gateway.headers.map(({ value }) => value)]
    const url = gatewayUrl(gateway.url)
    if (!url) problem('url', 'urlMalformed')
    else if (url.protocol === 'http' && !isLoopback(url.host) && !gateway.allowPlain) problem('url', 'encryptionRequired')
    const unknown = templates.flatMap((template) => unknownSmsPlaceholders(template))
    if (unknown.length > 0) problem('body', 'unknownPlaceholder')
    const sent = `${gateway.url}${gateway.contentType === 'none' ? '' : gateway.body}`
    if (!/\{text\}/.test(sent)) problem('body', 'textMissing')
    if (!/\{phone(Digits)?\}/.test(sent)) problem('body', 'phoneMissing')
    if (gateway.method === 'GET' && gateway.contentType !== 'none') problem('contentType', 'bodyOfGet')
    if (gateway.contentType === 'json' && !isJson(fillSmsTemplate(gateway.body, sampleSmsValues, 'json'))) problem('body', 'notJson')
    if (gateway.check.kind === 'pattern' && !isPattern(gateway.check.pattern)) problem('check', 'notPattern')
    if (gateway.check.kind === 'jsonPath' && jsonPath(gateway.check.path) === null) problem('check', 'notPath')
    if (gateway.laterPattern !== '' && !isPattern(gateway.laterPattern)) problem('laterPattern', 'notPattern')
    if (gateway.headers.some(({ value }) => /[^\x20-\x7e]/.test(value))) problem('headers', 'notAscii')
    if (gateway.headers.some(({ name }) => /^(host|content-length|transfer-encoding|connection|content-type)$/i.test(name))) problem('headers', 'ownHeader')
  })
export type SmsGateway = z.infer<typeof smsGateway>

/** Protocol and host of an address whose placeholders all stand behind the host, and that holds no name and password; null when it is no such address. */
export function gatewayUrl(template: string): { protocol: 'http' | 'https'; host: string } | null {
  const parts = /^(https?):\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?([/?][^\s#\\]*)?$/i.exec(template)
  return parts ? { protocol: parts[1]?.toLowerCase() === 'http' ? 'http' : 'https', host: (parts[2] ?? '').toLowerCase() } : null
}

export const isLoopback = (host: string): boolean => /^(localhost|\[?::1\]?|127(\.\d{1,3}){3})$/i.test(host)

export interface GatewayAnswer {
  status: number
  body: string
  /** Of a Retry-After header, when there is one. */
  waitSeconds?: number | undefined
}

/**
 * What an answer means for the message: `taken`; `later`, the gateway has not taken it and may be asked again; `refused` for good;
 * `unclear`, it may have been taken (an error of the server itself, or a proxy's).
 */
export type GatewayVerdict = { verdict: 'taken' } | { verdict: 'later' | 'refused' | 'unclear'; error: string; waitSeconds?: number | undefined }

export function judgeGatewayAnswer(gateway: Pick<SmsGateway, 'statuses' | 'check' | 'laterPattern'>, { status, body, waitSeconds }: GatewayAnswer): GatewayVerdict {
  const saysLater = gateway.laterPattern !== '' && new RegExp(gateway.laterPattern, 'u').test(body)
  if (gateway.statuses.includes(status)) {
    if (passes(gateway.check, body)) return { verdict: 'taken' }
    return { verdict: saysLater ? 'later' : 'refused', error: 'gatewayRefused', waitSeconds }
  }
  const error = `gateway${status}`
  if (saysLater || status === 429 || status === 503 || status === 408 || status === 425) return { verdict: 'later', error, waitSeconds }
  // Between the office and the gateway, not about this message: it waits until that is put right.
  if (status === 401 || status === 403 || status === 407) return { verdict: 'later', error: 'authentication' }
  if (status >= 300 && status < 400) return { verdict: 'later', error: 'gatewayRedirects' }
  if (status === 404 || status === 405 || status === 415) return { verdict: 'later', error: 'gatewayMisconfigured' }
  if (status >= 400 && status < 500) return { verdict: 'refused', error }
  return { verdict: 'unclear', error }
}

function passes(check: SmsGateway['check'], body: string): boolean {
  if (check.kind === 'none') return true
  if (check.kind === 'pattern') return new RegExp(check.pattern, 'u').test(body)
  const found = valueAt(body, check.path)
  if (found === undefined || found === null) return false
  return check.values.length === 0 || (typeof found !== 'object' && check.values.includes(String(found)))
}

function valueAt(body: string, path: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  for (const step of jsonPath(path) ?? []) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

/** Steps of `$.messages[0].status`; null when it is no such path. */
export function jsonPath(path: string): string[] | null {
  const steps = path.replace(/^\$\.?/, '').replace(/\[(\d+)\]/g, '.$1').replace(/^\./, '').split('.')
  return steps.every((step) => /^[\p{L}\p{N}_-]+$/u.test(step)) ? steps : null
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
