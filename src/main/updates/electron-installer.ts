import { app } from 'electron'
import type { AppImageUpdater, BaseUpdater, DebUpdater, NsisUpdater, Provider, UpdateInfo } from 'electron-updater'
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js'
import type { SignedFeed } from '@shared/domain/signed-feed'
import type { Log } from '../log'
import { notBelieved, notGot } from './source'
import type { Installer } from './means'

type PackageFile = SignedFeed['files'][number]
interface Offer {
  feed: SignedFeed
  file: PackageFile
  bring(destination: string): Promise<void>
}

/**
 * electron-updater, which knows how each system installs a package and checks the publisher on Windows. It is given the feed that was believed and a package to take, through its own ways in
 * (a provider, an executor): it asks no network itself, so nothing of its own reaches a source that nobody checked. It is loaded by the first package.
 */
export function electronInstaller(ending: string, log: Log): Installer {
  let updater: BaseUpdater | null = null
  let offer: Offer | null = null
  // It downloads one package at a time and would answer a second with the first.
  let taking: Promise<unknown> = Promise.resolve()

  async function load(): Promise<BaseUpdater> {
    if (updater) return updater
    const library = await import('electron-updater')
    const made = makeUpdater(library, ending)
    made.logger = { info: () => undefined, warn: (message) => log.info('installer', { said: brief(message) }), error: (message) => log.error('installer', { said: brief(message) }) }
    made.autoDownload = false
    made.autoInstallOnAppQuit = false
    made.disableDifferentialDownload = true
    made.disableWebInstaller = true
    made.setFeedURL({ provider: 'custom', updateProvider: providerOf(library.Provider, () => offer) })
    // What it would download with; ours goes on where it was broken off.
    Reflect.set(made, 'httpExecutor', { download: async (_url: URL, destination: string) => offer?.bring(destination) })
    return (updater = made)
  }

  async function take(next: Offer): Promise<string> {
    const made = await load()
    offer = next
    made.allowDowngrade = next.feed.okno.isReturn === true
    const found = await made.checkForUpdates()
    if (!found?.isUpdateAvailable) throw notGot('internal')
    try {
      const [path] = await made.downloadUpdate(found.cancellationToken)
      if (path === undefined) throw notGot('internal')
      return path
    } catch (cause) {
      throw cause instanceof Error && Reflect.get(cause, 'code') === 'ERR_UPDATER_INVALID_SIGNATURE' ? notBelieved('packagePublisher') : cause
    }
  }

  return {
    take(feed, file, bring) {
      const turn = taking.then(() => take({ feed, file, bring }))
      taking = turn.catch(() => undefined)
      return turn
    },
    install: (restart) => updater?.install(true, restart) ?? false,
    relaunch: () => app.relaunch(),
  }
}

function makeUpdater(library: { DebUpdater: typeof DebUpdater; AppImageUpdater: typeof AppImageUpdater; NsisUpdater: typeof NsisUpdater }, ending: string): BaseUpdater {
  if (ending === 'deb') return new library.DebUpdater()
  return ending === 'AppImage' ? new library.AppImageUpdater() : new library.NsisUpdater()
}

function providerOf(Base: typeof Provider, offer: () => Offer | null) {
  return class extends Base<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super(runtime)
    }
    getLatestVersion(): Promise<UpdateInfo> {
      const known = offer()
      if (!known) return Promise.reject(notGot('internal'))
      const { feed, file } = known
      return Promise.resolve({ version: feed.version, files: [fileOf(file)], path: file.url, sha512: file.sha512, releaseDate: feed.okno.releasedAt })
    }
    resolveFiles() {
      const known = offer()
      return known ? [{ url: new URL(known.file.url, 'okno-update://package/'), info: fileOf(known.file) }] : []
    }
  }
}

/** Only what is told: a key it does not expect is none it obeys. */
const fileOf = ({ url, sha512, size, isAdminRightsRequired = false }: PackageFile) => ({ url, sha512, size, isAdminRightsRequired })

const brief = (message: unknown): string => String(message instanceof Error ? message.message : message).slice(0, 400)
