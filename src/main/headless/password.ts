import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { AppError } from '@shared/errors'
import { standardInput, write } from './streams'

/**
 * A password from a file (named by an environment variable), from standard input, or from a prompt that shows nothing.
 * Never from an argument or a variable: those are seen in lists of processes and stay in histories.
 */
export async function askPassword(prompt: string, file: string | undefined): Promise<string> {
  const password = file ? firstLine(await readPasswordFile(file)) : standardInput().isTTY ? await hiddenPrompt(prompt) : firstLine(await readStandardInput())
  if (password === '') throw new AppError('invalidInput', 'passwordMissing')
  return password
}

/** A code of the second factor from the prompt; null where nobody can be asked. */
export async function askCode(prompt: string): Promise<string | null> {
  return standardInput().isTTY ? (await hiddenPrompt(prompt)).trim() || null : null
}

const firstLine = (text: string) => text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? ''

async function readPasswordFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new AppError('invalidInput', 'passwordFileUnreadable', { file })
  }
}

export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of standardInput()) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString('utf8')
}

async function hiddenPrompt(prompt: string): Promise<string> {
  write(2, `${prompt}: `)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: standardInput(), output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    write(2, '\n')
  }
}
