import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { away, cursors, group, patch, typing } from './support/helpers.js'
import { clock, diff, events, Server, settled, state } from './support/server.js'

const PING = { type: 'ping' }

const opened = async (data = { me: { id: 'me' }, ada: { id: 'ada' } }, options) => {
  const server = new Server()
  server.onFrame = (frame, socket) => { if (frame.type === PING.type) socket.push({ type: 'pong' }) }
  await server.accept({ maxAge: 0 })
  const room = await server.joined('room', data, { options })
  let v = 1
  let n = 1
  return {
    server,
    room,
    push: parts => server.socket.push(diff('room', v, ++v, parts)),
    publish: (id, key, state) => server.socket.push(diff('room', v, ++v, { states: { [id]: { key, state, n: ++n } } })),
    sent: async () => (await server.took()).filter(({ type }) => type === 'presence-state').map(({ state, expireAfter }) => expireAfter ? [state, expireAfter] : state),
  }
}

const follow = store => {
  const values = []
  const stop = store.subscribe(value => values.push(value))
  return { values, stop, last: () => values.at(-1) }
}

describe('patch', () => {
  test('changes some fields and leaves the others', async () => {
    const { room, sent } = await opened(undefined, { state: { status: 'online' } })
    patch(room, { mood: 'fine' })
    assert.deepEqual(await sent(), [{ status: 'online', mood: 'fine' }])
    await clock.advance(50)
    patch(room, { status: null, mood: undefined })
    assert.deepEqual(await sent(), [null])
  })

  test('lets fields expire one by one', async () => {
    const { room, sent } = await opened(undefined, { state: { status: 'online' } })
    patch(room, { typing: true }, { expireAfter: 5_000 })
    assert.deepEqual(await sent(), [[{ status: 'online', typing: true }, 6_000]])
    await clock.advance(2_000)
    patch(room, { wave: 1 }, { expireAfter: 1_000 })
    assert.deepEqual(await sent(), [[{ status: 'online', typing: true, wave: 1 }, 2_000]])
    await clock.advance(1_000)
    assert.deepEqual(await sent(), [[{ status: 'online', typing: true }, 3_000]])
    await clock.advance(2_000)
    assert.deepEqual(await sent(), [{ status: 'online' }])
    await clock.advance(100_000)
    assert.deepEqual(await sent(), [])
  })

  test('brings back what is left if the timer slept while the server let the state expire', async () => {
    const { room, sent } = await opened(undefined, { state: { status: 'online' } })
    patch(room, { typing: true }, { expireAfter: 5_000 })
    await sent()
    clock.sleep(60_000)
    await clock.advance(0)
    assert.deepEqual(await sent(), [{ status: 'online' }])
  })

  test('does not make a member of who observes, or left', async () => {
    const { server, room, sent } = await opened()
    room.untrack()
    await server.took()
    patch(room, { x: 1 })
    assert.equal(room.tracked, false)
    assert.deepEqual(await sent(), [])
    room.leave()
    patch(room, { x: 1 })
    await clock.advance(10_000)
  })

  test('leaves no timer behind', async () => {
    const { room, server } = await opened(undefined, { state: { status: 'online' } })
    patch(room, { typing: true }, { expireAfter: 60_000 })
    await settled()
    const before = clock.pending
    room.leave()
    assert.equal(clock.pending, before - 1)
    server.presence.close()
    assert.equal(clock.pending, 0)
  })
})

describe('typing', () => {
  test('starts, is refreshed while it goes on, and expires', async () => {
    const { room, sent } = await opened()
    const hints = typing(room)
    for (let i = 0; i < 60; i++) {
      hints.keystroke()
      await clock.advance(100)
    }
    const frames = await sent()
    assert.deepEqual(frames, [0, 1, 2].map(() => [{ typing: true }, 5_000]))
    await clock.advance(10_000)
    assert.deepEqual(await sent(), [], 'the server lets it expire')
    hints.keystroke()
    assert.deepEqual(await sent(), [[{ typing: true }, 5_000]])
  })

  test('stops when the message is sent', async () => {
    const { room, sent } = await opened(undefined, { state: { status: 'online' } })
    const hints = typing(room, { field: 'writing', expireAfter: 3_000 })
    hints.stop()
    assert.deepEqual(await sent(), [])
    hints.keystroke()
    assert.deepEqual(await sent(), [[{ status: 'online', writing: true }, 4_000]])
    hints.stop()
    await clock.advance(50)
    assert.deepEqual(await sent(), [{ status: 'online' }])
    hints.keystroke()
    await clock.advance(50)
    assert.deepEqual(await sent(), [[{ status: 'online', writing: true }, 3_950]])
  })

  test('tells who else types, and nothing else', async () => {
    const { room, publish, push } = await opened({ me: {}, ada: {}, bo: {} })
    const { values, stop } = follow(typing(room))
    publish('c1', 'me', { typing: true })
    publish('c2', 'ada', { typing: true })
    publish('c3', 'bo', { typing: 'yes' })
    publish('c3', 'bo', { other: 1 })
    push({ joins: { cy: {} } })
    publish('c2', 'ada', null)
    assert.deepEqual(values.map(list => list.map(({ key }) => key)), [[], ['ada'], []])
    stop()
    stop()
    publish('c2', 'ada', { typing: true })
    assert.equal(values.length, 3)
  })

  test('has a stable snapshot', async () => {
    const { room, publish } = await opened()
    const { getSnapshot } = typing(room)
    assert.equal(getSnapshot(), getSnapshot())
    publish('c2', 'ada', { typing: true })
    assert.deepEqual(getSnapshot().map(({ key }) => key), ['ada'])
    assert.equal(getSnapshot(), getSnapshot())
  })
})

