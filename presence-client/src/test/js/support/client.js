import { pathToFileURL } from 'node:url'

const built = process.env.PRESENCE_CLIENT_DIR

/** What is tested: the modules that the build has made, or else their sources. */
export const clientDir = built ? pathToFileURL(`${built}/`) : new URL('../../../main/js/', import.meta.url)

export const { connect, PresenceError } = await import(new URL('presence.js', clientDir))
