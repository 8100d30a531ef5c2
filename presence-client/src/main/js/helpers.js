// What people would otherwise write for themselves, on top of a room. Reference and types: helpers.d.ts

const SPARE = 1_000 // ms that a state outlives its first field, so that this side and not the server takes the field away

/** Rooms to what sets the fields of their state. */
const setters = new WeakMap()

const now = () => performance.now()

/** One state made of fields, each with a life of its own: several helpers publish in one room without undoing each other. */
const setterOf = room => {
  const fields = new Map(Object.entries(room.state ?? {}).map(([name, value]) => [name, { value, until: Infinity }]))
  let timer

  const publish = () => {
    clearTimeout(timer)
    if (!room.tracked) return
    for (const [name, { until }] of fields) if (until <= now()) fields.delete(name)
    const lives = [...fields.values()].map(({ until }) => until)
    const first = Math.min(...lives)
    const state = fields.size ? Object.fromEntries([...fields].map(([name, { value }]) => [name, value])) : null
    if (first === Infinity) return room.track(state)
    // should the timer sleep, the server lets the whole state expire, and the timer brings back what is left
    const spare = lives.some(until => until > first) ? SPARE : 0
    room.track(state, { expireAfter: Math.max(1, first - now() + spare) })
    if (spare) timer = setTimeout(publish, first - now())
  }

  room.onStatus(() => { if (!room.tracked) clearTimeout(timer) })

  return (patch, expireAfter) => {
    for (const [name, value] of Object.entries(patch)) {
      if (value == null) fields.delete(name)
      else fields.set(name, { value, until: expireAfter ? now() + expireAfter : Infinity })
    }
    publish()
  }
}

export function patch(room, fields, { expireAfter } = {}) {
  if (!setters.has(room)) setters.set(room, setterOf(room))
  setters.get(room)(fields, expireAfter)
}

/** What is computed from a room, by the store contract. Follows the room only while somebody listens. */
const store = (room, listen, compute) => {
  const listeners = new Set()
  let value = compute([])
  let stop
  const refresh = () => {
    const next = compute(value)
    if (next === value) return
    value = next
    for (const listener of [...listeners]) {
      try { listener(value) } catch (error) { console.error(error) }
    }
  }
  return {
    getSnapshot: () => {
      if (!stop) value = compute(value)
      return value
    },
    subscribe: listener => {
      const own = members => listener(members)
      stop ??= listen(room, refresh)
      refresh()
      listeners.add(own)
      listener(value)
      return () => {
        listeners.delete(own)
        if (listeners.size || !stop) return
        stop()
        stop = undefined
      }
    },
  }
}

const followMembers = (room, refresh) => room.onSync(refresh)

const followAll = (room, refresh) => {
  const stops = [room.onSync(refresh), room.onState(refresh)]
  return () => { for (const stop of stops) stop() }
}

const sameList = (a, b) => a.length === b.length && a.every((item, i) => item === b[i])

/** The list itself, or the one before if it holds the same. */
const keep = (before, list) => sameList(before, list) ? before : Object.freeze(list)

export function typing(room, { field = 'typing', expireAfter = 5_000 } = {}) {
  let until = 0
  return {
    ...store(room, followMembers, before => keep(before, room.members.filter(({ self, state }) => !self && state?.[field] === true))),
    keystroke: () => {
      if (until - now() > expireAfter / 2) return
      until = now() + expireAfter
      patch(room, { [field]: true }, { expireAfter })
    },
    stop: () => {
      if (until > now()) patch(room, { [field]: null })
      until = 0
    },
  }
}

const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus', 'pageshow']

export function away(room, { field = 'status', active = 'online', inactive = 'away', idleAfter = 300_000 } = {}) {
  let current
  let activeAt = now()
  let timer

  const hidden = () => globalThis.document?.visibilityState === 'hidden'

  const publish = value => {
    current = value
    patch(room, { [field]: value })
  }

  const check = () => {
    clearTimeout(timer)
    const idleIn = idleAfter ? activeAt + idleAfter - now() : Infinity
    const next = hidden() || idleIn <= 0 ? inactive : active
    if (next !== current) publish(next)
    if (next === active && idleIn < Infinity) timer = setTimeout(check, idleIn)
  }

  const act = () => {
    activeAt = now()
    if (current !== active) check()
  }

  const show = () => {
    activeAt = now()
    check()
  }

  const stops = [
    // a tab of the same user that fell asleep must not hide that this one is in use
    room.onSync(members => {
      const { state } = members.find(({ self }) => self) ?? {}
      if (state?.[field] === inactive && current === active && now() - activeAt < (idleAfter || Infinity)) publish(active)
    }),
    room.onStatus(status => { if (status === 'denied' || status === 'left') stop() }),
  ]

  const stop = () => {
    clearTimeout(timer)
    for (const type of ACTIVITY) globalThis.removeEventListener?.(type, act)
    globalThis.removeEventListener?.('visibilitychange', show)
    for (const end of stops.splice(0)) end()
  }

  for (const type of ACTIVITY) globalThis.addEventListener?.(type, act, { passive: true })
  globalThis.addEventListener?.('visibilitychange', show)
  check()
  return stop
}

export function cursors(room, { field = 'cursor', interval = 50, expireAfter = 10_000 } = {}) {
  let timer
  let sentAt = -Infinity
  let next

  const send = () => {
    timer = undefined
    sentAt = now()
    patch(room, { [field]: next }, next === null ? {} : { expireAfter })
  }

  const move = position => {
    next = position
    timer ??= setTimeout(send, Math.max(0, sentAt + interval - now()))
  }

  let cache = new Map()
  const list = before => {
    const { states, members } = room
    const byKey = new Map(members.map(member => [member.key, member]))
    const found = new Map()
    for (const [id, { key, state }] of states) {
      const member = byKey.get(key)
      const position = state?.[field]
      if (!member || member.self || !position) continue
      const old = cache.get(id)
      found.set(id, old?.member === member && old.position === position ? old : { connectionId: id, member, position })
    }
    cache = found
    return keep(before, [...found.values()])
  }

  return {
    ...store(room, followAll, list),
    move,
    hide: () => move(null),
  }
}

const userOf = ({ data, key }) => `${data?.id ?? key}`

const latest = states => states[0] ?? null

export function group(room, { by = userOf, combine = latest } = {}) {
  let cache = new Map()

  const list = before => {
    const { states } = room
    const age = new Map()
    for (const { key, n } of states.values()) age.set(key, Math.max(n, age.get(key) ?? n))
    const groups = new Map()
    for (const member of room.members) {
      const key = by(member)
      groups.set(key, [...groups.get(key) ?? [], member])
    }
    const next = new Map()
    for (const [key, members] of groups) {
      const old = cache.get(key)
      const byNewest = [...members].sort((a, b) => (age.get(b.key) ?? -1) - (age.get(a.key) ?? -1))
      const self = members.some(member => member.self)
      const same = old && sameList(old.connections, byNewest)
      next.set(key, same ? old : {
        key,
        data: members.at(-1).data,
        connections: byNewest,
        tabs: members.length,
        state: combine(byNewest.map(({ state }) => state).filter(state => state !== null)),
        self,
      })
    }
    cache = next
    return keep(before, [...next.values()])
  }

  return store(room, followAll, list)
}
