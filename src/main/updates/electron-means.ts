import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { app, session } from 'electron'
import { feedPlatformOf } from '@shared/domain/signed-feed'
import type { Log } from '../log'
import { builtInKey } from './built-in-key'
import { electronInstaller } from './electron-installer'
import type { UpdateMeans } from './means'

/** What this installed program knows of updates; null where there are no packages for it. */
export function electronMeans(log: Log): UpdateMeans | null {
  const platform = feedPlatformOf(process.platform, process.arch)
  if (!platform) return null
  const ending = packageEnding()
  return {
    key: keyOf(log),
    platform,
    ending,
    defaultSource: addressOfBuild(),
    installer: electronInstaller(ending ?? '', log),
    // Electron's, for the proxy and the authorities of the system; a session of its own, since the page's reaches no network.
    fetch: (url, options) => session.fromPartition('okno-updates', { cache: false }).fetch(url, options),
    quit: () => app.quit(),
  }
}

/** electron-builder writes `package-type` beside what is installed by a package manager; an AppImage tells its own name. A group policy's MSI leaves no uninstaller of ours and is IT's to update. */
function packageEnding(): string | null {
  if (!app.isPackaged) return null
  if (process.platform === 'win32') return readdirSync(dirname(process.execPath)).some((name) => /^Uninstall .*\.exe$/i.test(name)) ? 'exe' : null
  if (process.env['APPIMAGE']) return 'AppImage'
  const type = join(process.resourcesPath, 'package-type')
  return existsSync(type) && readFileSync(type, 'utf8').trim() === 'deb' ? 'deb' : null
}

/** A key that can't be read is none: without it nothing is taken. */
function keyOf(log: Log): string | null {
  try {
    return builtInKey(process.env, app.isPackaged)
  } catch (cause) {
    log.error('the key of updates can not be read', { cause })
    return null
  }
}

/** The address the build was made with; a name under `.invalid` stands for none. */
function addressOfBuild(): string | null {
  const file = join(process.resourcesPath, 'app-update.yml')
  if (!app.isPackaged || !existsSync(file)) return null
  const url = /^url:\s*['"]?([^'"\s]+)/m.exec(readFileSync(file, 'utf8'))?.[1]
  return url === undefined || /^https:\/\/[^/]*\.invalid(?:[/:]|$)/.test(url) ? null : url
}
