// Who is online, in every topic, over one WebSocket. Reference and types: presence.d.ts

const OBSERVED = '__presence:'
const BATCH = 100 // topics per frame
const BATCH_BYTES = 32_000
const MERGE = 50 // ms: states of a topic that follow each other faster go out together
const ANSWER = 10_000 // ms to wait for an answer
const STABLE = 10_000 // ms after which a connection counts as a success
const LATE = 5_000 // ms: a timer this late has slept
const DAY = 86_400_000
const FINAL = [1003, 1008, 1009, 4403]
const WAKE_UPS = ['online', 'offline', 'focus', 'pageshow', 'visibilitychange']
const NOBODY = Object.freeze([])
const GAP = 'gap'
const OLD = 'old'
const CLOCK = {
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: timer => clearTimeout(timer),
}

export class PresenceError extends Error {
  constructor(reason, message = reason, topic, code) {
    super(message)
    Object.assign(this, { name: 'PresenceError', reason, topic, code })
  }
}

const bytes = text => new TextEncoder().encode(text).length

const entries = object => Object.entries(object ?? {})

/** Equal as JSON. */
const same = (a, b) => {
  if (a === b || !a || !b || typeof a !== 'object' || typeof b !== 'object') return a === b
  const keys = Object.keys(a)
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length
    && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]))
}

const address = url => {
  const here = import.meta.url
  const { href } = url == null ? new URL('.', here) : new URL(url, globalThis.location?.href ?? here)
  const found = (url == null ? href.slice(0, -1) : href).replace(/^http/, 'ws')
  if (!/^wss?:/.test(found)) throw new TypeError(`connect(): ${found} is no WebSocket address; pass one, like 'wss://example.org/presence'`)
  return found
}

/** Listeners by kind of event. One that throws harms nobody. */
class Listeners {
  #entries = new Set()

