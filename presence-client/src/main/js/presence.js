// Who is online, in every topic, over one WebSocket. Reference and types: presence.d.ts

const OBSERVED = '__presence:'
const PACE = 90 // frames or topics a second, so that no second that the server counts has more than twice this
const LENGTH = 16_000 // characters in a frame
const MERGE = 50 // ms: states of a topic that follow each other faster go out together
const ANSWER = 10_000 // ms to wait for an answer
const LATE = 5_000 // ms: a timer this late has slept
const DAY = 86_400_000
const FINAL = /^(100[389]|4403)$/
const WAKE_UPS = ['online', 'offline', 'focus', 'pageshow', 'pagehide', 'visibilitychange']
const NOBODY = Object.freeze([])
const NOTHING = { state: null, until: Infinity }

export class PresenceError extends Error {
  name = 'PresenceError'

  constructor(reason, message = reason, topic) {
    super(message)
    this.reason = reason
    this.topic = topic
  }
}

/** @noinline */
const now = () => performance.now()
const mapOf = object => new Map(Object.entries(object ?? {}))

/** Equal as JSON. */
const same = (a, b) => a === b || (Object(a) === a && Object(b) === b && Array.isArray(a) === Array.isArray(b)
  && Object.keys({ ...a, ...b }).every(key => Object.hasOwn(a, key) && Object.hasOwn(b, key) && same(a[key], b[key])))

const address = url => {
  const base = import.meta.url
  const found = (url ? new URL(url, globalThis.location ?? base).href : new URL('.', base).href.slice(0, -1)).replace(/^http/, 'ws')
  if (!found.startsWith('ws')) throw new TypeError(`${found} is no WebSocket address: connect('wss://host/')`)
  return found
}

