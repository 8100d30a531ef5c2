// Who is online, in every topic, over one WebSocket. Reference and types: presence.d.ts

const OBSERVED = '__presence:'
const PACE = 90 // frames or topics a second, so that no second that the server counts has more than twice this
const LENGTH = 16_000 // characters in a frame
const MERGE = 50 // ms: states of a topic that follow each other faster go out together
const ANSWER = 10_000 // ms to wait for an answer
const LATE = 5_000 // ms: a timer this late has slept
const DAY = 86_400_000
const FINAL = [1003, 1008, 1009, 4403]
const WAKE_UPS = ['online', 'offline', 'focus', 'pageshow', 'visibilitychange']
const NOBODY = Object.freeze([])

export class PresenceError extends Error {
  name = 'PresenceError'

  constructor(reason, message, topic) {
    super(message ?? reason)
    this.reason = reason
    this.topic = topic
  }
}

const now = () => performance.now()
const mapOf = object => new Map(Object.entries(object ?? {}))

/** Equal as JSON. */
const same = (a, b) => {
  if (!a || !b || typeof a !== 'object' || typeof b !== 'object') return a === b
  const keys = Object.keys(a)
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length
    && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]))
}

const address = url => {
  const base = import.meta.url
  const found = (url ? new URL(url, globalThis.location ?? base).href : new URL('.', base).href.slice(0, -1)).replace(/^http/, 'ws')
  if (!found.startsWith('ws')) throw new TypeError(`${found} is no WebSocket address: use connect('wss://…/presence')`)
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
    emit: (kind, ...values) => {
      const called = [...listeners].filter(listener => listener.kind === kind)
      for (const listener of called) {
        try {
          if (listeners.has(listener)) listener.call(...values)
        } catch (error) {
          console.error(error)
        }
      }
      return called.length
    },
    clear: () => listeners.clear(),
  }
}

