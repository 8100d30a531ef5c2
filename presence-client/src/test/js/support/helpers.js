import { clientDir } from './client.js'

export const { away, cursors, group, patch, typing } = await import(new URL('helpers.js', clientDir))
