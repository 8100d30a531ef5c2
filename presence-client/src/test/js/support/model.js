/** A random generator that gives the same again for the same seed. */
export const random = seed => () => {
  seed = (seed + 0x6D2B79F5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const KEPT = 3 // diffs

/** One topic as one instance sees it. */
class ModelTopic {
  members = new Map() // key → data
  states = new Map() // connection id → { key, state, n }
  holders = new Map() // connection id → key
  v = 0
  n = 0
  diffs = []

  constructor(name, epoch) {
    this.name = `__presence:${name}`
    this.epoch = epoch
  }

  whole() {
    const { name: topic, epoch, v, members, states } = this
    return { topic, event: 'state', epoch, v, count: members.size, data: Object.fromEntries(members), states: Object.fromEntries(states) }
  }

  heartbeat(light) {
    const { name: topic, epoch, v, members } = this
    return { topic, event: 'heartbeat', epoch, v, count: members.size, ...!light && { data: Object.fromEntries(members) } }
  }

  /** The one diff from a version that this instance gave, if it still has the parts. */
  since(epoch, v) {
    const from = this.diffs.findIndex(diff => diff.from === v)
    if (epoch !== this.epoch || from < 0) return undefined
    const [first, ...rest] = this.diffs.slice(from)
    const sum = structuredClone(first)
    for (const { v, data, states, reasons } of rest) {
      sum.v = v
      for (const [key, value] of Object.entries(data.joins)) {
        delete sum.data.leaves[key]
        sum.data.joins[key] = value
      }
      for (const [key, value] of Object.entries(data.leaves)) {
        delete sum.data.joins[key]
        sum.data.leaves[key] = value
        sum.reasons[key] = reasons[key]
        for (const [id, one] of Object.entries(sum.states)) if (one.key === key) sum.states[id] = { ...one, state: null }
      }
      for (const [id, one] of Object.entries(states)) sum.states[id] = one
    }
    return sum
  }

  /** Makes a diff of what a change does. */
  change(run, reason = 'leave') {
    const members = new Map(this.members)
    const states = new Map(this.states)
    run(this)
    const diff = { topic: this.name, event: 'diff', epoch: this.epoch, from: this.v, data: { joins: {}, leaves: {} }, updated: [], reasons: {}, states: {} }
    for (const [key, data] of this.members) {
      if (members.get(key) === data) continue
      diff.data.joins[key] = data
      if (members.has(key)) diff.updated.push(key)
    }
    for (const [key, data] of members) {
      if (this.members.has(key)) continue
      diff.data.leaves[key] = data
      diff.reasons[key] = reason
    }
    for (const [id, one] of this.states) if (states.get(id) !== one) diff.states[id] = one
    for (const [id, one] of states) if (!this.states.has(id)) diff.states[id] = { ...one, state: null, n: ++this.n }
    if (!Object.keys({ ...diff.data.joins, ...diff.data.leaves, ...diff.states }).length) return undefined
    diff.v = ++this.v
    diff.count = this.members.size
    this.diffs = [...this.diffs, diff].slice(-KEPT)
    return diff
  }

  publish(id, state) {
    if (state === null) this.states.delete(id)
    else this.states.set(id, { key: this.holders.get(id), state, n: ++this.n })
  }

  leave(id) {
    const key = this.holders.get(id)
    this.holders.delete(id)
    this.states.delete(id)
    if (![...this.holders.values()].includes(key)) this.members.delete(key)
  }

  join(id, key, data) {
    this.holders.set(id, key)
    if (JSON.stringify(this.members.get(key)) !== JSON.stringify(data)) this.members.set(key, data)
  }
}

/** A server that keeps the protocol, for sockets of the scripted kind. What it sends of presence goes through `fault`. */
export class ModelServer {
  topics = new Map()
  connections = new Map() // socket → { id, joined: Map, observed: Map, quiet: Set, timers }
  epochs = 0
  ids = 0

  constructor({ fault = (frame, deliver) => deliver(frame) } = {}) {
    this.fault = fault
  }

  topic(name) {
    if (!this.topics.has(name)) this.topics.set(name, new ModelTopic(name, ++this.epochs))
    return this.topics.get(name)
  }

  accept(socket, { key = 'me' } = {}) {
    const connection = { id: `c${++this.ids}`, key, socket, joined: new Map(), observed: new Map(), quiet: new Set(), timers: new Map() }
    this.connections.set(socket, connection)
    socket.accept({ connectionId: connection.id })
    return connection
  }

  closed(socket) {
    const connection = this.connections.get(socket)
    if (!connection) return
    this.connections.delete(socket)
    for (const timer of connection.timers.values()) clearTimeout(timer)
    for (const name of connection.joined.keys()) this.change(name, topic => topic.leave(connection.id), 'disconnect')
  }

  /** Everybody goes on with another instance: other epochs, nothing remembered. */
  restart() {
    for (const topic of this.topics.values()) {
      topic.epoch = ++this.epochs
      topic.v = 0
      topic.diffs = []
    }
  }

  change(name, run, reason) {
    const diff = this.topic(name).change(run, reason)
    if (diff) for (const connection of this.connections.values()) if (this.observes(connection, name)) this.send(connection, diff)
  }

  observes({ joined, observed, quiet }, name) { return (joined.has(name) && !quiet.has(name)) || observed.has(name) }

  beat() {
    for (const connection of this.connections.values()) {
      for (const [name, topic] of this.topics) {
        if (this.observes(connection, name)) this.send(connection, topic.heartbeat(connection.joined.get(name) ?? connection.observed.get(name)))
      }
    }
  }

  send({ socket }, frame) {
    this.fault(frame, one => { if (this.connections.has(socket)) socket.push(one) })
  }

  frame(frame, socket) {
    const connection = this.connections.get(socket)
    if (!connection) return
    const name = frame.topic?.replace('__presence:', '')
    const observed = frame.topic !== name
    const ground = observed ? connection.observed : connection.joined
    switch (frame.type) {
      case 'ping':
        return socket.push({ type: 'pong' })
      case 'subscribe-batch':
        for (const one of frame.topics) this.frame({ type: 'subscribe', ...one, ref: frame.ref }, socket)
        return
      case 'subscribe': {
        ground.set(name, frame.heartbeat === 'light')
        if (!observed) {
          connection.quiet[frame.observe === false ? 'add' : 'delete'](name)
          this.change(name, topic => {
            topic.join(connection.id, connection.key, { id: connection.key })
            if (frame.state !== undefined) topic.publish(connection.id, frame.state)
          })
          if (frame.state !== undefined) this.expire(connection, name, frame.expireAfter)
        }
        socket.push({ type: 'subscribed', topic: frame.topic, ...!observed && { key: connection.key }, ref: frame.ref })
        const topic = this.topic(name)
        if (frame.epoch === topic.epoch && frame.v === topic.v) socket.push({ type: 'current', topic: frame.topic, epoch: topic.epoch, v: topic.v })
        else this.send(connection, topic.since(frame.epoch, frame.v) ?? topic.whole())
        return
      }
      case 'unsubscribe':
        if (ground.delete(name) && !observed) this.change(name, topic => topic.leave(connection.id))
        return socket.push({ type: 'unsubscribed', topic: frame.topic, reason: 'leave', ref: frame.ref })
      case 'presence-snapshot':
        if (this.observes(connection, name)) return this.send(connection, this.topic(name).whole())
        return socket.push({ type: 'error', code: 'not-observing', message: 'not observing', topic: frame.topic })
      case 'presence-state':
        if (!connection.joined.has(name)) return socket.push({ type: 'error', code: 'not-joined', message: 'not joined', topic: frame.topic, ref: frame.ref })
        this.change(name, topic => topic.publish(connection.id, frame.state))
        return this.expire(connection, name, frame.expireAfter)
      default:
        throw new Error(`unknown frame ${JSON.stringify(frame)}`)
    }
  }

  expire(connection, name, ms) {
    clearTimeout(connection.timers.get(name))
    if (ms === undefined) return
    connection.timers.set(name, setTimeout(() => this.change(name, topic => { if (connection.joined.has(name)) topic.publish(connection.id, null) }), ms))
  }

  /** The members as every observer must see them, in the end. */
  truth(name) {
    const { members, states } = this.topic(name)
    return Object.fromEntries([...members].map(([key, data]) => {
      const own = [...states].filter(([, one]) => one.key === key).sort(([a, x], [b, y]) => y.n - x.n || (a < b ? 1 : -1))
      return [key, { data, state: own[0]?.[1].state ?? null }]
    }))
  }
}

/** Frames get lost, doubled, and out of order. */
export const faulty = chance => {
  const late = []
  const fault = (frame, deliver) => {
    if (!fault.on) return deliver(frame)
    const dice = chance()
    if (dice < 0.08) return
    if (dice < 0.16) late.push(() => deliver(frame))
    else {
      deliver(frame)
      if (dice < 0.24) deliver(frame)
    }
    if (late.length && chance() < 0.3) late.splice(Math.floor(chance() * late.length), 1)[0]()
  }
  fault.on = true
  fault.calm = () => {
    fault.on = false
    late.length = 0
  }
  return fault
}
