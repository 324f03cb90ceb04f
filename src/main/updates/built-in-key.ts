import { readFileSync } from 'node:fs'

// A build without the file has no key, and then takes no updates: the glob is empty.
const built = Object.values(import.meta.glob<string>('../../../build/update-key.pub', { eager: true, query: '?raw', import: 'default' }))[0] ?? null

/**
 * The public key (PEM) that updates of this build are signed for; null: none, updates are off. `OKNO_UPDATE_KEY` names another file where the build has none of its own
 * or runs from sources: it can't replace the key of an installed program.
 */
export function builtInKey(env: NodeJS.ProcessEnv, isPackaged: boolean): string | null {
  const file = env['OKNO_UPDATE_KEY']
  if (file && (built === null || !isPackaged)) return readFileSync(file, 'utf8')
  return built
}