describe('away', () => {
  const page = t => {
    globalThis.document = { visibilityState: 'visible' }
    t.after(() => { delete globalThis.document })
    return visibilityState => {
      document.visibilityState = visibilityState
      events.dispatchEvent(new Event('visibilitychange'))
    }
  }

  test('when the page is hidden, back when it is shown', async t => {
    const show = page(t)
    const { room, sent } = await opened()
    const stop = away(room)
    assert.deepEqual(await sent(), [{ status: 'online' }])
    await clock.advance(100)
    show('hidden')
    assert.deepEqual(await sent(), [{ status: 'away' }])
    await clock.advance(100)
    show('visible')
    assert.deepEqual(await sent(), [{ status: 'online' }])
    stop()
    await clock.advance(100)
    show('hidden')
    assert.deepEqual(await sent(), [])
  })

  test('when nobody moves, back with the first movement', async t => {
    page(t)
    const { room, sent } = await opened()
    away(room, { idleAfter: 60_000, active: 'here', inactive: 'idle' })
    for (let i = 0; i < 10; i++) {
      await clock.advance(30_000)
      events.dispatchEvent(new Event('pointermove'))
    }
    assert.deepEqual(await sent(), [{ status: 'here' }])
    await clock.advance(59_999)
    assert.deepEqual(await sent(), [])
    await clock.advance(1)
    assert.deepEqual(await sent(), [{ status: 'idle' }])
    await clock.advance(600_000)
    events.dispatchEvent(new Event('keydown'))
    assert.deepEqual(await sent(), [{ status: 'here' }])
  })

  test('never by idling, if so wished', async t => {
    page(t)
    const { room, sent } = await opened()
    away(room, { idleAfter: 0 })
    await clock.advance(86_400_000)
    assert.deepEqual(await sent(), [{ status: 'online' }])
  })

  test('another tab that fell asleep does not hide that this one is in use', async t => {
    const show = page(t)
    const { room, sent, publish } = await opened()
    away(room)
    await sent()
    await clock.advance(100)
    publish('c1', 'me', { status: 'online' })
    publish('c2', 'me', { status: 'away' })
    assert.deepEqual(await sent(), [{ status: 'online' }])
    publish('c1', 'me', { status: 'online' })
    publish('c3', 'ada', { status: 'away' })
    assert.deepEqual(await sent(), [])
    await clock.advance(100)
    show('hidden')
    assert.deepEqual(await sent(), [{ status: 'away' }])
    publish('c2', 'me', { status: 'away' })
    assert.deepEqual(await sent(), [])
  })

  test('ends with the room and leaves nothing behind', async t => {
    page(t)
    const { server, room } = await opened()
    const before = events.listeners
    away(room)
    room.leave()
    assert.equal(events.listeners, before)
    server.presence.close()
    assert.equal(clock.pending, 0)
  })

  test('works where there is no page', async () => {
    const { room, sent } = await opened()
    away(room)()
    assert.deepEqual(await sent(), [{ status: 'online' }])
  })
})

