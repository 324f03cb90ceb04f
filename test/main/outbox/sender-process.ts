import { openLog } from '../../../src/main/log'
import { startSender } from '../../../src/main/outbox/sender'
import { memoryKeys } from './memory-keys'

// A sender as a program of its own, so that a test can kill it (kill.test.ts). Its login comes by standard input: arguments can be seen by everybody.

process.stdin.once('data', (text: Buffer) => {
  const { address, login, logs } = JSON.parse(text.toString('utf8')) as { address: { host: string; port: number; database: string }; login: { user: string; password: string }; logs: string }
  void memoryKeys().then((keys) => startSender({ address: () => address, login, fallback: { mail: null, sms: null }, keys, drawBill: () => Promise.reject(new Error('no bills here')), log: openLog(logs) }))
})
