// Before minutes go into building a release: whether its key can be used, and is the other half of the one that is built in.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

/**
 * What keeps this key from signing a release, and what to do; null when nothing does, or when only the passphrase that will be asked for can tell.
 * @param {{ key: string, publicKey: string, passphraseFile: string | undefined, canAsk: boolean }} given names of files; canAsk: somebody sits at a terminal
 * @returns {string | null}
 */
export function keyTrouble({ key, publicKey, passphraseFile, canAsk }) {
  const text = readFileSync(key, 'utf8')
  const isEncrypted = text.includes('ENCRYPTED PRIVATE KEY')
  if (isEncrypted && !passphraseFile) return canAsk ? null : `${key} has a passphrase: put it into a file that only you read and name that file in OKNO_KEY_PASSPHRASE_FILE.`
  if (isEncrypted && passphraseFile && !existsSync(passphraseFile)) return `OKNO_KEY_PASSPHRASE_FILE names ${passphraseFile}, which is not there.`
  const passphrase = isEncrypted && passphraseFile ? (readFileSync(passphraseFile, 'utf8').replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? '') : undefined
  const half = read(() => createPublicKey(createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) })))
  if (half === null) return isEncrypted ? `the passphrase in ${passphraseFile} does not open ${key}.` : `${key} is no private key. A pair is made once: npm run -s okno -- feed key --out FOLDER`
  const builtIn = read(() => createPublicKey(readFileSync(publicKey, 'utf8')))
  if (builtIn !== null && builtIn.equals(half)) return null
  return `${publicKey} is not the other half of ${key}, so windows of this build would refuse the release. Copy update-key.pub from beside the private key, commit it and repeat; or name the right key.`
}

/**
 * @template T
 * @param {() => T} work
 * @returns {T | null}
 */
function read(work) {
  try {
    return work()
  } catch {
    return null
  }
}
