import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faulty, ModelServer, random } from './support/model.js'
import { clock, events, Server, settled } from './support/server.js'

const RUNS = Number(process.env.PRESENCE_FUZZ_RUNS ?? 120)
const STEPS = 120
const TOPICS = ['a', 'b', '__proto__']
const PEOPLE = ['ada', 'bo', 'constructor', 'me', '']

const shown = room => Object.fromEntries(room.members.map(({ key, data, state }) => [key, { data, state }]))

/** The members and states that a room's events add up to. */
const ledger = room => {
  const members = new Map()
  const states = new Map()
  let known = false
  room.onSync(list => {
    if (!known) {
      for (const member of list) members.set(member.key, member.data)
      for (const [id, { state }] of room.states) states.set(id, state)
    }
    known = true
    if (room.status === 'left') return
    assert.deepEqual(Object.fromEntries(members), Object.fromEntries(list.map(({ key, data }) => [key, data])), 'events and list differ')
    assert.deepEqual(Object.fromEntries(states), Object.fromEntries([...room.states].map(([id, { state }]) => [id, state])), 'events and states differ')
  })
  room.onJoin(({ key, data }) => {
    assert.ok(!members.has(key), `${key} joined twice`)
    members.set(key, data)
  })
  room.onUpdate(({ key, data }) => {
    assert.ok(members.has(key), `${key} was updated, but never joined`)
    members.set(key, data)
  })
  room.onLeave(({ key }) => assert.ok(members.delete(key), `${key} left twice`))
  room.onState((id, key, state) => {
    if (state === null) assert.ok(states.delete(id), `${id} was cleared twice`)
    else states.set(id, state)
  })
}

const run = async seed => {
  const chance = random(seed)
  const pick = list => list[Math.floor(chance() * list.length)]
  const failures = []
  const print = console.error
  console.error = error => failures.push(error)
  const fault = faulty(chance)
  const model = new ModelServer({ fault })
  Math.random = chance
  const server = new Server()
  Object.assign(server, {
    onConnect: socket => model.accept(socket),
    onFrame: (frame, socket) => model.frame(frame, socket),
    onClose: socket => model.closed(socket),
  })
  const rooms = []
  const quiet = new Set()
  const others = new Map()

  const steps = [
    () => {
      const topic = pick(TOPICS)
      if (rooms.length > 8) return
      const joins = chance() < 0.6
      const observe = chance() < 0.6
      const room = joins ? server.presence.join(topic, { observe, ...chance() < 0.5 && { state: { s: Math.floor(chance() * 9) } } }) : server.presence.observe(topic)
      if (joins && !observe) quiet.add(room)
      ledger(room)
      rooms.push(room)
    },
    () => rooms.splice(Math.floor(chance() * rooms.length), 1)[0]?.leave(),
    () => pick(rooms)?.track(chance() < 0.2 ? null : { s: Math.floor(chance() * 9) }, chance() < 0.3 ? { expireAfter: 1 + Math.floor(chance() * 5_000) } : {}),
    () => pick(rooms)?.untrack(),
    () => {
      const id = `x${Math.floor(chance() * 6)}`
      const topic = pick(TOPICS)
      const held = others.get(`${topic} ${id}`)
      if (held && chance() < 0.5) {
        others.delete(`${topic} ${id}`)
        model.change(topic, one => one.leave(id), 'disconnect')
      } else {
        const key = held ?? pick(PEOPLE)
        others.set(`${topic} ${id}`, key)
        model.change(topic, one => one.join(id, key, { id: key, hue: Math.floor(chance() * 3) }))
      }
    },
    () => {
      const [place, key] = pick([...others]) ?? []
      if (!place) return
      const [topic, id] = place.split(' ')
      assert.equal(model.topic(topic).holders.get(id), key)
      model.change(topic, one => one.publish(id, chance() < 0.3 ? null : { x: Math.floor(chance() * 5) }))
    },
    () => model.beat(),
    () => clock.advance(Math.floor(chance() * 4_000)),
    () => {
      if (chance() < 0.3) {
        const { socket } = server
        model.closed(socket)
        socket?.drop(pick([1000, 1006, 1011, 1012]))
        if (chance() < 0.5) model.restart()
      }
    },
    () => { if (chance() < 0.1) clock.sleep(Math.floor(chance() * 200_000)) },
    () => { events.dispatchEvent(new Event(pick(['online', 'focus', 'visibilitychange']))) },
  ]
  try {
    for (let step = 0; step < STEPS; step++) {
      await pick(steps)()
      if (chance() < 0.5) await settled()
    }
    fault.calm()
    rooms.push(server.presence.observe(TOPICS[0])) // for which it connects
    await clock.advance(40_000)
    model.beat()
    await clock.advance(20_000)
    assert.equal(server.presence.status, 'open')
    const [connection] = model.connections.values()
    for (const room of rooms) {
      // who joined without observing knows who was there, and follows when others do
      if (model.observes(connection, room.topic)) assert.deepEqual(shown(room), model.truth(room.topic))
      else assert.ok(quiet.has(room))
      assert.equal(room.status, room.tracked ? 'joined' : 'observing')
      const self = room.members.filter(({ self }) => self).map(({ key }) => key)
      assert.deepEqual(self, rooms.some(one => one.topic === room.topic && one.tracked) ? ['me'] : [])
    }
    const wanted = tracked => [...new Set(rooms.filter(room => room.tracked === tracked).map(({ topic }) => topic))].sort()
    assert.deepEqual([...connection.joined.keys()].sort(), wanted(true), 'joined at the server')
    assert.deepEqual([...connection.observed.keys()].sort(), wanted(false), 'observed at the server')
    for (const topic of wanted(true)) {
      const { state } = rooms.find(room => room.topic === topic && room.tracked)
      assert.deepEqual(model.topic(topic).states.get(connection.id)?.state ?? null, state, 'published at the server')
    }
    assert.deepEqual(server.errors, [])
    assert.deepEqual(failures, [])
    const changes = []
    for (const room of rooms) room.onSync(() => changes.push(room.topic))
    model.beat()
    await settled()
    assert.deepEqual(changes, [], 'a heartbeat that changes nothing')
    for (const room of rooms.splice(0)) room.leave()
    await clock.advance(1_000)
    assert.deepEqual([connection.joined.size, connection.observed.size], [0, 0], 'left behind at the server')
  } finally {
    console.error = print
    server.presence.close()
    await settled()
    for (const { timers } of model.connections.values()) for (const timer of timers.values()) clearTimeout(timer)
  }
}

