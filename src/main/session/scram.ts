import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

const iterations = 4096

/**
 * The verifier PostgreSQL stores for a password (RFC 5803 form `SCRAM-SHA-256$…`), made here so that the password itself never travels in a statement.
 */
export async function scramVerifier(password: string): Promise<string> {
  return verifierWith(password, randomBytes(16), iterations)
}

/** Whether a verifier that PostgreSQL keeps is of this password; false for null and for other kinds. */
export async function scramMatches(verifier: string | null, password: string): Promise<boolean> {
  const [, rounds, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier ?? '') ?? []
  return rounds !== undefined && salt !== undefined && (await verifierWith(password, Buffer.from(salt, 'base64'), Number(rounds))) === verifier
}

async function verifierWith(password: string, salt: Buffer, iterations: number): Promise<string> {
  const salted = await promisify(pbkdf2)(staffPassword(password), salt, iterations, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const serverKey = createHmac('sha256', salted).update('Server Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest()
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${serverKey.toString('base64')}`
}

/** й typed as one or as two code points is one password (SASLprep's normalisation, RFC 4013). */
export function staffPassword(typed: string): string {
  return typed.normalize('NFKC')
}
