import assert from 'node:assert/strict'
import { afterEach } from 'node:test'
import { connect } from './client.js'
import { clock, settled } from './clock.js'

/** What the window, or the worker, dispatches. */
class Events extends EventTarget {
  listeners = 0

  addEventListener(...args) {
    this.listeners++
    super.addEventListener(...args)
  }

  removeEventListener(...args) {
    this.listeners--
    super.removeEventListener(...args)
  }
}

export const events = new Events()
globalThis.addEventListener = (...args) => events.addEventListener(...args)
globalThis.removeEventListener = (...args) => events.removeEventListener(...args)

const servers = []
export const warnings = []
console.warn = text => warnings.push(text)

afterEach(async () => {
  for (const { presence } of servers.splice(0)) presence.close()
  await settled()
  assert.equal(clock.pending, 0, 'timers left behind')
  assert.equal(events.listeners, 0, 'listeners left behind')
  warnings.length = 0
  Math.random = () => 0.5
})
Math.random = () => 0.5

/** One WebSocket that a client opened, seen from the server's end. */
export class Socket {
  received = []
  readyState = 0

  constructor(url, server) {
    this.url = url
    this.server = server
    server.sockets.push(this)
    if (server.onConnect) queueMicrotask(() => this.readyState === 0 && server.onConnect(this))
  }

  send(text) {
    if (this.readyState === 0) throw new Error('still connecting')
    if (this.readyState > 1) return
    const frame = JSON.parse(text)
    this.received.push(frame)
    this.server.onFrame?.(frame, this)
  }

  close(code) {
    if (this.readyState >= 2) return
    this.readyState = 3
    this.closedBy = 'client'
    this.closeCode = code
    this.server.onClose?.(this)
  }

  /** The handshake succeeds. */
  accept(welcome) {
    this.readyState = 1
    this.onopen?.({})
    if (welcome) this.push({ type: 'welcome', connectionId: 'c1', heartbeat: 30_000, maxAge: 90_000, pingInterval: 25_000, maxStateBytes: 1024, protocol: 1, ...welcome })
  }

  /** The server sends frames. */
  push(...frames) {
    for (const frame of frames) this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) })
  }

  /** The server, or the network, ends the connection. */
  drop(code = 1006) {
    this.readyState = 3
    this.onclose?.({ code })
  }

  /** What the client sent since the last call, without pings. */
  take() { return this.received.splice(0).filter(({ type }) => type !== 'ping') }

  get pings() { return this.received.filter(({ type }) => type === 'ping').length }
}

/** A scripted server with a clock of its own, and a client connected to it. */
export class Server {
  sockets = []
  errors = []
  clock = clock

  constructor({ url = 'wss://host/presence', ...options } = {}) {
    const server = this
    servers.push(this)
    this.presence = connect(url, { WebSocket: class { constructor(address) { return new Socket(address, server) } }, ...options })
    this.stopErrors = this.presence.onError(error => this.errors.push(error))
  }

  get socket() { return this.sockets.at(-1) }

  /** Accepts the client's newest connection. */
  async accept(welcome = {}) {
    await settled()
    this.socket.accept(welcome)
    await settled()
    return this.socket
  }

  /** What the client sent since the last call. */
  async took() {
    await settled()
    return this.socket.take()
  }

  /** Answers a subscribe frame, or each of a batch. */
  answer(frame, key, ...then) {
    for (const { topic } of frame.topics ?? [frame]) this.socket.push({ type: 'subscribed', topic, ...key !== undefined && { key }, ref: frame.ref })
    this.socket.push(...then)
  }

  /** Joins a topic and answers with these members. */
  async joined(topic, data = { me: { id: 'me' } }, { states, options, epoch = 'E', v = 1 } = {}) {
    const room = this.presence.join(topic, options)
    const [frame] = await this.took()
    this.answer(frame, 'me', state(topic, data, { states, epoch, v }))
    await settled()
    return room
  }
}

export const state = (topic, data, { epoch = 'E', v = 1, states = {} } = {}) =>
  ({ topic: `__presence:${topic}`, event: 'state', epoch, v, count: Object.keys(data).length, data, states })

export const diff = (topic, from, v, { joins = {}, leaves = {}, epoch = 'E', ...rest } = {}) =>
  ({ topic: `__presence:${topic}`, event: 'diff', epoch, from, v, data: { joins, leaves }, ...rest })

export const heartbeat = (topic, v, { epoch = 'E', ...rest } = {}) =>
  ({ topic: `__presence:${topic}`, event: 'heartbeat', epoch, v, ...rest })

/** All events of a room, as text, in order. */
export const log = room => {
  const lines = []
  room.onJoin(({ key }) => lines.push(`join ${key}`))
  room.onUpdate(({ key }) => lines.push(`update ${key}`))
  room.onLeave(({ key }, reason) => lines.push(`leave ${key} ${reason}`))
  room.onState((id, key, value) => lines.push(`state ${id} ${key} ${JSON.stringify(value)}`))
  room.onSync(list => lines.push(`sync ${list.map(({ key }) => key)}`))
  room.onStatus(status => lines.push(`status ${status}`))
  lines.take = () => lines.splice(0)
  return lines
}

export const keys = room => room.members.map(({ key }) => key).sort()

export { clock, settled }
