import { Agent, request as httpRequest, type RequestOptions } from 'node:http'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { fillSmsTemplate, gatewayUrl, judgeGatewayAnswer, smsContentTypes, type GatewayAnswer, type SmsGateway, type SmsValues } from '@shared/domain/sms-gateway'
import type { MayStart, SendResult } from './mail'

export type Gateway = SmsGateway & { secret: string }

const connectMs = 10_000
const answerLimit = 64 * 1024

/**
 * Sends one SMS through the office's gateway. The connection is made first, then the point of no return is passed, then the request goes out: a gateway
 * that can't be reached has taken nothing, one that does not answer may have. Redirects are not followed: the secret is for this host.
 */
export async function sendSms(gateway: Gateway, { id, to, text }: { id: number; to: string; text: string }, mayStart: MayStart): Promise<SendResult> {
  const values: SmsValues = {
    phone: to,
    phoneDigits: to.replace(/\D/g, ''),
    text,
    id: `okno-${id}`,
    sender: gateway.sender,
    login: gateway.login,
    secret: gateway.secret,
    basic: Buffer.from(`${gateway.login}:${gateway.secret}`, 'utf8').toString('base64'),
  }
  if (!gatewayUrl(gateway.url)) return { outcome: 'later', error: 'gatewayMisconfigured' }
  const url = new URL(fillSmsTemplate(gateway.url, values, 'url'))
  let socket: Socket
  try {
    socket = await open(url, gateway.ca)
  } catch (cause) {
    const code = String(cause instanceof Error ? (Reflect.get(cause, 'code') ?? '') : '')
    if (/CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME/.test(code)) return { outcome: 'later', error: 'certificate' }
    return { outcome: 'later', error: /^ERR_SSL|^EPROTO$/.test(code) ? 'encryption' : 'unreachable' }
  }
  try {
    if (!(await mayStart())) {
      socket.destroy()
      return { outcome: 'lost' }
    }
  } catch {
    // The database could not be asked: nothing has gone out.
    socket.destroy()
    return { outcome: 'later', error: 'unreachable' }
  }
  try {
    const answer = await ask(socket, url, gateway, values)
    const judged = judgeGatewayAnswer(gateway, answer)
    if (judged.verdict === 'taken') return { outcome: 'sent' }
    if (judged.verdict === 'unclear') return { outcome: gateway.knowsRepeats ? 'later' : 'uncertain', error: judged.error }
    return { outcome: judged.verdict, error: judged.error, waitSeconds: judged.waitSeconds }
  } catch {
    return { outcome: gateway.knowsRepeats ? 'later' : 'uncertain', error: 'noAnswer' }
  } finally {
    socket.destroy()
  }
}

/** A connection, its certificate checked, and nothing sent. */
function open(url: URL, ca: string | undefined): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket =
      url.protocol === 'https:'
        ? connectTls({ host, port: Number(url.port || 443), minVersion: 'TLSv1.2', ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }), ...(ca ? { ca } : {}) })
        : connectPlain({ host, port: Number(url.port || 80) })
    const isReady = url.protocol === 'https:' ? 'secureConnect' : 'connect'
    const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), connectMs)
    const done = () => {
      clearTimeout(timer)
      socket.off('error', failed).off('close', closed)
      resolve(socket)
    }
    const failed = (cause: Error) => {
      clearTimeout(timer)
      reject(cause)
    }
    const closed = () => failed(new Error('connection closed'))
    socket.once(isReady, done).once('error', failed).once('close', closed)
  })
}

/** One request over an open connection; rejects when no whole answer comes in time. */
function ask(socket: Socket, url: URL, gateway: Gateway, values: SmsValues): Promise<GatewayAnswer> {
  const type = smsContentTypes[gateway.contentType]
  const body = type === null ? '' : fillSmsTemplate(gateway.body, values, gateway.contentType)
  const headers: Record<string, string> = { Accept: '*/*', Connection: 'close' }
  for (const { name, value } of gateway.headers) headers[name] = fillSmsTemplate(value, values, 'header')
  if (type !== null) {
    headers['Content-Type'] = type
    headers['Content-Length'] = String(Buffer.byteLength(body))
  }
  const options: RequestOptions = { host: url.hostname, port: url.port, path: `${url.pathname}${url.search}`, method: gateway.method, headers, agent: agentOver(socket) }
  options.setHost = false
  headers['Host'] = url.host
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), gateway.timeoutSeconds * 1000)
    const request = httpRequest(options, (response) => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        // Whoever sends more than an answer is not read to the end; what has come decides.
        if (size <= answerLimit) parts.push(part)
        else finish()
      })
      response.on('end', finish)
      response.on('error', reject)
      response.on('aborted', () => reject(new Error('answer broken off')))
      function finish(): void {
        clearTimeout(timer)
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8'), waitSeconds: retryAfter(response.headers['retry-after']) })
        request.destroy()
      }
    })
    request.on('error', (cause) => {
      clearTimeout(timer)
      reject(cause)
    })
    request.end(body)
  })
}

/** A request goes out over the connection that was made and checked for it, and over no other. */
function agentOver(socket: Socket): Agent {
  const agent = new Agent()
  agent.createConnection = () => socket
  return agent
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
