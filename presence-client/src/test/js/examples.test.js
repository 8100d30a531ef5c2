import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clientDir } from './support/client.js'
import { ModelServer } from './support/model.js'
import { clock, events, settled, Socket } from './support/server.js'

const PACKAGES = ['svelte@5', 'react@19', 'react-dom@19', 'vue@3', 'typescript@5', 'esbuild@0.25', 'jsdom@24']

const module = new URL('../../../', import.meta.url)
const work = new URL('target/examples/', module)
const sources = new URL('src/main/js/', module)
const require = createRequire(work)

const readme = await readFile(new URL('README.md', module), 'utf8')

/** The only example in this language. */
const example = language => {
  const found = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))]
  assert.equal(found.length, 1, language)
  return found[0][1]
}

const write = async (name, text) => {
  const file = new URL(name, work)
  await writeFile(file, text)
  return file
}

/** A server that keeps the protocol, at which whatever the page opens arrives. */
const page = () => {
  const server = { sockets: [] }
  const model = new ModelServer()
  Object.assign(server, {
    onConnect: socket => model.accept(socket),
    onFrame: (frame, socket) => model.frame(frame, socket),
    onClose: socket => model.closed(socket),
  })
  globalThis.WebSocket = class { constructor(url) { return new Socket(url, server) } }
  globalThis.location = { href: 'http://localhost/', toString: () => 'http://localhost/' }
  const come = (key, name) => model.change('room:42', topic => topic.join(key, key, { id: key, name }))
  const go = key => model.change('room:42', topic => topic.leave(key))
  return { server, model, come, go }
}

before(() => mkdir(work, { recursive: true }))

const { WebSocket, location } = globalThis
after(() => Object.assign(globalThis, { WebSocket, location }))

describe('the example for', () => {
  test('plain JavaScript', async t => {
    t.after(() => { delete globalThis.document })
    const { server, come, go } = page()
    const elements = { '#count': {}, '#names': {} }
    globalThis.document = { querySelector: name => elements[name] }
    const [, script] = example('html').match(/<script type="module">([^]*?)<\/script>/)
    // what a page has from its server, and what a module of a page does not export
    const text = script.replace('/presence/presence.js', new URL('presence.js', clientDir).href).replace('connect()', "connect('/presence')")
    const { presence, room } = await import(await write('plain.mjs', `${text}\nexport { presence, room }`))
    come('ada', 'Ada')
    await settled()
    assert.equal(server.sockets[0].url, 'ws://localhost/presence')
    await room.ready
    assert.deepEqual(room.members.map(({ key, state }) => [key, state]), [['me', { status: 'online' }], ['ada', null]])
    come('bo', 'Bo')
    assert.equal(elements['#count'].textContent, 3)
    assert.match(elements['#names'].textContent, /Ada, Bo/)
    go('ada')
    assert.equal(elements['#count'].textContent, 2)
    assert.doesNotMatch(elements['#names'].textContent, /Ada/)
    presence.close()
  })
})

const CI = process.env.CI === 'true'
const options = CI ? {} : { skip: 'npm packages are installed for it where CI=true only' }