/** Listeners by kind of event. One that throws harms nobody. */
const emitter = () => {
  const listeners = new Set()
  return {
    on: kind => call => {
      const listener = { kind, call }
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    /** Whether anybody listened. */
    emit: (kind, ...values) => {
      let heard
      for (const listener of [...listeners]) {
        if (listener.kind !== kind || !listeners.has(listener)) continue
        heard = true
        try {
          listener.call(...values)
        } catch (error) {
          console.error(error)
        }
      }
      return heard
    },
    clear: () => listeners.clear(),
  }
}

/** Changes the status of a room or the link. */
const become = (one, status) => {
  if (one.status === status) return
  one.status = status
  one.emit('status', status)
}

const store = (listen, getSnapshot) => ({
  getSnapshot,
  subscribe: call => {
    const stop = listen(call)
    call(getSnapshot())
    return stop
  },
})

/** The members of a topic, and the version rule: what a frame may change, and the edges that makes. */
const createRoster = () => {
  const members = new Map()
  const states = new Map()
  let own

  /** Brings members, states and the list in line. What did not change keeps its identity. */
  const settle = (joins, edges) => {
    const newest = new Map()
    for (const [, { key, state }] of [...states].sort(([a, x], [b, y]) => x.n - y.n || (a > b || -1))) newest.set(key, state)
    let changed = edges.length
    for (const [key, member] of members) {
      const next = joins.get(key)
      const data = next === undefined || same(member.data, next) ? member.data : next
      const state = newest.get(key) ?? null
      const self = key === own
      if (data === member.data && state === member.state && self === member.self) continue
      changed = members.set(key, { key, data, state, self })
      if (member.data !== data) edges.push(['key' in member ? 'update' : 'join', members.get(key)])
    }
    if (changed) roster.list = Object.freeze([...members.values()])
  }

  const apply = (data, changes, reasons, leaves) => {
    const joins = mapOf(data)
    const gone = new Set(leaves ?? [...members.keys()].filter(key => !joins.has(key)))
    const edges = []
    const published = []
    for (const key of gone) {
      const member = members.get(key)
      if (members.delete(key)) edges.push(['leave', member, reasons.get(key) ?? 'unknown'])
    }
    for (const [id, { key }] of states) if (!changes.has(id) && (!leaves || gone.has(key))) changes.set(id, null)
    for (const [id, change] of changes) {
      const old = states.get(id)
      const key = change?.key
      let state = gone.has(key) ? null : change?.state ?? null
      if (state === null) states.delete(id)
      else {
        if (same(old?.state, state)) state = old.state
        states.set(id, { ...change, state })
      }
      if (state !== (old?.state ?? null)) published.push(['state', id, key ?? old.key, state])
    }
    for (const key of joins.keys()) if (!members.has(key)) members.set(key, {})
    settle(joins, edges)
    return [...edges, ...published]
  }

  const roster = {
    states,
    list: NOBODY,

    /** The edges that a frame brings; null: it is old; undefined: there is a gap. */
    take: ({ event, epoch, v, from = v, data, states, reasons }) => {
      const known = roster.epoch && epoch === roster.epoch
      const whole = event === 'state'
      const diff = event === 'diff'
      if (known && (whole ? v < roster.v : diff && v <= roster.v)) return null
      if (!whole && (!known || from !== roster.v)) return
      Object.assign(roster, { epoch, v })
      if (!whole && !diff) return []
      return apply(whole ? data : data.joins, mapOf(states), mapOf(reasons), diff ? Object.keys(data.leaves ?? {}) : undefined)
    },

    /** Keeps oneself only. */
    sweep: () => {
      roster.epoch = undefined
      return apply({}, new Map(), new Map(), roster.list.filter(({ self }) => !self).map(({ key }) => key))
    },

    /** Says which member is oneself. */
    become: key => {
      own = key
      settle(new Map(), [])
    },
  }
  return roster
}

/** The socket: opened, opened again, found dead. One timer for all that falls due. */
const createLink = (url, WebSocket, on) => {
  let attempt // the current one; what an earlier one still reports is ignored
  let socket
  let timer
  let timerAt = Infinity
  let openedAt
  let failures = 0
  let pings = 0 // unanswered
  let pingedAt
  let retryAt = 0
  let kicked

  /** Whether this is due by now. If not, tick runs when it is. */
  const due = at => {
    if (at <= now()) return true
    if (at < timerAt && link.status !== 'closed') {
      clearTimeout(timer)
      timerAt = at
      timer = setTimeout(tick, Math.min(at - now(), DAY))
    }
  }

  const send = frame => socket.send(JSON.stringify(frame))

  const ping = () => {
    pings++
    pingedAt = now()
    send({ type: 'ping' })
  }

  const open = async () => {
    link.retryAfter = undefined
    const mine = attempt = { until: now() + ANSWER }
    const current = run => event => { if (mine === attempt) run(event) }
    const heard = () => {
      link.heard = now()
      pings = 0
    }
    due(attempt.until)
    try {
      const to = address(typeof url === 'function' ? await url() : url)
      if (mine !== attempt) return
      socket = new WebSocket(to)
      socket.onerror = () => {}
      socket.onclose = current(({ code }) => drop(code))
      socket.onopen = current(() => {
        heard()
        openedAt = link.heard
        become(link, 'open')
        link.kick()
      })
      socket.onmessage = current(({ data }) => {
        heard()
        let frame
        try { frame = JSON.parse(data) } catch {}
        if (frame) on.frame(frame)
      })
    } catch (error) {
      if (mine !== attempt) return
      on.error(new PresenceError('connect', error.message))
      drop()
    }
  }

  const drop = code => {
    attempt = null
    socket?.close()
    if (FINAL.test(code)) return on.final(code)
    if (link.status === 'open' && now() - openedAt > ANSWER) failures = 0
    retryAt = now() + (link.retryAfter ?? 100 + Math.random() * Math.min(30_000, 1_000 * 2 ** failures++))
    become(link, 'reconnecting')
    on.lost()
    link.kick()
  }

  const wake = ({ type, persisted }) => {
    if (type === 'pagehide') {
      if (!persisted) return
      // kept for the back button, with its socket: nobody would see this user leave
      drop()
      retryAt = Infinity
    } else if (link.status === 'open') {
      if (!pings && now() - link.heard > 1_000) ping()
    } else if (retryAt === Infinity ? type === 'pageshow' : link.retryAfter === undefined) {
      retryAt = 0
    }
    tick()
  }

  const listen = verb => {
    for (const type of WAKE_UPS) globalThis[`${verb}EventListener`]?.(type, wake)
  }

  const tick = () => {
    const late = now() - timerAt > LATE
    kicked = false
    clearTimeout(timer)
    timerAt = Infinity
    if (link.status === 'closed') return
    if (link.status === 'open') {
      if (!pings) {
        if (due(link.heard + link.pingInterval)) ping()
      } else if (due(pingedAt + ANSWER)) {
        // after a sleep the answer may still wait to be read: then only a second silence counts
        if (!late || pings > 1) return drop()
        ping()
      }
      if (pings) due(pingedAt + ANSWER)
      on.tick()
    } else if (attempt) {
      if (due(attempt.until)) drop()
    } else if ((link.status === 'connecting' || on.wanted()) && due(retryAt)) {
      open()
    }
  }

  const link = {
    heard: 0, // when the last frame came
    pingInterval: 25_000,
    status: 'connecting',
    emit: on.emit,
    due,
    send,
    ping,
    /** Has tick run soon. */
    kick: () => {
      if (!kicked) queueMicrotask(tick)
      kicked = true
    },
    close: () => {
      attempt = null
      clearTimeout(timer)
      listen('remove')
      socket?.close(1000)
      become(link, 'closed')
    },
  }
  listen('add')
  link.kick()
  return link
}

export function connect(url, { WebSocket = globalThis.WebSocket, maxAge: age, maxStateBytes = 1024 } = {}) {
  if (typeof url !== 'function') address(url)
  if (!WebSocket) throw new TypeError('No WebSocket: connect(url, { WebSocket })')

  const topics = new Map()
  const { on, emit } = emitter()
  const warned = new Set()
  let welcome = {}
  let ref = 0
  let holdUntil = 0
  let pace = PACE
  let spent = 0
  let secondEnds = 0

  const report = error => emit('error', error) || console.warn(error)

  const wanted = role => [...role.topic.rooms].some(room => room.role === role)

  /** What is published still. */
  const stateOf = ({ own: { state, until } }) => {
    const left = until - now()
    return left > 0 ? { state, ...left < Infinity && { expireAfter: Math.ceil(left) } } : { state: null }
  }

  const spend = () => {
    if (link.due(secondEnds)) {
      secondEnds = now() + 1_000
      spent = 0
    }
    return spent < pace && ++spent
  }

  const isOn = ({ told, pending }) => told && !pending

  /** The server knows nothing of this topic any more. */
  const forget = ({ roles }) => {
    for (const role of roles) role.told = role.pending = false
  }

  /** Asks the server for whatever it does not know yet. */
  const pump = () => {
    if (!link.due(holdUntil)) return
    const roles = [...topics.values()].flatMap(topic => topic.roles)
    let batch = []
    let length = 0
    const say = (role, told) => {
      Object.assign(role, { told, pending: true, ref, until: now() + ANSWER })
      link.due(role.until)
    }
    const flush = () => {
      if (batch[0]) link.send({ ...batch[1] ? { type: 'subscribe-batch', topics: batch } : { type: 'subscribe', ...batch[0] }, ref })
      batch = []
      length = 0
    }
    for (const role of roles) {
      const { topic } = role
      const joins = role === topic.roles[0]
      if (role.told || !wanted(role) || !spend()) continue
      const { epoch, v } = topic.roster
      const own = stateOf(topic)
      const element = {
        topic: role.name,
        heartbeat: 'light',
        ...epoch && { epoch, v },
        ...joins && own.state !== null && own,
        ...joins && topic.quiet && { observe: false },
      }
      const size = JSON.stringify(element).length
      if (length + size > LENGTH) flush()
      if (joins) topic.dirty = false
      if (!batch[0]) ref++
      batch.push(element)
      length += size
      say(role, true)
    }
    flush()
    for (const role of roles) {
      if (!role.told || wanted(role) || !spend()) continue
      ref++
      say(role, false)
      link.send({ type: 'unsubscribe', topic: role.name, ref })
    }
    for (const topic of topics.values()) {
      if (topic.ask && spend()) {
        topic.ask = false
        link.send({ type: 'presence-snapshot', topic: topic.name })
      }
      if (topic.dirty && isOn(topic.roles[0]) && link.due(topic.sent + MERGE) && spend()) {
        topic.dirty = false
        topic.sent = now()
        link.send({ type: 'presence-state', topic: topic.name, ...stateOf(topic), ref: ++ref })
      }
    }
  }

  const tell = (topic, edges) => {
    for (const room of [...topic.rooms]) if (room.told) for (const edge of edges) room.emit(...edge)
    settle(topic)
  }

  const settle = topic => {
    const { list } = topic.roster
    for (const room of topic.rooms) {
      const on = topic.synced && isOn(room.role)
      if (room.list !== list || (on && !room.told)) {
        room.list = list
        room.told = true
        room.emit('sync', list)
        if (!topic.rooms.has(room)) continue
      }
      become(room, !on ? 'joining' : room.role === topic.roles[0] ? 'joined' : 'observing')
      if (on) room.resolve(list)
    }
  }

  const end = (topic, room, status, error = null) => {
    if (!topic.rooms.delete(room)) return
    room.error = error
    room.reject(error ?? new PresenceError('left', undefined, topic.name))
    become(room, status)
    if (topic.roster.list[0]) room.emit('sync', NOBODY)
    room.clear()
    released(topic)
  }

  /** Once nobody here is a member, nothing is published. */
  const released = topic => {
    if (!wanted(topic.roles[0])) {
      topic.own = NOTHING
      topic.dirty = true
      topic.roster.become()
    }
    settle(topic)
    link.kick()
  }

  /** The server ended a role, or refuses the topic altogether. */
  const refuse = (topic, role, status, reason, message = reason) => {
    const error = new PresenceError(reason, `${topic.name}: ${message}`, topic.name)
    report(error)
    if (role) role.told = role.pending = false
    for (const room of topic.rooms) if (!role || room.role === role) end(topic, room, status, error)
    link.kick()
  }

  const ask = topic => {
    topic.asks++
    topic.asked = now()
    topic.ask = true
    link.kick()
  }

  const take = (topic, frame) => {
    if (!topic?.roles.some(isOn)) return
    const edges = topic.roster.take(frame)
    if (edges) {
      Object.assign(topic, { asks: 0, ask: false, seen: now(), synced: true })
      tell(topic, edges)
    } else if (edges !== null) {
      topic.roster.epoch = undefined
      if (!topic.asks) ask(topic)
    }
  }

  const ageOf = topic => {
    const { heartbeat } = welcome
    const ages = [...topic.rooms].map(room => room.maxAge ?? age ?? welcome.maxAge)
    for (const age of ages) {
      if (!age || (heartbeat && age >= 2 * heartbeat) || warned.has(age)) continue
      warned.add(age)
      console.warn(`maxAge ${age} needs a heartbeat of at most ${age / 2} ms, not ${heartbeat}`)
    }
    return heartbeat && !topic.quiet && ages.every(age => age) ? Math.max(0, ...ages) : 0
  }

  /** The role that a frame is about. */
  const find = name => {
    const observed = `${name}`.startsWith(OBSERVED)
    return topics.get(observed ? name.slice(OBSERVED.length) : name)?.roles[+observed]
  }

  const failed = ({ code, message, ref, retryAfter = 1_000, topic: name }, role, answered) => {
    const topic = role?.topic
    if (code === 'rate-limited') {
      if (holdUntil <= now()) pace /= 2
      holdUntil = now() + retryAfter
      for (const one of topic ? [topic] : topics.values()) {
        for (const role of one.roles) role.until = holdUntil
        one.ask = one.asks > 0
        if (now() - one.sent < 2_000) one.dirty = true
      }
    } else if (answered && role.told) {
      refuse(topic, role, 'denied', code, message)
    } else if (topic && code === 'unauthorized' && ref == null) {
      // a snapshot: only these are asked for without a ref
      refuse(topic, null, 'denied', code, message)
    } else if (topic && (code === 'not-joined' || code === 'not-observing')) {
      forget(topic)
    } else {
      if (topic) topic.own = NOTHING
      report(new PresenceError(code, message, name))
    }
    link.kick()
  }

  const control = frame => {
    const { type, reason, topic: name, ref } = frame
    const role = find(name)
    const { topic, told, pending } = role ?? {}
    const answered = pending && ref === role.ref
    if (type === 'welcome') {
      welcome = frame
      link.pingInterval = frame.pingInterval || Infinity
    } else if (type === 'goodbye') {
      link.retryAfter = frame.retryAfter
    } else if (type === 'error') {
      failed(frame, role, answered)
    } else if (type === 'current') {
      take(topic, frame)
    } else if (type === 'subscribed' && answered && told) {
      role.pending = false
      topic.asked = now()
      if (!topic.synced) topic.asks = 1
      if (role === topic.roles[0]) topic.roster.become(frame.key)
      settle(topic)
    } else if (type === 'subscribe-denied' && answered && told) {
      if (reason !== 'unavailable') return refuse(topic, role, 'denied', reason)
      role.until = now() + ANSWER / 2
    } else if (type === 'unsubscribed') {
      if (told && !pending && ref == null) return refuse(topic, role, 'left', reason)
      if (answered && !told) role.pending = false
    }
    link.kick()
  }

  const finish = error => {
    for (const topic of topics.values()) for (const room of topic.rooms) end(topic, room, 'left', error)
    link.close()
    if (error) report(error)
  }

  const link = createLink(url, WebSocket, {
    error: report,
    emit,
    wanted: () => topics.size,

    frame: frame => {
      const { type, event, topic } = frame
      if (type) control(frame)
      else if (event === 'heartbeat' || (frame.data && (event === 'state' || event === 'diff'))) take(find(topic)?.topic, frame)
    },

    lost: () => {
      for (const topic of topics.values()) {
        forget(topic)
        Object.assign(topic, { asks: 0, ask: false, synced: false })
        settle(topic)
      }
    },

    final: code => finish(new PresenceError(code === 4403 ? 'kicked' : 'closed', `Closed by the server, code ${code}`)),

    tick: () => {
      for (const topic of topics.values()) {
        const { seen, synced } = topic
        for (const role of topic.roles) {
          // a request that got no answer is made again
          if (!role.pending || !link.due(role.until)) continue
          role.told = !role.told
          role.pending = false
        }
        if (!topic.rooms.size && topic.roles.every(({ told, pending }) => !told && !pending)) topics.delete(topic.name)
        const age = synced && ageOf(topic)
        const doubt = seen + age * 2 / 3
        if (topic.asks) {
          if (link.due(topic.asked + Math.min(ANSWER, age / 3 || ANSWER))) ask(topic)
          if (topic.asks > 1 && age && link.due(seen + age) && link.heard >= doubt) tell(topic, topic.roster.sweep())
        } else if (age && link.due(doubt)) {
          ask(topic)
          // its answer shows that the link lives: only then does silence about a topic mean anything
          link.ping()
        }
      }
      pump()
    },
  })

  /**
   * Besides what it begins with, a topic has: `synced`, whether its roster is right since the connection opened; `seen`, when it was last known to be exact; `asked`, when a state was
   * last asked for, and `ask`, whether to ask now; `dirty`, whether the server does not know `own` yet. A role has: `told`, what the server was told last, that it is wanted or not;
   * `pending` until that is answered, `ref`, and `until`, when to doubt that it will be.
   */
  const createTopic = (name, quiet) => {
    const topic = {
      name,
      rooms: new Set(),
      roster: createRoster(),
      quiet, // joined without observing
      asks: 0, // how often a state was asked for since
      own: NOTHING, // what this connection publishes
      sent: -MERGE,
    }
    topic.roles = [name, OBSERVED + name].map(name => ({ name, topic })) // having joined, having asked
    topics.set(name, topic)
    return topic
  }

  const enter = (name, joins, { state, expireAfter, maxAge, observe: follows } = {}) => {
    if (link.status === 'closed') throw new PresenceError('closed', 'Closed: connect() again', name)
    if (!name || typeof name !== 'string' || name.startsWith(OBSERVED)) throw new TypeError(`${name} is no topic`)

    const check = (state, expireAfter) => {
      if (state === undefined) return
      if (expireAfter !== undefined && !(expireAfter >= 1 && expireAfter <= DAY)) throw new RangeError(`expireAfter ${expireAfter} is not in 1..${DAY} ms`)
      const json = JSON.stringify(state)
      if (!json) throw new TypeError(`A state is JSON, not ${state}`)
      const size = new TextEncoder().encode(json).length
      const limit = welcome.maxStateBytes ?? maxStateBytes
      if (size > limit) throw new PresenceError('state-too-large', `${size} bytes of state, ${limit} are allowed`, name)
      return { state: JSON.parse(json), until: expireAfter ? now() + expireAfter : Infinity }
    }

    const publish = own => {
      if (own) Object.assign(topic, { own, dirty: true })
      queueMicrotask(() => settle(topic))
      link.kick()
    }

    const own = check(state, expireAfter)
    const topic = topics.get(name) ?? createTopic(name, follows === false)
    const [join, observe] = topic.roles
    const room = { ...emitter(), maxAge, status: 'joining', error: null, list: topic.roster.list, role: joins ? join : observe }
    const ready = new Promise((resolve, reject) => Object.assign(room, { resolve, reject }))
    ready.catch(() => {})
    if (topic.quiet && follows !== false) {
      Object.assign(topic, { quiet: false, synced: false })
      if (wanted(join)) join.told = false
    }
    topic.rooms.add(room)
    publish(own)

    const inside = () => topic.rooms.has(room)
    const members = () => inside() ? topic.roster.list : NOBODY
    return {
      topic: name,
      ready,
      get members() { return members() },
      get count() { return members().length },
      get states() { return new Map(inside() ? topic.roster.states : []) },
      get state() { return inside() ? stateOf(topic).state : null },
      get tracked() { return inside() && room.role === join },
      get status() { return room.status },
      get error() { return room.error },
      ...store(room.on('sync'), members),
      onSync: room.on('sync'),
      onJoin: room.on('join'),
      onUpdate: room.on('update'),
      onLeave: room.on('leave'),
      onState: room.on('state'),
      onStatus: room.on('status'),
      track: (state, { expireAfter } = {}) => {
        const own = check(state, expireAfter)
        if (!inside()) return
        room.role = join
        publish(own)
      },
      untrack: () => {
        room.role = observe
        released(topic)
      },
      leave: () => end(topic, room, 'left'),
    }
  }

  return {
    get status() { return link.status },
    get connectionId() { return welcome.connectionId },
    ...store(on('status'), () => link.status),
    onError: on('error'),
    join: (topic, options) => enter(topic, true, options),
    observe: (topic, options) => enter(topic, false, options),
    close: () => { if (link.status !== 'closed') finish() },
  }
}
