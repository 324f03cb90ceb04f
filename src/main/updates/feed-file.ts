import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { AppError } from '@shared/errors'
import { feedBytes, feedFileName, feedOfFileName, signedFeed, type SignedFeed } from '@shared/domain/signed-feed'

/** A feed is a page of text; more than that is somebody's attack on the memory. */
export const feedBytesAtMost = 64 * 1024

/** The text of a feed (YAML) as an object, unchecked; null when it is no YAML or too long. The reader is loaded by the first feed, not by the start of Okno. */
export async function parseFeed(text: string): Promise<unknown> {
  if (Buffer.byteLength(text) > feedBytesAtMost) return null
  const { parseUpdateInfo } = await import('electron-updater/out/providers/Provider.js')
  try {
    return parseUpdateInfo(text, '', new URL('okno-feed:'))
  } catch {
    return null
  }
}

/** The check that `checkFeed` asks for, by a public key (PEM). Throws AppError invalidInput 'updateKey'. */
export function signatureCheck(publicKeyPem: string): (bytes: Uint8Array, signature: string) => boolean {
  const key = keyFrom(() => createPublicKey(publicKeyPem))
  return (bytes, signature) => {
    try {
      return verify(null, bytes, key, Buffer.from(signature, 'base64'))
    } catch {
      return false
    }
  }
}

/** A new pair for IT: the private half (PKCS#8, encrypted when there is a passphrase) stays with IT, the public one goes into the build. */
export function newKeyPair(passphrase: string | null): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: String(privateKey.export({ format: 'pem', type: 'pkcs8', ...(passphrase === null ? {} : { cipher: 'aes-256-cbc', passphrase }) })),
    publicKey: String(publicKey.export({ format: 'pem', type: 'spki' })),
  }
}

export const isEncryptedKey = (pem: string): boolean => pem.includes('ENCRYPTED PRIVATE KEY')

/**
 * The text of a feed with its signature, otherwise as it was; an earlier signature is replaced.
 * AppError invalidInput 'updateKey', 'feedMalformed' {fields}, 'feedFileName' {expected}.
 */
export async function signFeed(text: string, name: string, privateKeyPem: string, passphrase: string | null): Promise<{ text: string; feed: SignedFeed }> {
  const key = keyFrom(() => createPrivateKey({ key: privateKeyPem, ...(passphrase === null ? {} : { passphrase }) }))
  const bare = text.replace(/^signature:.*(?:\r?\n|$)/m, '')
  const feed = feedNamed(await parseFeed(bare), name)
  const signature = sign(null, feedBytes(feed), key).toString('base64')
  const signed = `${bare.replace(/\s*$/, '')}\nsignature: '${signature}'\n`
  return { text: signed, feed: feedNamed(await parseFeed(signed), name) }
}

/** AppError invalidInput 'feedMalformed' {fields}, 'feedFileName' {expected}: a window would not look for it under that name. */
export function feedNamed(info: unknown, name: string): SignedFeed {
  const parsed = signedFeed.safeParse(info)
  if (!parsed.success) throw new AppError('invalidInput', 'feedMalformed', { fields: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).slice(0, 20) })
  const { channel, platform } = parsed.data.okno
  const found = feedOfFileName(name)
  if (found?.channel !== channel || found.platform !== platform) throw new AppError('invalidInput', 'feedFileName', { expected: feedFileName(channel, platform) })
  return parsed.data
}

function keyFrom(read: () => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new AppError('invalidInput', 'updateKey')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new AppError('invalidInput', 'updateKey')
  return key
}

/** SHA-512 of a file as feeds write it (base64). */
export async function sha512Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal ? { signal } : {}) })) hash.update(chunk as Buffer)
  return hash.digest('base64')
}
