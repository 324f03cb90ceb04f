import { hash } from '@node-rs/argon2'

// Algorithm.Argon2id of the library: a const enum, which isolated modules can't read.
const argon2id = 2

/** argon2id at OWASP's first recommended cost (domain §4.4), in the thread pool; й composed and decomposed are one password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 })
}

/** How a password in force was hashed, as the database tells it; the hash itself stays there. */
export interface HashRecipe {
  /** base64 without padding, as in the PHC string. */
  salt: string
  /** KiB */
  memory: number
  iterations: number
  parallelism: number
}

/** The PHC string this password has under the recipe: the database compares it with the one it holds. Output of 32 bytes, as `hashPassword` makes it. */
export function hashLike(password: string, { salt, memory, iterations, parallelism }: HashRecipe): Promise<string> {
  return hash(password.normalize('NFC'), { algorithm: argon2id, memoryCost: memory, timeCost: iterations, parallelism, outputLen: 32, salt: Buffer.from(salt, 'base64') })
}