describe('cursors', () => {
  test('are published at most once per interval, the last position for sure', async () => {
    const { room, sent } = await opened()
    const { move, hide } = cursors(room, { interval: 100, expireAfter: 4_000 })
    for (let x = 0; x < 50; x++) {
      move({ x, y: 0 })
      await clock.advance(10)
    }
    await clock.advance(100)
    const frames = await sent()
    assert.deepEqual(frames.at(-1), [{ cursor: { x: 49, y: 0 } }, 4_000])
    assert.ok(frames.length <= 7, `${frames.length}`)
    hide()
    await clock.advance(100)
    assert.deepEqual(await sent(), [null])
  })

  test('of the others are told, one for each connection, unchanged ones the same', async () => {
    const { room, publish, push } = await opened({ me: {}, ada: {}, eve: {} })
    const { values, last } = follow(cursors(room))
    publish('c1', 'me', { cursor: { x: 9 } })
    publish('c2', 'ada', { cursor: { x: 1 } })
    publish('c3', 'ada', { cursor: { x: 2 } })
    publish('c5', 'eve', { cursor: { x: 3 } })
    assert.deepEqual(last().map(({ connectionId, member, position }) => [connectionId, member.key, position.x]), [['c2', 'ada', 1], ['c3', 'ada', 2], ['c5', 'eve', 3]])
    const [, , third] = last()
    publish('c2', 'ada', { cursor: { x: 5 } })
    assert.equal(last()[2], third)
    const count = values.length
    publish('c1', 'me', { cursor: { x: 10 } })
    push({ joins: { bo: {} } })
    publish('c4', 'bo', { typing: true })
    assert.equal(values.length, count)
    push({ leaves: { ada: {}, eve: {} } })
    assert.deepEqual(last(), [])
  })

  test('live beside other helpers', async () => {
    const { room, sent } = await opened()
    const { move } = cursors(room)
    typing(room).keystroke()
    move({ x: 1, y: 1 })
    await clock.advance(60)
    const frames = await sent()
    assert.deepEqual(frames.at(-1)[0], { typing: true, cursor: { x: 1, y: 1 } })
    await clock.advance(5_000)
    assert.deepEqual((await sent()).at(-1)[0], { cursor: { x: 1, y: 1 } })
  })
})

describe('group', () => {
  const data = { k1: { id: 1, name: 'Ada' }, k2: { id: 1, name: 'Ada L.' }, k3: { id: 2, name: 'Bo' }, k4: {} }

  test('makes one of the connections of a user', async () => {
    const { room, publish } = await opened(data)
    const { last } = follow(group(room))
    assert.deepEqual(last().map(({ key, tabs, data, state, self }) => [key, tabs, data.name, state, self]), [['1', 2, 'Ada L.', null, false], ['2', 1, 'Bo', null, false], ['k4', 1, undefined, null, false]])
    publish('k1', 'k1', 'old')
    publish('k2', 'k2', 'new')
    assert.equal(last()[0].state, 'new')
    assert.deepEqual(last()[0].connections.map(({ key }) => key), ['k2', 'k1'])
    publish('k1', 'k1', 'newest')
    assert.equal(last()[0].state, 'newest')
    publish('k1', 'k1', null)
    assert.equal(last()[0].state, 'new')
  })

  test('tells joins and leaves of tabs, and keeps what did not change', async () => {
    const { room, push, server } = await opened(data)
    const { values, last } = follow(group(room))
    const [ada, bo] = last()
    push({ leaves: { k1: {} } })
    assert.deepEqual([last()[0].tabs, last().length], [1, 3])
    assert.notEqual(last()[0], ada)
    assert.equal(last()[1], bo)
    push({ leaves: { k2: {} } })
    assert.deepEqual(last().map(({ key }) => key), ['2', 'k4'])
    const count = values.length
    server.socket.push(state('room', { k3: data.k3, k4: {} }, { v: 3 }))
    assert.equal(values.length, count)
  })

  test('by any function, with any combination of states', async () => {
    const { room, publish } = await opened({ a: { team: '__proto__' }, b: { team: '__proto__' }, me: { team: 'x' } })
    const combine = states => states.length > 0 && states.every(({ away }) => away) ? 'away' : 'here'
    const { last } = follow(group(room, { by: ({ data }) => data.team, combine }))
    assert.deepEqual(last().map(({ key, state, self }) => [key, state, self]), [['__proto__', 'here', false], ['x', 'here', true]])
    publish('a', 'a', { away: true })
    publish('b', 'b', { away: true })
    assert.equal(last()[0].state, 'away')
    publish('a', 'a', { away: false })
    assert.equal(last()[0].state, 'here')
  })

  test('follows the room only while somebody listens, and shows it rightly afterwards', async () => {
    const { room, push } = await opened(data)
    const groups = group(room)
    const first = follow(groups)
    const second = follow(groups)
    first.stop()
    push({ leaves: { k3: {} } })
    assert.equal(second.last().length, 2)
    second.stop()
    push({ leaves: { k4: {} } })
    assert.equal(second.last().length, 2)
    assert.equal(groups.getSnapshot().length, 1)
    assert.equal(follow(groups).last().length, 1)
  })

  test('goes on when a listener throws', async t => {
    const { room, push } = await opened(data)
    t.mock.method(console, 'error', () => {})
    const groups = group(room)
    groups.subscribe(list => { if (list.length < 3) throw new Error('mine') })
    const { last } = follow(groups)
    push({ leaves: { k4: {} } })
    assert.equal(last().length, 2)
  })
})
