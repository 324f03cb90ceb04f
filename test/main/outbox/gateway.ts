import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SmsGateway } from '@shared/domain/sms-gateway'

export interface GatewayRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export interface TestGateway {
  port: number
  requests: GatewayRequest[]
  connections: number
  /** What the gateway answers the next requests; «ok» as JSON at first. */
  answer: { status: number; body: string; headers?: Record<string, string> } | 'hang' | 'hangUp' | 'halfAnswer'
  /** Called when a whole request has come, before it is answered. */
  received: (request: GatewayRequest) => void | Promise<void>
  close(): Promise<void>
}

/** A real HTTP server on the loopback that takes SMS. */
export async function startGateway(tls?: { key: string; cert: string }): Promise<TestGateway> {
  const sockets = new Set<Socket>()
  function handle(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const taken = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString('utf8') }
      gateway.requests.push(taken)
      void Promise.resolve(gateway.received(taken)).then(() => reply(response))
    })
  }
  function reply(response: ServerResponse): void {
    const { answer } = gateway
    if (answer === 'hang') return
    if (answer === 'hangUp') return void response.destroy()
    if (answer === 'halfAnswer') {
      response.writeHead(200, { 'Content-Length': '1000' })
      response.write('{"status":', () => response.destroy())
      return
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers })
    response.end(answer.body)
  }
  const server = tls ? createTls(tls, handle) : createPlain(handle)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    gateway.connections++
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const gateway: TestGateway = {
    port: (server.address() as AddressInfo).port,
    requests: [],
    connections: 0,
    answer: { status: 200, body: '{"status": "ok"}' },
    received: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return gateway
}

/** Settings for a gateway that takes JSON. */
export function gatewaySettings(port: number, own: Partial<SmsGateway> = {}): SmsGateway {
  return {
    url: `http://127.0.0.1:${port}/send`,
    method: 'POST',
    headers: [{ name: 'Authorization', value: 'Bearer {secret}' }],
    contentType: 'json',
    body: '{"to": "{phone}", "text": "{text}", "id": "{id}"}',
    login: '',
    sender: '',
    statuses: [200],
    check: { kind: 'jsonPath', path: 'status', values: ['ok'] },
    laterPattern: '',
    knowsRepeats: false,
    timeoutSeconds: 3,
    allowPlain: false,
    ...own,
  }
}
