import { chmod, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { checkFeed } from '@shared/domain/signed-feed'
import { AppError } from '@shared/errors'
import { errorCode, replaceFile, writeNewFile } from '../data-folder'
import { builtInKey } from '../updates/built-in-key'
import { feedNamed, isEncryptedKey, newKeyPair, parseFeed, sha512Of, signFeed, signatureCheck } from '../updates/feed-file'
import { askPassword } from './password'

type Options = Record<string, string | boolean | undefined>

/** `okno feed key`: IT's pair. An existing one is never overwritten: every window out there trusts it. */
export async function makeFeedKey(options: Options, env: NodeJS.ProcessEnv, help: string): Promise<unknown> {
  const folder = resolve(needed(options, 'out', help))
  const passphrase = options['passphrase'] === true ? await passphraseOf(env) : null
  const pair = newKeyPair(passphrase)
  const files = { privateKey: join(folder, 'update-key.pem'), publicKey: join(folder, 'update-key.pub') }
  await mkdir(folder, { recursive: true })
  try {
    await writeNewFile(files.privateKey, pair.privateKey, 0o600)
    await writeNewFile(files.publicKey, pair.publicKey, 0o644).catch(async (cause: unknown) => {
      // A private key without its public one is of no use, and would stand in the way of the next pair.
      await rm(files.privateKey, { force: true })
      throw cause
    })
  } catch (cause) {
    throw errorCode(cause) === 'EEXIST' ? new AppError('conflict', 'feedKeyExists', { folder }) : cause
  }
  return { ...files, encrypted: passphrase !== null }
}

/** `okno feed sign`: puts IT's signature into the feed, whole or not at all. */
export async function signFeedFile(file: string, options: Options, env: NodeJS.ProcessEnv, help: string): Promise<unknown> {
  const key = await readFile(resolve(needed(options, 'key', help)), 'utf8')
  const { text, feed } = await signFeed(await readFile(file, 'utf8'), basename(file), key, isEncryptedKey(key) ? await passphraseOf(env) : null)
  await replaceFile(file, text)
  await chmod(file, 0o644) // A web server or a share reads it.
  return summary(feed)
}

/** `okno feed check`: what a window would say of the feed, and whether the packages beside it are the signed ones. */
export async function checkFeedFile(file: string, options: Options): Promise<{ value: unknown; exitCode: number }> {
  const key = typeof options['key'] === 'string' ? await readFile(resolve(options['key']), 'utf8') : builtInKey(process.env, true)
  if (key === null) throw new AppError('invalidInput', 'updateKeyMissing')
  const feed = feedNamed(await parseFeed(await readFile(file, 'utf8')), basename(file))
  const { channel, platform } = feed.okno
  const checked = checkFeed(feed, { isSigned: signatureCheck(key), current: { version: '0.0.0-0', sequence: 0 }, channel, platform, now: new Date() })
  const packages = await Promise.all(feed.files.map(async ({ url, size, sha512 }) => ({ file: url, problem: await problemOf(join(dirname(file), url), size, sha512) })))
  const ok = checked.ok && packages.every(({ problem }) => problem === null)
  return { value: { ok, reason: checked.ok ? null : checked.reason, ...summary(feed), packages }, exitCode: ok ? 0 : 1 }
}

async function problemOf(file: string, size: number, sha512: string): Promise<'missing' | 'size' | 'sha512' | null> {
  try {
    if ((await stat(file)).size !== size) return 'size'
    return (await sha512Of(file)) === sha512 ? null : 'sha512'
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return 'missing'
    throw cause
  }
}

const summary = ({ version, okno: { channel, platform, sequence, schema, releasedAt, expiresAt, isReturn = false } }: ReturnType<typeof feedNamed>) => ({ version, channel, platform, sequence, schema, releasedAt, expiresAt, isReturn })

const passphraseOf = (env: NodeJS.ProcessEnv) => askPassword('Passphrase of the release key', env['OKNO_KEY_PASSPHRASE_FILE'])

function needed(options: Options, name: string, help: string): string {
  const value = options[name]
  if (typeof value !== 'string' || value === '') throw new AppError('invalidInput', 'usage', { text: help })
  return value
}
