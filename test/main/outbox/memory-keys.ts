import { openSenderKeys, type SenderKeys } from '../../../src/main/outbox/sealed'

/** Keys of a sender that keeps them in memory only. */
export function memoryKeys(now?: () => number): Promise<SenderKeys> {
  const secrets = new Map<string, string>()
  const folder = {
    readSecret: (name: string) => Promise.resolve(secrets.get(name) ?? null),
    writeSecret: (name: string, value: string) => Promise.resolve(void secrets.set(name, value)),
  }
  return openSenderKeys(folder, now)
}
