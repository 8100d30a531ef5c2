import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { describe, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { clientDir } from './support/client.js'
import { Server, settled, Socket } from './support/server.js'

const read = name => readFile(new URL(name, clientDir), 'utf8')

/** Imports the client as if a server had served it at this address. */
const served = async url => {
  const load = `
    export const resolve = (name, context, next) => name === ${JSON.stringify(url)} ? { url: name, shortCircuit: true } : next(name, context)
    export const load = (name, context, next) => name === ${JSON.stringify(url)}
      ? { format: 'module', source: ${JSON.stringify(await read('presence.js'))}, shortCircuit: true } : next(name, context)`
  register(`data:text/javascript,${encodeURIComponent(load)}`)
  return import(url)
}

describe('the module', () => {
  for (const [module, socket] of [
    ['http://localhost:8080/presence/presence.js', 'ws://localhost:8080/presence'],
    ['https://example.org/app/presence/presence.js?v=1', 'wss://example.org/app/presence'],
  ]) {
    test(`served at ${module} connects to ${socket}`, async () => {
      const { connect } = await served(module)
      const sockets = []
      const presence = connect(undefined, { WebSocket: class { constructor(url) { return new Socket(url, { sockets }) } } })
      await settled()
      assert.deepEqual(sockets.map(({ url }) => url), [socket])
      presence.close()
    })
  }

  test('exports what its types say', async () => {
    for (const name of ['presence', 'helpers']) {
      const types = await readFile(new URL(`../../main/js/${name}.d.ts`, import.meta.url), 'utf8')
      const declared = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, found]) => found)
      const module = await import(new URL(`${name}.js`, clientDir))
      assert.deepEqual(Object.keys(module).sort(), declared.sort())
    }
  })

  test('gives rooms and connections the members that their types have', async () => {
    const types = await readFile(new URL('../../main/js/presence.d.ts', import.meta.url), 'utf8')
    const declared = name => {
      const [, body] = types.match(new RegExp(`export interface ${name}\\b[^{]*{\n([^]*?)\n}`))
      return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?<(:]/gm)].map(([, found]) => found).sort()
    }
    const server = new Server()
    assert.deepEqual(Object.keys(server.presence).sort(), declared('Presence'))
    assert.deepEqual(Object.keys(server.presence.join('room')).sort(), declared('Room'))
  })

  if (process.env.PRESENCE_CLIENT_DIR) {
    test('has at most 5 KB, compressed as it is served', async () => {
      const source = await read('presence.js')
      assert.ok(gzipSync(source).length <= 5 * 1024, `${gzipSync(source).length} bytes with gzip`)
      assert.ok(brotliCompressSync(source).length <= 5_000, `${brotliCompressSync(source).length} bytes with brotli`)
    })
  }
})