describe('a random server with losses, duplicates, disorder, reconnects and restarts', () => {
  test(`leads to the server's list (${RUNS} runs)`, async () => {
    const first = Number(process.env.PRESENCE_FUZZ_SEED ?? 1)
    for (let seed = first; seed < first + RUNS; seed++) {
      try {
        await run(seed)
      } catch (error) {
        error.message = `PRESENCE_FUZZ_SEED=${seed} PRESENCE_FUZZ_RUNS=1: ${error.message}`
        throw error
      }
    }
  })
})

/** A decoder as others wrote it: no versions, no gaps; it sweeps by age. */
class OtherDecoder {
  members = new Map() // key → { data, at }

  constructor(maxAge) { this.maxAge = maxAge }

  receive({ event, data }) {
    const put = map => { for (const [key, value] of Object.entries(map)) this.members.set(key, { data: value, at: clock.now() }) }
    if (event === 'state') {
      this.members.clear()
      put(data)
    } else if (event === 'diff') {
      put(data.joins)
      for (const key of Object.keys(data.leaves)) this.members.delete(key)
    } else if (event === 'heartbeat') {
      put(data)
    }
    for (const [key, { at }] of this.members) if (clock.now() - at > this.maxAge) this.members.delete(key)
  }

  list() { return Object.fromEntries([...this.members].map(([key, { data }]) => [key, data])) }
}

describe('a decoder written by others', () => {
  test('that ignores versions converges by state, diff and heartbeat', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const chance = random(seed)
      const fault = faulty(chance)
      const model = new ModelServer({ fault })
      const decoder = new OtherDecoder(90_000)
      const socket = {
        accept: () => {},
        push: frame => { if (frame.event) decoder.receive(frame) },
      }
      const connection = model.accept(socket, { key: 'other' })
      model.frame({ type: 'subscribe', topic: 'a' }, socket)
      for (let step = 0; step < 100; step++) {
        const id = `x${Math.floor(chance() * 6)}`
        if (model.topic('a').holders.has(id)) model.change('a', topic => topic.leave(id))
        else model.change('a', topic => topic.join(id, id, { id, hue: Math.floor(chance() * 3) }))
        if (chance() < 0.1) {
          clock.sleep(30_000)
          model.beat()
        }
      }
      fault.calm()
      for (let beat = 0; beat < 4; beat++) {
        clock.sleep(30_000)
        model.beat()
      }
      assert.deepEqual(decoder.list(), Object.fromEntries(model.topic('a').members), `seed ${seed}`)
      // and what this client sends to the same server changes nothing for the other
      assert.equal(connection.joined.get('a'), false)
    }
  })
})