/** The members of a topic, and the version rule: what a frame may change, and the edges that makes. */
const createRoster = () => {
  const members = new Map()
  const states = new Map()
  let own
  let started

  /** Brings members, states and the list in line. What did not change keeps its identity. */
  const settle = (joins, edges) => {
    const newest = new Map()
    for (const [id, { key, state, n }] of states) {
      const best = newest.get(key)
      if (!best || n > best.n || (n === best.n && id > best.id)) newest.set(key, { id, state, n })
    }
    let changed = edges.length
    for (const [key, member] of members) {
      const next = joins.get(key)
      const data = next === undefined || same(member.data, next) ? member.data : next
      const state = newest.get(key)?.state ?? null
      const self = key === own
      if (data === member.data && state === member.state && self === member.self) continue
      changed = members.set(key, { key, data, state, self })
      if (member.data !== data) edges.push(['key' in member ? 'update' : 'join', members.get(key)])
    }
    if (changed) roster.list = Object.freeze([...members.values()])
  }

  const apply = (data, changes, reasons, leaves) => {
    const joins = mapOf(data)
    const gone = new Set(leaves ? Object.keys(leaves) : [...members.keys()].filter(key => !joins.has(key)))
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
    if (started) return [...edges, ...published]
    started = true
    return []
  }

  const roster = {
    states,
    list: NOBODY,
    epoch: undefined, // undefined: only a whole state will do
    v: undefined,

    /** The edges that a frame brings; null: it is old; undefined: there is a gap. */
    take: ({ event, epoch, v, from = v, data, states, reasons }) => {
      const known = roster.epoch !== undefined && epoch === roster.epoch
      const whole = event === 'state'
      const diff = event === 'diff'
      if (known && (whole ? v < roster.v : diff && v <= roster.v)) return null
      if (!whole && (!known || from !== roster.v)) return
      Object.assign(roster, { epoch, v })
      return whole || diff ? apply(whole ? data : data.joins, mapOf(states), mapOf(reasons), diff && (data.leaves ?? {})) : []
    },

    /** Keeps oneself only. */
    sweep: () => {
      roster.epoch = undefined
      return apply(Object.fromEntries(roster.list.filter(({ self }) => self).map(({ key, data }) => [key, data])), new Map(states), new Map())
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
  let status = 'connecting'
  let attempt // the current one; what an earlier one still reports is ignored
  let socket
  let timer
  let timerAt = Infinity
  let openedAt
  let failures = 0
  let pings = 0 // unanswered
  let pingedAt
  let retryAt = 0
  let notBefore = 0
  let retryAfter
  let kicked
  let aside

  const become = next => {
    if (status === next) return
    status = next
    on.status(status)
  }

  /** Whether this is due by now. If not, tick runs when it is. */
  const due = at => {
    if (at <= now()) return true
    if (at < timerAt && status !== 'closed') {
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
        openedAt = now()
        become('open')
        link.kick()
      })
      socket.onmessage = current(({ data }) => {
        heard()
        let frame
        try { frame = JSON.parse(data) } catch {}
        if (frame) on.frame(frame)
      })
    } catch (error) {
      current(() => {
        on.error(new PresenceError('connect', error.message))
        drop()
      })()
    }
  }

  const drop = code => {
    attempt = null
    socket?.close()
    socket = null
    if (FINAL.includes(code)) return on.final(code)
    if (status === 'open' && now() - openedAt > ANSWER) failures = 0
    notBefore = now() + (retryAfter ?? 0)
    retryAt = now() + (retryAfter ?? 100 + Math.random() * Math.min(30_000, 1_000 * 2 ** failures++))
    retryAfter = undefined
    become('reconnecting')
    on.lost()
    link.kick()
  }

  // a page kept for the back button keeps its socket: its user would never be seen to leave
  const putAside = ({ persisted }) => {
    if (!persisted) return
    aside = true
    if (attempt) drop()
    retryAt = Infinity
  }

  const wake = ({ type }) => {
    if (type === 'pageshow') aside = false
    if (aside) return
    if (status === 'open') {
      if (!pings && now() - link.heard > 1_000) ping()
    } else if (!attempt) {
      retryAt = Math.min(retryAt, Math.max(now(), notBefore))
    }
    tick()
  }

  const tick = () => {
    const late = now() - timerAt > LATE
    kicked = false
    clearTimeout(timer)
    timerAt = Infinity
    if (status === 'closed') return
    if (status === 'open') {
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
    } else if (due(retryAt)) {
      open()
    }
  }

  const link = {
    heard: 0, // when the last frame came
    pingInterval: 25_000,
    status: () => status,
    due,
    send,
    ping,
    /** Has tick run soon. */
    kick: () => {
      if (!kicked) queueMicrotask(tick)
      kicked = true
    },
    /** The server said when to come back. */
    goodbye: ms => { retryAfter = ms },
    close: () => {
      attempt = null
      clearTimeout(timer)
      for (const type of WAKE_UPS) globalThis.removeEventListener?.(type, wake)
      globalThis.removeEventListener?.('pagehide', putAside)
      socket?.close(1000)
      become('closed')
    },
  }
  for (const type of WAKE_UPS) globalThis.addEventListener?.(type, wake)
  globalThis.addEventListener?.('pagehide', putAside)
  link.kick()
  return link
}