describe('with packages, the example for', options, () => {
  const entries = {
    jsx: {
      file: 'room.jsx',
      compile: text => text,
      mount: `
        import { createElement, StrictMode } from 'react'
        import { createRoot } from 'react-dom/client'
        import { presence, Room } from './room.jsx'
        export { presence }
        export const mount = (target, props) => {
          const root = createRoot(target)
          root.render(createElement(StrictMode, null, createElement(Room, props)))
          return () => root.unmount()
        }`,
    },
    svelte: {
      file: 'room.svelte.js',
      compile: text => require('svelte/compiler').compile(text, { generate: 'client', name: 'Room' }).js.code,
      mount: `
        import { mount as render, unmount } from 'svelte'
        import Room, { presence } from './room.svelte.js'
        export { presence }
        export const mount = (target, props) => {
          const room = render(Room, { target, props })
          return () => unmount(room)
        }`,
    },
    vue: {
      file: 'room.vue.js',
      compile: text => {
        const { compileScript, parse } = require('vue/compiler-sfc')
        const { descriptor, errors } = parse(text)
        assert.deepEqual(errors, [])
        return compileScript(descriptor, { id: 'room', inlineTemplate: true }).content
      },
      mount: `
        import { createApp } from 'vue'
        import Room, { presence } from './room.vue.js'
        export { presence }
        export const mount = (target, props) => {
          const app = createApp(Room, props)
          app.mount(target)
          return () => app.unmount()
        }`,
    },
  }
  const added = []

  before(async () => {
    await write('package.json', '{"type":"module"}')
    execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', '--prefix', fileURLToPath(work), ...PACKAGES], { stdio: 'inherit' })
    const { JSDOM } = require('jsdom')
    const { window } = new JSDOM('<!doctype html><main></main>', { url: 'http://localhost/', pretendToBeVisual: true })
    for (const name of Object.getOwnPropertyNames(window)) {
      if (name in globalThis || /^\d+$/.test(name)) continue
      Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
      added.push(name)
    }
  })

  after(() => {
    globalThis.window?.close()
    for (const name of added) delete globalThis[name]
  })

  for (const [language, { file, compile, mount: source }] of Object.entries(entries)) {
    test(language, async () => {
      const { model, come, go } = page()
      await write(file, compile(example(language)))
      await write(`${language}.entry.js`, source)
      const bundle = fileURLToPath(new URL(`${language}.bundle.mjs`, work))
      require('esbuild').buildSync({
        entryPoints: [fileURLToPath(new URL(`${language}.entry.js`, work))],
        outfile: bundle,
        bundle: true,
        format: 'esm',
        jsx: 'automatic',
        conditions: ['browser', 'production'],
        define: { 'process.env.NODE_ENV': '"production"' },
        alias: { 'presence-client': fileURLToPath(new URL('presence.js', clientDir)) },
        logLevel: 'error',
      })
      const { mount, presence } = await import(bundle)
      const main = document.querySelector('main')
      const shown = async () => {
        for (let i = 0; i < 5; i++) {
          await settled()
          await clock.advance(20)
        }
        return [main.querySelector('h2')?.textContent, ...[...main.querySelectorAll('li')].map(({ textContent }) => textContent.trim())]
      }
      come('ada', 'Ada')
      const unmount = mount(main, { topic: 'room:42' })
      assert.deepEqual(await shown(), ['2 online', 'Ada', ''])
      come('bo', '<b>Bo</b>')
      model.change('room:42', topic => topic.publish('ada', { status: 'busy' }))
      assert.deepEqual(await shown(), ['3 online', 'Ada busy', '', '<b>Bo</b>'])
      go('ada')
      assert.deepEqual(await shown(), ['2 online', '', '<b>Bo</b>'])
      unmount()
      assert.deepEqual(await shown(), [undefined])
      assert.deepEqual([...model.connections.values()].map(({ joined }) => joined.size), [0], 'still a member after the page was left')
      presence.close()
      assert.equal(events.listeners, 0)
      await clock.advance(60_000)
    })
  }

  test('TypeScript, and the types', async () => {
    const files = [await write('example.ts', example('ts')), await write('usage.ts', await readFile(new URL('types/usage.ts', import.meta.url), 'utf8'))]
    const path = name => [fileURLToPath(new URL(name, sources))]
    const compilerOptions = {
      strict: true,
      noEmit: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module: 'nodenext',
      types: [],
      paths: { 'presence-client': path('presence.d.ts'), 'presence-client/helpers': path('helpers.d.ts') },
    }
    await write('tsconfig.json', JSON.stringify({ compilerOptions, files: files.map(fileURLToPath) }))
    try {
      execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '--project', fileURLToPath(new URL('tsconfig.json', work))], { encoding: 'utf8' })
    } catch ({ stdout }) {
      assert.fail(stdout)
    }
  })
})