  on = kind => call => {
    const entry = { kind, call }
    this.#entries.add(entry)
    return () => { this.#entries.delete(entry) }
  }

  emit(kind, ...values) {
    let heard = false
    for (const entry of [...this.#entries]) {
      if (entry.kind !== kind || !this.#entries.has(entry)) continue
      heard = true
      try { entry.call(...values) } catch (error) { console.error(error) }
    }
    return heard
  }

  clear() { this.#entries.clear() }
}

/** The members of a topic, and the version rule: what a frame may change, and which edges that makes. No I/O. */
class Roster {
  members = new Map()
  states = new Map()
  list = NOBODY
  epoch
  v
  #key
  #started = false

  /** Takes a frame: OLD, GAP, or the edges that it brought. */
  take(frame) {
    const { event, epoch, v } = frame
    const known = this.epoch !== undefined && epoch === this.epoch
    if (event === 'state') {
      if (known && v < this.v) return OLD
    } else if (event === 'diff') {
      if (known && v <= this.v) return OLD
      if (!known || frame.from !== this.v) return GAP
    } else {
      return known && v === this.v ? [] : GAP
    }
    const edges = this.#apply(frame, event === 'state')
    this.epoch = epoch
    this.v = v
    return edges
  }

  /** Forgets the version: only a whole state will do. */
  doubt() { this.epoch = undefined }

  /** Keeps nobody but oneself. */
  sweep() {
    const own = map => Object.fromEntries([...map].filter(([, { key }]) => key === this.#key))
    const members = own(this.members)
    for (const key of Object.keys(members)) members[key] = this.members.get(key).data
    this.doubt()
    return this.#apply({ data: members, states: own(this.states) }, true)
  }

  /** Says which member is oneself. */
  become(key) {
    this.#key = key
    return this.#settle(new Map(), [])
  }

  #apply(frame, whole) {
    const joins = new Map(entries(whole ? frame.data : frame.data.joins))
    const gone = new Set(whole ? [...this.members.keys()].filter(key => !joins.has(key)) : Object.keys(frame.data.leaves ?? {}))
    const reasons = new Map(entries(frame.reasons))
    const states = new Map(entries(frame.states))
    const left = []
    const published = []
    for (const key of gone) {
      const member = this.members.get(key)
      if (this.members.delete(key)) left.push(['leave', member, reasons.get(key) ?? 'unknown'])
    }
    for (const [id, { key }] of this.states) if (!states.has(id) && (whole || gone.has(key))) states.set(id, null)
    for (const [id, next] of states) {
      const old = this.states.get(id)
      if ((next?.state ?? null) === null || gone.has(next.key)) {
        if (this.states.delete(id)) published.push(['state', id, old.key, null])
        continue
      }
      const state = same(old?.state, next.state) ? old.state : next.state
      this.states.set(id, { ...next, state })
      if (state !== old?.state || next.key !== old.key) published.push(['state', id, next.key, state])
    }
    for (const key of joins.keys()) if (!this.members.has(key)) this.members.set(key, { key })
    const edges = this.#settle(joins, left)
    const first = !this.#started
    this.#started = true
    return first ? [] : [...edges, ...published]
  }

  /** Brings members, their states and the list in line; unchanged ones keep their identity. */
  #settle(joins, edges) {
    const newest = new Map()
    for (const [id, { key, state, n }] of this.states) {
      const best = newest.get(key)
      if (!best || n > best.n || (n === best.n && id > best.id)) newest.set(key, { id, state, n })
    }
    let changed = edges.length > 0
    for (const [key, member] of this.members) {
      const fresh = !('data' in member)
      const data = joins.has(key) && (fresh || !same(member.data, joins.get(key))) ? joins.get(key) : member.data
      const state = newest.get(key)?.state ?? null
      const self = key === this.#key
      if (!fresh && data === member.data && state === member.state && self === member.self) continue
      const next = { key, data, state, self }
      this.members.set(key, next)
      changed = true
      if (fresh) edges.push(['join', next])
      else if (data !== member.data) edges.push(['update', next])
    }
    if (changed) this.list = Object.freeze([...this.members.values()])
    return edges
  }
}

/** The socket: opened, opened again, found dead. One timer for all that falls due. */
class Link {
  status = 'connecting'
  heard = 0 // when the last frame came
  pingInterval = 25_000
  #url
  #options
  #owner
  #attempt
  #socket
  #timer
  #timerAt = Infinity
  #openBy
  #openedAt
  #failures = 0
  #pings = 0
  #pingedAt
  #retryAt
  #notBefore = 0
  #retryAfter

  constructor(url, options, owner) {
    this.#url = url
    this.#options = options
    this.#owner = owner
    for (const type of WAKE_UPS) options.events.addEventListener?.(type, this.#wake)
    this.#open()
  }

  now() { return this.#options.clock.now() }

  send(frame) { this.#socket.send(JSON.stringify(frame)) }

  ping() {
    this.#pings++
    this.#pingedAt = this.now()
    this.send({ type: 'ping' })
    this.arm(this.#pingedAt + ANSWER)
  }

  /** Whether this is due by now; if not, sees to it that it is looked at then. */
  due(at) { return at <= this.now() || this.arm(at) }

  arm(at) {
    if (at >= this.#timerAt || this.status === 'closed') return false
    const { clock } = this.#options
    clock.clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = clock.setTimeout(this.#tick, Math.min(Math.max(0, at - this.now()), DAY))
    return false
  }

  /** The server announced its end, and when to come back. */
  goodbye(retryAfter) { this.#retryAfter = retryAfter }

  close(code = 1000) {
    this.#attempt = undefined
    this.#options.clock.clearTimeout(this.#timer)
    for (const type of WAKE_UPS) this.#options.events.removeEventListener?.(type, this.#wake)
    this.#socket?.close(code === 1000 ? code : undefined)
    this.#become('closed')
  }

  async #open() {
    const attempt = this.#attempt = {}
    const current = call => event => { if (attempt === this.#attempt) call(event) }
    this.#retryAt = undefined
    this.#openBy = this.now() + ANSWER
    this.arm(this.#openBy)
    try {
      const url = typeof this.#url === 'function' ? address(await this.#url()) : this.#url
      if (attempt !== this.#attempt) return
      const socket = this.#socket = new this.#options.WebSocket(url)
      socket.onopen = current(() => {
        this.heard = this.#openedAt = this.now()
        this.#pings = 0
        this.#become('open')
        this.#tick()
      })
      socket.onmessage = current(({ data }) => {
        this.heard = this.now()
        this.#pings = 0
        let frame
        try { frame = JSON.parse(data) } catch { return }
        if (frame) this.#owner.frame(frame)
      })
      socket.onclose = current(({ code }) => this.#drop(code))
      socket.onerror = () => {}
    } catch (error) {
      current(() => {
        this.#owner.error(new PresenceError('connect', error.message))
        this.#drop()
      })()
    }
  }

  #drop(code) {
    const now = this.now()
    this.#attempt = undefined
    this.#socket?.close()
    this.#socket = undefined
    if (this.status === 'open' && now - this.#openedAt > STABLE) this.#failures = 0
    this.#notBefore = now + (this.#retryAfter ?? 0)
    this.#retryAt = now + (this.#retryAfter ?? 100 + this.#options.random() * Math.min(30_000, 1_000 * 2 ** this.#failures++))
    this.#retryAfter = undefined
    const final = FINAL.includes(code)
    if (!final) this.#become('reconnecting')
    this.#owner.lost(final && code)
    this.arm(this.#retryAt)
  }

  #become(status) {
    if (this.status === status) return
    this.status = status
    this.#owner.status(status)
  }

  #wake = () => {
    const now = this.now()
    if (this.#retryAt > now) this.#retryAt = Math.max(now, this.#notBefore)
    if (this.status === 'open' && !this.#pings && now - this.heard > 1_000) this.ping()
    this.#tick()
  }

  #tick = () => {
    const now = this.now()
    const late = now - this.#timerAt > LATE
    this.#options.clock.clearTimeout(this.#timer)
    this.#timerAt = Infinity
    if (this.status === 'open') {
      if (!this.#pings) {
        if (this.due(this.heard + (this.pingInterval || Infinity))) this.ping()
      } else if (this.due(this.#pingedAt + ANSWER)) {
        // after a sleep the answer may still wait to be read: only a second silence counts
        if (late && this.#pings < 2) this.ping()
        else this.#drop()
      }
    } else if (this.#attempt) {
      if (this.due(this.#openBy)) this.#drop()
    } else if (this.due(this.#retryAt)) {
      this.#open()
    }
    this.#owner.tick()
  }
}

const role = topic => ({ topic, holders: new Set(), wire: 'off', ref: 0, at: 0 })

/** One topic: its roster, the rooms that share it, and the two grounds on which the server sends it. */
class Topic {
  roster = new Roster()
  rooms = new Set()
  quiet = false // joined without observing
  synced = false // since the connection opened
  seen = 0 // when the roster was last known to be exact
  asked = 0 // since when a snapshot is asked for
  askAgain = 0
  ask = false
  own = null // what this connection publishes: { state, until }
  before = null
  dirty = false
  sent = -Infinity
  stateRef = 0

  constructor(name) {
    this.name = name
    this.join = role(name)
    this.observe = role(OBSERVED + name)
    this.roles = [this.join, this.observe]
  }

  isOn() { return this.roles.some(({ wire }) => wire === 'on') }
}

export function connect(url, options = {}) {
  options = { WebSocket: globalThis.WebSocket, clock: CLOCK, events: globalThis, random: Math.random, maxStateBytes: 1024, ...options }
  if (!options.WebSocket) throw new TypeError('connect(): there is no WebSocket here; pass one, like connect(url, { WebSocket })')

  const topics = new Map()
  const listeners = new Listeners()
  const warned = new Set()
  let welcome = {}
  let ref = 0
  let pumping = false
  let holdUntil = 0
  let pace = 1 // share of the full pace: 100 frames or topics at once, 80 a second
  let budget = 100
  let budgetAt = 0

  const report = error => {
    if (!listeners.emit('error', error)) console.warn(error)
  }

  const kick = () => {
    if (pumping) return
    pumping = true
    queueMicrotask(pump)
  }

  const spend = () => {
    const now = link.now()
    budget = Math.min(100 * pace, budget + (now - budgetAt) * 0.08 * pace)
    budgetAt = now
    if (budget < 1) return link.arm(now + 200 / pace)
    budget--
    return true
  }

  /** What is published still, if anything. */
  const live = topic => topic.own?.until > link.now() ? topic.own : null

  const published = topic => {
    const own = live(topic)
    topic.dirty = false
    return { state: own?.state ?? null, ...own && own.until < Infinity && { expireAfter: Math.ceil(own.until - link.now()) } }
  }

  const element = (topic, role) => {
    const { epoch, v } = topic.roster
    const joins = role === topic.join
    return {
      topic: role.topic,
      heartbeat: 'light',
      ...joins && topic.quiet ? { observe: false } : epoch !== undefined && { epoch, v },
      ...joins && live(topic) && published(topic),
    }
  }

  /** Brings the server in line with what is wanted. */
  const pump = () => {
    pumping = false
    for (const topic of topics.values()) {
      if (topic.roles.every(({ holders, wire }) => !holders.size && wire === 'off')) topics.delete(topic.name)
    }
    if (link.status !== 'open' || !link.due(holdUntil)) return
    let batch = []
    let size = 0
    const flush = () => {
      if (!batch.length) return
      link.send(batch.length > 1 ? { type: 'subscribe-batch', topics: batch, ref } : { type: 'subscribe', ...batch[0], ref })
      batch = []
      size = 0
    }
    const each = function* () { for (const topic of topics.values()) for (const role of topic.roles) yield [topic, role] }
    const mark = (role, wire) => {
      Object.assign(role, { wire, ref, at: link.now() })
      link.arm(role.at + ANSWER)
    }
    for (const [topic, role] of each()) {
      if (!role.holders.size || !['off', 'ending'].includes(role.wire)) continue
      if (!spend()) break
      const next = element(topic, role)
      const length = bytes(JSON.stringify(next))
      if (batch.length === BATCH || size + length > BATCH_BYTES) flush()
      if (!batch.length) ref++
      batch.push(next)
      size += length
      mark(role, 'asking')
    }
    flush()
    for (const [topic, role] of each()) {
      if (role.holders.size || !['asking', 'on'].includes(role.wire)) continue
      if (!spend()) break
      ref++
      mark(role, 'ending')
      link.send({ type: 'unsubscribe', topic: role.topic, ref })
    }
    for (const topic of topics.values()) {
      if (topic.ask && topic.isOn() && spend()) {
        topic.ask = false
        link.send({ type: 'presence-snapshot', topic: topic.name })
      }
      if (topic.dirty && topic.join.wire === 'on' && link.due(topic.sent + MERGE) && spend()) {
        topic.sent = link.now()
        topic.stateRef = ++ref
        link.send({ type: 'presence-state', topic: topic.name, ...published(topic), ref })
      }
    }
  }

  /** Shows a topic's rooms what became of it. */
  const show = (topic, edges, before = topic.roster.list) => {
    const { list } = topic.roster
    const first = !topic.synced && topic.roster.v !== undefined
    for (const room of [...topic.rooms]) {
      for (const edge of edges) room.on.emit(...edge)
      if (list !== before) room.on.emit('list', list)
      if (list !== before || (first && !room.synced)) room.on.emit('sync', list)
    }
  }

  const settle = topic => {
    for (const room of [...topic.rooms]) {
      const joined = topic.join.holders.has(room) && topic.join.wire === 'on'
      const observing = topic.observe.holders.has(room) && topic.observe.wire === 'on'
      become(room, !topic.synced || !(joined || observing) ? 'joining' : joined ? 'joined' : 'observing')
      if (room.status === 'joining') continue
      room.synced = true
      room.resolve(topic.roster.list)
    }
  }

  const become = (room, status) => {
    if (room.status === status) return
    room.status = status
    room.on.emit('status', status)
  }

  const end = (topic, room, status, error = null) => {
    if (!topic.rooms.delete(room)) return
    for (const role of topic.roles) role.holders.delete(room)
    if (!topic.join.holders.size) release(topic)
    room.error = error
    room.reject(error ?? new PresenceError('left', `Left ${topic.name}`, topic.name))
    become(room, status)
    if (topic.roster.list.length) {
      room.on.emit('list', NOBODY)
      room.on.emit('sync', NOBODY)
    }
    room.on.clear()
    kick()
  }

  /** No longer a member: nothing is published any more. */
  const release = topic => {
    topic.own = topic.before = null
    topic.dirty = true
  }

  /** A role ended, but not at the wish of its holders: those with the other role live on in it. */
  const endRole = (topic, role, status, reason, message) => {
    const error = new PresenceError(reason, message, topic.name)
    role.wire = 'off'
    if (!role.holders.size) return kick()
    report(error)
    for (const room of [...role.holders]) {
      if (topic.roles.every(({ holders }) => holders.has(room))) role.holders.delete(room)
      else end(topic, room, status, error)
    }
    if (!topic.join.holders.size) release(topic)
    settle(topic)
  }

  const exact = topic => {
    topic.asked = 0
    topic.ask = false
    topic.seen = link.now()
  }

  const ask = topic => {
    if (topic.asked) return
    topic.asked = link.now()
    topic.askAgain = topic.asked + ANSWER
    topic.ask = true
    link.arm(topic.askAgain)
    kick()
  }

  const take = (topic, frame) => {
    if (!topic.isOn()) return
    const before = topic.roster.list
    const edges = topic.roster.take(frame)
    if (edges === OLD) return
    if (edges === GAP) {
      topic.roster.doubt()
      return ask(topic)
    }
    exact(topic)
    show(topic, edges, before)
    topic.synced = true
    settle(topic)
  }

  const ageOf = topic => {
    const ages = [...topic.rooms].map(({ maxAge }) => maxAge).filter(age => age !== undefined)
    const age = ages.length ? (ages.includes(0) ? 0 : Math.max(...ages)) : options.maxAge ?? welcome.maxAge
    return welcome.heartbeat ? age : 0
  }

  const checkAge = age => {
    const { heartbeat } = welcome
    if (!age || heartbeat === undefined || warned.has(age) || (heartbeat && age >= 2 * heartbeat)) return
    warned.add(age)
    console.warn(heartbeat
      ? `maxAge ${age} ms is below twice the heartbeat (${heartbeat} ms): members who are present may vanish for a while; use at least ${2 * heartbeat}, or 0`
      : `maxAge ${age} ms has no effect: the server sends no heartbeat (presence.heartbeat is 0)`)
  }

  /** Topics that a frame concerns, with the role it names. */
  const concerned = frame => {
    const observed = frame.topic?.startsWith(OBSERVED)
    const topic = topics.get(observed ? frame.topic.slice(OBSERVED.length) : frame.topic)
    return topic && { topic, role: observed ? topic.observe : topic.join }
  }

  const limited = frame => {
    holdUntil = link.now() + (frame.retryAfter ?? 1_000)
    pace = Math.max(pace / 2, 0.01)
    const one = concerned(frame)
    for (const topic of one ? [one.topic] : topics.values()) {
      for (const role of topic.roles) {
        if (frame.ref != null && frame.ref !== role.ref) continue
        if (role.wire === 'asking') role.wire = 'off'
        if (role.wire === 'ending') role.wire = 'on'
      }
      if (topic.asked) topic.ask = true
      if (link.now() - topic.sent < 2_000) topic.dirty = true
    }
    kick()
  }

  const failed = frame => {
    const { code, message } = frame
    if (code === 'rate-limited') return limited(frame)
    const found = concerned(frame)
    const roles = found ? found.topic.roles : []
    const asking = roles.find(({ wire, ref }) => wire === 'asking' && ref === frame.ref)
    if (asking) return endRole(found.topic, asking, 'denied', code, message)
    if (found && ['not-joined', 'not-observing'].includes(code)) {
      for (const role of roles) if (role.wire === 'on') role.wire = 'off'
      found.topic.dirty = !!live(found.topic)
      return kick()
    }
    if (found && (frame.ref == null || frame.ref === found.topic.stateRef)) {
      found.topic.own = found.topic.before
    }
    report(new PresenceError(code, message, frame.topic))
  }

  const control = frame => {
    switch (frame.type) {
      case 'welcome':
        welcome = frame
        link.pingInterval = frame.pingInterval ?? link.pingInterval
        checkAge(options.maxAge)
        for (const topic of topics.values()) for (const { maxAge } of topic.rooms) checkAge(maxAge)
        return
      case 'goodbye':
        return link.goodbye(frame.retryAfter)
      case 'error':
        return failed(frame)
    }
    const { topic, role } = concerned(frame) ?? {}
    if (!topic) return
    const answers = frame.ref == null || frame.ref === role.ref
    switch (frame.type) {
      case 'subscribed': {
        if (!answers || role.wire !== 'asking') return
        role.wire = 'on'
        if (role === topic.join && frame.key !== undefined) renew(topic, frame.key)
        // whoever changed from one role to the other gives up the first now that it has the second
        const other = topic.roles.find(one => one !== role)
        for (const room of role.holders) if (!room.both) other.holders.delete(room)
        if (!topic.synced) topic.askAgain = link.now() + ANSWER
        settle(topic)
        return kick()
      }
      case 'subscribe-denied':
        if (!answers || role.wire !== 'asking') return
        if (frame.reason !== 'unavailable') return endRole(topic, role, 'denied', frame.reason, `${topic.name}: ${frame.reason}`)
        role.wire = 'off'
        holdUntil = link.now() + ANSWER / 2
        return kick()
      case 'unsubscribed':
        if (frame.ref == null && role.wire === 'on') return endRole(topic, role, 'left', frame.reason, `${topic.name}: ${frame.reason}`)
        if (!answers || role.wire !== 'ending') return
        role.wire = 'off'
        return kick()
      case 'current':
        return take(topic, frame)
    }
  }

  const renew = (topic, key) => {
    const before = topic.roster.list
    show(topic, topic.roster.become(key), before)
  }

  const owner = {
    status: status => {
      if (status === 'open') {
        budget = 100 * pace
        budgetAt = link.now()
        holdUntil = 0
        kick()
      }
      listeners.emit('status', status)
    },

    error: report,

    frame: frame => {
      if (frame.type) return control(frame)
      if (!['state', 'diff', 'heartbeat'].includes(frame.event) || (frame.event !== 'heartbeat' && !frame.data)) return
      const { topic } = concerned(frame) ?? {}
      if (topic) take(topic, frame)
    },

    lost: code => {
      for (const topic of topics.values()) {
        for (const role of topic.roles) role.wire = 'off'
        topic.synced = false
        topic.asked = 0
        topic.ask = false
        settle(topic)
      }
      if (code) finish(code, new PresenceError('closed', `The server closed the connection for good (code ${code})`, undefined, code))
      else kick()
    },

    tick: () => {
      if (link.status !== 'open') return
      const now = link.now()
      for (const topic of topics.values()) {
        for (const role of topic.roles) {
          if (role.wire === 'asking' && link.due(role.at + ANSWER)) role.wire = 'off'
          if (role.wire === 'ending' && link.due(role.at + ANSWER)) role.wire = 'on'
        }
        if (!topic.isOn() || topic.quiet && topic.observe.wire !== 'on') continue
        const age = ageOf(topic)
        if (!topic.asked) {
          if (topic.synced ? age && link.due(topic.seen + age * 2 / 3) : link.due(topic.askAgain)) {
            ask(topic)
            // the answer shows that the link lives: only then does silence about a topic mean anything
            link.ping()
          }
          continue
        }
        if (link.due(topic.askAgain)) {
          topic.ask = true
          topic.askAgain = now + ANSWER
          link.arm(topic.askAgain)
        }
        if (topic.synced && age && link.due(Math.max(topic.seen + age, topic.asked + age / 3)) && link.heard > topic.asked) {
          const before = topic.roster.list
          show(topic, topic.roster.sweep(), before)
        }
      }
      kick()
    },
  }

  const finish = (code, error) => {
    for (const topic of topics.values()) for (const room of [...topic.rooms]) end(topic, room, 'left', error)
    topics.clear()
    link.close(code)
    if (error) report(error)
    listeners.clear()
  }

  const check = (topic, state, expireAfter) => {
    if (expireAfter !== undefined && !(expireAfter >= 1 && expireAfter <= DAY)) {
      throw new RangeError(`expireAfter is ${expireAfter}; it must be 1 to ${DAY} ms`)
    }
    const json = JSON.stringify(state)
    const size = bytes(json)
    const limit = welcome.maxStateBytes ?? options.maxStateBytes
    if (size > limit) throw new PresenceError('state-too-large', `The state has ${size} bytes, and ${limit} are allowed: publish less, or raise presence.limits.max-state-bytes`, topic)
    return { state: JSON.parse(json), until: expireAfter ? link.now() + expireAfter : Infinity }
  }

  const enter = (name, joins, { state, expireAfter, observe = true, maxAge } = {}) => {
    if (link.status === 'closed') throw new PresenceError('closed', 'This connection is closed: connect() again', name)
    if (typeof name !== 'string' || !name) throw new TypeError(`A topic is a text, not ${name}`)
    const own = state === undefined ? null : check(name, state, expireAfter)
    const topic = topics.get(name) ?? new Topic(name)
    topics.set(name, topic)
    checkAge(maxAge)
    const on = new Listeners()
    const room = { on, status: 'joining', error: null, synced: false, both: false, maxAge }
    const ready = new Promise((resolve, reject) => Object.assign(room, { resolve, reject }))
    ready.catch(() => {})
    topic.rooms.add(room)

    const inside = () => topic.rooms.has(room)
    const members = () => inside() ? topic.roster.list : NOBODY
    const publish = own => {
      topic.before = topic.own
      topic.own = own
      topic.dirty = true
    }
    const join = () => {
      if (!topic.join.holders.size) topic.quiet = !observe
      else if (topic.quiet && observe) {
        room.both = true
        topic.observe.holders.add(room)
      }
      topic.join.holders.add(room)
    }
    if (joins) join()
    else topic.observe.holders.add(room)
    if (own) publish(own)
    if (topic.synced) queueMicrotask(() => settle(topic))
    kick()

    return {
      topic: name,
      ready,
      get members() { return members() },
      get count() { return members().length },
      get states() { return new Map(inside() ? topic.roster.states : []) },
      get state() { return inside() ? live(topic)?.state ?? null : null },
      get status() { return room.status },
      get error() { return room.error },
      getSnapshot: members,
      subscribe: call => {
        const stop = on.on('list')(call)
        call(members())
        return stop
      },
      onSync: on.on('sync'),
      onJoin: on.on('join'),
      onUpdate: on.on('update'),
      onLeave: on.on('leave'),
      onState: on.on('state'),
      onStatus: on.on('status'),
      track: (state, { expireAfter } = {}) => {
        const own = state === undefined ? null : check(name, state, expireAfter)
        if (!inside()) return
        if (!topic.join.holders.has(room)) join()
        if (own) publish(own)
        kick()
      },
      untrack: () => {
        if (!topic.join.holders.has(room)) return
        room.both = false
        topic.observe.holders.add(room)
        topic.join.holders.delete(room)
        if (!topic.join.holders.size) {
          release(topic)
          renew(topic)
        }
        kick()
      },
      leave: () => end(topic, room, 'left'),
    }
  }

  const link = new Link(typeof url === 'function' ? url : address(url), options, owner)

  return {
    get status() { return link.status },
    get connectionId() { return welcome.connectionId },
    getSnapshot: () => link.status,
    subscribe: call => {
      const stop = listeners.on('status')(call)
      call(link.status)
      return stop
    },
    onError: listeners.on('error'),
    join: (topic, options) => enter(topic, true, options),
    observe: (topic, options) => enter(topic, false, options),
    close: () => { if (link.status !== 'closed') finish() },
  }
}