export function connect(url, { WebSocket = globalThis.WebSocket, maxAge: age, maxStateBytes = 1024 } = {}) {
  if (typeof url !== 'function') address(url)
  if (!WebSocket) throw new TypeError('There is no WebSocket here: use connect(url, { WebSocket })')

  const topics = new Map()
  const { on, emit, clear } = emitter()
  const warned = new Set()
  let welcome = {}
  let ref = 0
  let holdUntil = 0
  let pace = PACE
  let spent = 0
  let secondEnds = 0

  const report = error => {
    if (!emit('error', error)) console.warn(error)
  }

  const wanted = role => [...role.topic.rooms].some(room => room.role === role)

  const isOn = topic => topic.roles.some(({ wire }) => wire === 'on')

  /** What is published still, if anything. */
  const live = topic => topic.own?.until > now() ? topic.own : null

  const stateOf = topic => {
    const own = live(topic)
    topic.dirty = false
    return { state: own?.state ?? null, ...own?.until < Infinity && { expireAfter: Math.ceil(own.until - now()) } }
  }

  const spend = () => {
    if (link.due(secondEnds)) {
      secondEnds = now() + 1_000
      spent = 0
    }
    return spent < pace && ++spent
  }

  /** Asks the server for whatever it does not know yet. */
  const pump = () => {
    if (!link.due(holdUntil)) return
    const roles = [...topics.values()].flatMap(topic => topic.roles)
    let batch = []
    let length = 0
    const mark = (role, wire) => {
      Object.assign(role, { wire, ref, until: now() + ANSWER })
      link.due(role.until)
    }
    const flush = () => {
      if (batch[1]) link.send({ type: 'subscribe-batch', topics: batch, ref })
      else if (batch[0]) link.send({ type: 'subscribe', ...batch[0], ref })
      batch = []
      length = 0
    }
    for (const role of roles) {
      const { topic, wire } = role
      if (wire === 'asking' || wire === 'on' || !wanted(role) || !spend()) continue
      const { epoch, v } = topic.roster
      const own = role === topic.roles[0] && stateOf(topic)
      const element = {
        topic: role.name,
        heartbeat: 'light',
        ...epoch !== undefined && { epoch, v },
        ...own?.state != null && own,
      }
      const size = JSON.stringify(element).length
      if (length + size > LENGTH) flush()
      if (!batch[0]) ref++
      batch.push(element)
      length += size
      mark(role, 'asking')
    }
    flush()
    for (const role of roles) {
      if (role.wire === 'ending' || role.wire === 'off' || wanted(role) || !spend()) continue
      ref++
      mark(role, 'ending')
      link.send({ type: 'unsubscribe', topic: role.name, ref })
    }
    for (const topic of topics.values()) {
      if (topic.ask && spend()) {
        topic.ask = false
        link.send({ type: 'presence-snapshot', topic: topic.name })
      }
      if (topic.dirty && topic.roles[0].wire === 'on' && link.due(topic.sent + MERGE) && spend()) {
        topic.sent = now()
        link.send({ type: 'presence-state', topic: topic.name, ...stateOf(topic), ref: ++ref })
      }
    }
  }

  /** Changes a topic's roster and tells its rooms. */
  const change = (topic, run) => {
    const edges = run(topic.roster) ?? []
    for (const room of [...topic.rooms]) if (room.told) for (const edge of edges) room.emit(...edge)
    settle(topic)
  }

  const become = (room, status) => {
    if (room.status === status) return
    room.status = status
    room.emit('status', status)
  }

  const settle = topic => {
    const { list } = topic.roster
    for (const room of topic.rooms) {
      const on = topic.synced && room.role.wire === 'on'
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
      topic.own = null
      topic.dirty = true
      topic.roster.become()
    }
    settle(topic)
    link.kick()
  }

  /** A role ended, not at the wish of its rooms. */
  const endRole = (role, status, reason, message = reason) => {
    const { topic } = role
    const error = new PresenceError(reason, `${topic.name}: ${message}`, topic.name)
    report(error)
    role.wire = 'off'
    for (const room of topic.rooms) if (room.role === role) end(topic, room, status, error)
    link.kick()
  }

  const ask = topic => {
    topic.asks++
    topic.asked = now()
    topic.ask = true
    link.kick()
  }

  const take = (topic, frame) => {
    if (isOn(topic)) change(topic, roster => {
      const edges = roster.take(frame)
      if (edges) {
        Object.assign(topic, { asks: 0, ask: false, seen: now(), synced: true })
      } else if (edges !== null) {
        roster.epoch = undefined
        if (!topic.asks) ask(topic)
      }
      return edges
    })
  }

  const ageOf = topic => {
    const ages = [...topic.rooms].map(room => room.maxAge ?? age ?? welcome.maxAge)
    return welcome.heartbeat && ages.every(age => age) ? Math.max(0, ...ages) : 0
  }

  const checkAge = age => {
    const { heartbeat } = welcome
    if (!age || heartbeat === undefined || (heartbeat && age >= 2 * heartbeat) || warned.has(age)) return
    warned.add(age)
    console.warn(`maxAge ${age} ${heartbeat ? `is below twice the heartbeat (${heartbeat}): members may vanish for a while` : 'has no effect: there is no heartbeat'}`)
  }

  /** The role that a frame is about. */
  const find = name => {
    const observed = `${name}`.startsWith(OBSERVED)
    return topics.get(observed ? name.slice(OBSERVED.length) : name)?.roles[+observed]
  }

  /** Requests that got no answer are made again. */
  const again = (role, even) => {
    if (role.wire === 'asking' && (even || link.due(role.until))) role.wire = 'off'
    if (role.wire === 'ending' && (even || link.due(role.until))) role.wire = 'on'
  }

  const failed = ({ code, message, ref, retryAfter = 1_000, topic: name }, role) => {
    const topic = role?.topic
    if (code === 'rate-limited') {
      if (holdUntil <= now()) pace = Math.max(1, pace / 2)
      holdUntil = now() + retryAfter
      for (const one of topic ? [topic] : topics.values()) {
        for (const role of one.roles) again(role, true)
        one.ask = one.asks > 0
        one.dirty ||= now() - one.sent < 2_000
      }
    } else if (role?.wire === 'asking' && role.ref === ref) {
      endRole(role, 'denied', code, message)
    } else if (topic && (code === 'not-joined' || code === 'not-observing')) {
      for (const role of topic.roles) if (role.wire === 'on') role.wire = 'off'
    } else {
      if (topic && (code === 'state-too-large' || code === 'unauthorized')) topic.own = null
      report(new PresenceError(code, message, name))
    }
    link.kick()
  }

  const control = frame => {
    const role = find(frame.topic) ?? {}
    const { topic, wire } = role
    const answers = frame.ref == null || frame.ref === role.ref
    switch (frame.type) {
      case 'welcome':
        welcome = frame
        link.pingInterval = (frame.pingInterval ?? link.pingInterval) || Infinity
        checkAge(age)
        for (const { rooms } of topics.values()) for (const { maxAge } of rooms) checkAge(maxAge)
        break
      case 'goodbye':
        link.goodbye(frame.retryAfter)
        break
      case 'error':
        failed(frame, topic && role)
        break
      case 'current':
        if (topic) take(topic, frame)
        break
      case 'subscribed':
        if (wire !== 'asking' || !answers) break
        role.wire = 'on'
        if (!topic.synced) Object.assign(topic, { asks: 1, asked: now() })
        if (role === topic.roles[0]) topic.roster.become(frame.key)
        settle(topic)
        break
      case 'subscribe-denied':
        if (wire !== 'asking' || !answers) break
        if (frame.reason !== 'unavailable') return endRole(role, 'denied', frame.reason)
        role.wire = 'off'
        holdUntil = now() + ANSWER / 2
        break
      case 'unsubscribed':
        if (wire === 'on' && frame.ref == null) return endRole(role, 'left', frame.reason)
        if (wire === 'ending' && answers) role.wire = 'off'
    }
    link.kick()
  }

  const finish = error => {
    for (const topic of topics.values()) for (const room of topic.rooms) end(topic, room, 'left', error)
    topics.clear()
    link.close()
    if (error) report(error)
    clear()
  }

  const link = createLink(url, WebSocket, {
    error: report,

    status: status => {
      holdUntil = spent = 0
      emit('status', status)
    },

    frame: frame => {
      const { event, data } = frame
      if (frame.type) return control(frame)
      const role = find(frame.topic)
      if (role && (event === 'heartbeat' || ((event === 'state' || event === 'diff') && data))) take(role.topic, frame)
    },

    lost: () => {
      for (const topic of topics.values()) {
        for (const role of topic.roles) role.wire = 'off'
        Object.assign(topic, { asks: 0, ask: false, synced: false })
        settle(topic)
      }
    },

    final: code => finish(new PresenceError(code === 4403 ? 'kicked' : 'closed', `Closed by the server for good, code ${code}`)),

    tick: () => {
      for (const topic of topics.values()) {
        const { seen, synced } = topic
        for (const role of topic.roles) again(role)
        if (!topic.rooms.size && topic.roles.every(({ wire }) => wire === 'off')) topics.delete(topic.name)
        if (!isOn(topic)) continue
        const age = synced && ageOf(topic)
        if (!topic.asks) {
          if (!age || !link.due(seen + age * 2 / 3)) continue
          ask(topic)
          // its answer shows that the link lives: only then does silence about a topic mean anything
          link.ping()
        } else {
          if (link.due(topic.asked + Math.min(ANSWER, age / 3 || ANSWER))) ask(topic)
          if (topic.asks > 1 && age && link.due(seen + age) && link.heard >= seen + age * 2 / 3) change(topic, roster => roster.sweep())
        }
      }
      pump()
    },
  })

  const enter = (name, joins, { state, expireAfter, maxAge } = {}) => {
    if (link.status() === 'closed') throw new PresenceError('closed', 'Closed: connect() again', name)
    if (!name || typeof name !== 'string') throw new TypeError(`A topic is a text, not ${name}`)

    const check = (state, expireAfter) => {
      if (expireAfter !== undefined && !(expireAfter >= 1 && expireAfter <= DAY)) throw new RangeError(`expireAfter ${expireAfter} is not in 1..${DAY} ms`)
      const json = JSON.stringify(state)
      if (!json) throw new TypeError(`A state is JSON, not ${state}`)
      const size = new TextEncoder().encode(json).length
      const limit = welcome.maxStateBytes ?? maxStateBytes
      if (size > limit) throw new PresenceError('state-too-large', `The state has ${size} bytes, ${limit} are allowed`, name)
      return { state: JSON.parse(json), until: expireAfter ? now() + expireAfter : Infinity }
    }

    const publish = own => {
      if (own) Object.assign(topic, { own, dirty: true })
      queueMicrotask(() => settle(topic))
      link.kick()
    }

    const own = state !== undefined && check(state, expireAfter)
    const topic = topics.get(name) ?? {
      name,
      rooms: new Set(),
      roster: createRoster(),
      synced: false, // since the connection opened
      seen: 0, // when the roster was last known to be exact
      asks: 0, // how often a state was asked for since
      asked: 0, // and when last
      ask: false,
      own: null, // what this connection publishes
      dirty: false,
      sent: -MERGE,
    }
    topic.roles ??= [name, OBSERVED + name].map(name => ({ name, topic, wire: 'off' })) // having joined, having asked
    topics.set(name, topic)
    const [join, observe] = topic.roles
    const { on, emit, clear } = emitter()
    const room = { emit, clear, maxAge, status: 'joining', error: null, list: topic.roster.list, role: joins ? join : observe }
    const ready = new Promise((resolve, reject) => Object.assign(room, { resolve, reject }))
    ready.catch(() => {})
    topic.rooms.add(room)
    checkAge(maxAge)
    publish(own)

    const inside = () => topic.rooms.has(room)
    const members = () => inside() ? topic.roster.list : NOBODY
    return {
      topic: name,
      ready,
      get members() { return members() },
      get count() { return members().length },
      get states() { return new Map(inside() ? topic.roster.states : []) },
      get state() { return inside() ? live(topic)?.state ?? null : null },
      get tracked() { return inside() && room.role === join },
      get status() { return room.status },
      get error() { return room.error },
      getSnapshot: members,
      subscribe: call => {
        const stop = on('sync')(call)
        call(members())
        return stop
      },
      onSync: on('sync'),
      onJoin: on('join'),
      onUpdate: on('update'),
      onLeave: on('leave'),
      onState: on('state'),
      onStatus: on('status'),
      track: (state, { expireAfter } = {}) => {
        const own = state !== undefined && check(state, expireAfter)
        if (!inside()) return
        room.role = join
        publish(own)
      },
      untrack: () => {
        if (!inside()) return
        room.role = observe
        released(topic)
      },
      leave: () => end(topic, room, 'left'),
    }
  }

  return {
    get status() { return link.status() },
    get connectionId() { return welcome.connectionId },
    getSnapshot: link.status,
    subscribe: call => {
      const stop = on('status')(call)
      call(link.status())
      return stop
    },
    onError: on('error'),
    join: (topic, options) => enter(topic, true, options),
    observe: (topic, options) => enter(topic, false, options),
    close: () => { if (link.status() !== 'closed') finish() },
  }
}
