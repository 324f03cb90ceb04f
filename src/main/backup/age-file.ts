import { webcrypto } from 'node:crypto'
import { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { AppError } from '@shared/errors'
import { damagedBackup } from './tar'

// The Node of older Electron runtimes has it under another name only; the library asks for it when it works, not when it is loaded.
if (!('crypto' in globalThis)) Object.defineProperty(globalThis, 'crypto', { value: webcrypto })

/** What opens a backup: the passphrase it was made with, or the private key (`AGE-SECRET-KEY-1…`) of the public one. */
export type Unlock = { passphrase: string } | { identity: string }
/** What a backup is made for: a passphrase, or public keys (`age1…`), any of whose private keys opens it. */
export type Lock = { passphrase: string } | { recipients: string[] }

/** One field for both: a private key looks like nothing else. */
export function unlockOf(text: string): Unlock {
  const identity = /^\s*(AGE-SECRET-KEY-1[0-9A-Z]+)\s*$/m.exec(text)?.[1]
  return identity === undefined ? { passphrase: text } : { identity }
}

export async function newKeyPair(): Promise<{ recipient: string; identity: string }> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption')
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** The public key of a private one. AppError invalidInput 'backupKeyMalformed'. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  return identityToRecipient(identity).catch(() => {
    throw new AppError('invalidInput', 'backupKeyMalformed')
  })
}

/** The bytes as a file in the format of age (age-encryption.org/v1): the `age` tool opens it as well. AppError invalidInput 'backupKeyMalformed'. */
export async function* encrypted(source: AsyncIterable<Uint8Array>, lock: Lock): AsyncGenerator<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  try {
    if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase)
    else for (const recipient of lock.recipients) encrypter.addRecipient(recipient)
  } catch {
    throw new AppError('invalidInput', 'backupKeyMalformed')
  }
  yield* each(await encrypter.encrypt(webStream(source)))
}

/** AppError invalidInput 'backupLocked' (wrong passphrase or key), 'backupDamaged' (changed or cut off), 'notABackup' (no such file at all). */
export async function* decrypted(source: AsyncIterable<Uint8Array>, unlock: Unlock): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  try {
    if ('passphrase' in unlock) decrypter.addPassphrase(unlock.passphrase)
    else decrypter.addIdentity(unlock.identity)
  } catch {
    throw new AppError('invalidInput', 'backupKeyMalformed')
  }
  // An error of the disk must not pass for a wrong key.
  let failure: { cause: unknown } | undefined
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* source
    } catch (cause) {
      failure = { cause }
      throw cause
    }
  }
  let opened: ReadableStream<Uint8Array>
  try {
    opened = await decrypter.decrypt(webStream(watched()))
  } catch (cause) {
    if (failure) throw failure.cause
    const text = cause instanceof Error ? cause.message : ''
    if (/no identity matched|identit/.test(text)) throw new AppError('invalidInput', 'backupLocked')
    throw new AppError('invalidInput', /version|header|unexpected/i.test(text) ? 'notABackup' : 'backupDamaged')
  }
  try {
    yield* each(opened)
  } catch (cause) {
    if (failure) throw failure.cause
    // Every block carries its own proof; only the library's own complaints come here.
    throw cause instanceof AppError ? cause : damagedBackup()
  }
}

function webStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const stream = new NodeReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done) controller.close()
      // The library works on whole Uint8Arrays and slices of them; a Buffer's slice would share its memory.
      else controller.enqueue(new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  return stream as unknown as ReadableStream<Uint8Array>
}

async function* each(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const next = await reader.read()
      if (next.done) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined)
  }
}
