import type { FeedPlatform, SignedFeed } from '@shared/domain/signed-feed'
import type { Fetch } from './source'

/** What the operating system does with a package: electron-updater's part in the window. */
export interface Installer {
  /**
   * Puts the package where it is installed from and checks what the platform can check besides (Authenticode on Windows). `bring` writes the file; it is not called when the very same
   * package is there from before. Resolves to its path. Throws UpdateTrouble.
   */
  take(feed: SignedFeed, file: SignedFeed['files'][number], bring: (destination: string) => Promise<void>): Promise<string>
  /** Hands the package to the system, right now; false: it was not taken. With `restart` the new version starts by itself once this program has ended. */
  install(restart: boolean): boolean
  /** Starts this version again after it has ended: installing was refused. */
  relaunch(): void
}

/** What this build and this computer know of updates; null in a build that takes none. */
export interface UpdateMeans {
  /** Public key (PEM) of the build; null: none, updates are off. */
  key: string | null
  platform: FeedPlatform
  /** How the name of this computer's package ends: 'deb', 'AppImage', 'exe'; null: not installed from a package. */
  ending: string | null
  /** Where the build looks unless the settings name a place. */
  defaultSource: string | null
  installer: Installer
  fetch: Fetch
  /** Ends the program the usual way; `leave` is called on the way. */
  quit(): void
  /** Milliseconds: from the start to the first check, between checks, and how much of each is left to chance, so that a hundred windows do not ask at once. */
  waits?: { first: number; every: number; jitter: number }
  /** Bytes a download leaves free. */
  reserve?: number
}
