import { createHash } from 'node:crypto'
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519'
import { z } from 'zod'
import type { DataFolder } from '../data-folder'

/**
 * A secret on its way through the outbox (a password, a PIN) is sealed by the desk that made it to the senders that live (HPKE, RFC 9180, base mode).
 * The database, its log and its backups hold only what those few machines can open.
 */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
const info = bytes('okno outbox 1')
const dayMs = 24 * 3_600_000

export interface SenderKey {
  /** The first 128 bits of SHA-256 of the public key, hex; the database counts it the same way. */
  id: string
  /** 32 bytes in base64. */
  publicKey: string
}

/**
 * Seals parameters of a message for each of the senders: key id → base64 (32 bytes of encapsulated key, then the ciphertext).
 * `context`: the operation id; a box put under another operation's message can't be opened there.
 */
export async function seal(secret: Record<string, string>, keys: readonly SenderKey[], context: string): Promise<Record<string, string>> {
  const text = bytes(JSON.stringify(secret))
  const boxes = await Promise.all(
    keys.map(async ({ publicKey }) => {
      const recipientPublicKey = await suite.kem.deserializePublicKey(arrayBuffer(Buffer.from(publicKey, 'base64')))
      const { enc, ct } = await suite.seal({ recipientPublicKey, info }, text, bytes(context))
      return [keyId(publicKey), Buffer.concat([Buffer.from(enc), Buffer.from(ct)]).toString('base64')] as const
    }),
  )
  return Object.fromEntries(boxes)
}

/** What a sender opens sealed messages with. A key is made anew each day; the one before it is kept for what was sealed to it. */
export interface SenderKeys {
  /** The key to seal to from now on. */
  current(): Promise<SenderKey>
  ids(): string[]
  /** The sealed parameters; null when none of the boxes is ours or it does not open. */
  open(sealed: Record<string, string>, context: string): Promise<Record<string, string> | null>
}

const stored = z.array(z.object({ publicKey: z.string(), privateKey: z.string(), madeAt: z.number() }))
type Stored = z.infer<typeof stored>
const secretName = 'outbox-keys'

/** Keys of this machine's sender, in the secrets of its data folder (0600). A file that can't be read is replaced: what was sealed to it expires. */
export async function openSenderKeys(folder: Pick<DataFolder, 'readSecret' | 'writeSecret'>, now: () => number = Date.now): Promise<SenderKeys> {
  let keys = parseStored(await folder.readSecret(secretName))

  async function current(): Promise<SenderKey> {
    const newest = keys[0]
    if (newest && newest.madeAt > now() - dayMs && newest.madeAt <= now()) return { id: keyId(newest.publicKey), publicKey: newest.publicKey }
    const made = { ...(await newKeyPair()), madeAt: now() }
    // What is sealed waits an hour at most.
    keys = [made, ...keys.filter(({ madeAt }) => madeAt > now() - dayMs - 2 * 3_600_000 && madeAt <= now())]
    await folder.writeSecret(secretName, JSON.stringify(keys))
    return { id: keyId(made.publicKey), publicKey: made.publicKey }
  }

  return {
    current,
    ids: () => keys.map(({ publicKey }) => keyId(publicKey)),
    async open(sealed, context) {
      for (const { publicKey, privateKey } of keys) {
        const box = sealed[keyId(publicKey)]
        if (box === undefined) continue
        try {
          const whole = Buffer.from(box, 'base64')
          const recipientKey = await suite.kem.deserializePrivateKey(arrayBuffer(Buffer.from(privateKey, 'base64')))
          const text = await suite.open({ recipientKey, enc: arrayBuffer(whole.subarray(0, 32)), info }, arrayBuffer(whole.subarray(32)), bytes(context))
          return z.record(z.string(), z.string()).parse(JSON.parse(Buffer.from(text).toString('utf8')))
        } catch {
          return null
        }
      }
      return null
    },
  }
}

export const keyId = (publicKey: string): string => createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32)

async function newKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  const pair = await suite.kem.generateKeyPair()
  const base64 = (raw: ArrayBuffer) => Buffer.from(raw).toString('base64')
  return { publicKey: base64(await suite.kem.serializePublicKey(pair.publicKey)), privateKey: base64(await suite.kem.serializePrivateKey(pair.privateKey)) }
}

function parseStored(text: string | null): Stored {
  try {
    return stored.parse(JSON.parse(text ?? '[]'))
  } catch {
    return []
  }
}

function bytes(text: string): ArrayBuffer {
  return arrayBuffer(Buffer.from(text, 'utf8'))
}

function arrayBuffer(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer
}
