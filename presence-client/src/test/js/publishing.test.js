import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clock, diff, Server, settled, state } from './support/server.js'

const opened = async options => {
  const server = new Server(options)
  await server.accept()
  return { server, presence: server.presence, socket: server.socket }
}

const joined = async options => {
  const all = await opened()
  return { ...all, room: await all.server.joined('room', { me: {} }, { options }) }
}

const states = frames => frames.filter(({ type }) => type === 'presence-state').map(({ ref, type, topic, ...frame }) => frame)

describe('publishing', () => {
  test('goes out at once, and replaces', async () => {
    const { server, room } = await joined()
    room.track({ x: 1 })
    const [frame] = await server.took()
    assert.deepEqual({ ...frame, ref: 0 }, { type: 'presence-state', topic: 'room', state: { x: 1 }, ref: 0 })
    assert.deepEqual(room.state, { x: 1 })
    await clock.advance(50)
    room.track(null)
    assert.deepEqual(states(await server.took()), [{ state: null }])
    assert.equal(room.state, null)
  })

  test('merges what follows faster than 50 ms: the latest wins', async () => {
    const { server, room } = await joined()
    for (let i = 0; i < 100; i++) {
      room.track({ x: i })
      await clock.advance(5)
    }
    await clock.advance(50)
    const sent = states(await server.took()).map(({ state }) => state.x)
    assert.equal(sent[0], 0)
    assert.equal(sent.at(-1), 99)
    assert.ok(sent.length <= 12, `${sent.length} frames`)
    await clock.advance(1_000)
    assert.deepEqual(await server.took(), [])
  })

  test('several times in one moment is one frame', async () => {
    const { server, room } = await joined()
    room.track({ x: 1 })
    room.track({ x: 2 }, { expireAfter: 500 })
    room.track({ x: 3 })
    assert.deepEqual(states(await server.took()), [{ state: { x: 3 } }])
  })

  test('copies, so that a later change of the object is not published', async () => {
    const { server, presence } = await opened()
    const own = { x: 1 }
    presence.join('room', { state: own })
    own.x = 2
    const [frame] = await server.took()
    assert.deepEqual(frame.state, { x: 1 })
  })

  test('waits for the join to be answered', async () => {
    const { server, presence } = await opened()
    const room = presence.join('room')
    const [frame] = await server.took()
    room.track({ x: 1 })
    assert.deepEqual(await server.took(), [])
    server.answer(frame, 'me', state('room', { me: {} }))
    assert.deepEqual(states(await server.took()), [{ state: { x: 1 } }])
  })

  test('an expiring state goes with its time', async () => {
    const { server, room } = await joined({ state: { typing: true }, expireAfter: 8_000 })
    assert.deepEqual(room.state, { typing: true })
    await clock.advance(8_000)
    assert.equal(room.state, null)
    room.track({ typing: true }, { expireAfter: 2_000 })
    assert.deepEqual(states(await server.took()), [{ state: { typing: true }, expireAfter: 2_000 }])
  })

  test('one that expires before it is sent is a clearing', async () => {
    const { server, room } = await joined()
    room.track({ x: 1 })
    await settled()
    room.track({ x: 2 }, { expireAfter: 20 })
    await clock.advance(50)
    assert.deepEqual(states(await server.took()), [{ state: { x: 1 } }, { state: null }])
  })

  test('of an impossible time is refused', async () => {
    const { room, presence } = await joined()
    for (const expireAfter of [0, -1, 0.5, NaN, Infinity, 86_400_001, '5', null]) {
      const valid = expireAfter === '5'
      if (valid) continue
      assert.throws(() => room.track({}, { expireAfter }), { name: 'RangeError', message: `expireAfter ${expireAfter} is not in 1..86400000 ms` })
      assert.throws(() => presence.join('other', { state: {}, expireAfter }), { name: 'RangeError' })
    }
    room.track({}, { expireAfter: 1 })
    room.track({}, { expireAfter: 86_400_000 })
  })

  test('of something that is no JSON is refused', async () => {
    const { room } = await joined()
    const circle = {}
    circle.self = circle
    assert.throws(() => room.track(circle), TypeError)
    assert.throws(() => room.track(() => {}), TypeError)
    assert.equal(room.state, null)
  })
})

describe('after a reconnect', () => {
  const reconnect = async (server, after = 600) => {
    server.socket.drop()
    await clock.advance(after)
    await server.accept()
    const [frame] = await server.took()
    return frame
  }

  test('a state is published again with the join', async () => {
    const { server, room } = await joined({ state: { x: 1 } })
    room.track({ x: 2 })
    assert.deepEqual((await reconnect(server)).state, { x: 2 })
    assert.deepEqual(states(await server.took()), [])
  })

  test('an expiring one only for the time it has left', async () => {
    const { server, room } = await joined()
    room.track({ typing: true }, { expireAfter: 8_000 })
    await clock.advance(3_000)
    const frame = await reconnect(server)
    assert.deepEqual([frame.state, frame.expireAfter], [{ typing: true }, 4_400])
  })

  test('an expired one not at all, also if the clock jumped', async () => {
    const { server, room } = await joined()
    room.track({ typing: true }, { expireAfter: 8_000 })
    await settled()
    server.socket.drop()
    clock.sleep(8_000)
    await clock.advance(0)
    await server.accept()
    const frames = await server.took()
    assert.deepEqual(frames.map(({ type, state, expireAfter }) => [type, state, expireAfter]), [['subscribe', undefined, undefined]])
  })

  test('what was published meanwhile', async () => {
    const { server, room } = await joined({ state: { x: 1 } })
    server.socket.drop()
    room.track({ x: 2 })
    room.track({ x: 3 }, { expireAfter: 5_000 })
    await clock.advance(600)
    await server.accept()
    const frames = await server.took()
    assert.deepEqual(frames.map(({ type, state, expireAfter }) => [type, state, expireAfter]), [['subscribe', { x: 3 }, 4_400]])
  })

  test('nothing that was cleared', async () => {
    const { server, room } = await joined({ state: { x: 1 } })
    room.track(null)
    assert.equal('state' in await reconnect(server), false)
  })
})

describe('the limit', () => {
  const euro = count => '€'.repeat(count)

  test('counts bytes of UTF-8, like the server', async () => {
    const { server, room } = await joined()
    room.track(euro(340)) // 1020 and two quotes
    assert.equal((await server.took()).length, 1)
    assert.throws(() => room.track(euro(341)), { name: 'PresenceError', reason: 'state-too-large', topic: 'room', message: '1025 bytes of state, 1024 are allowed' })
    await clock.advance(100)
    assert.deepEqual(await server.took(), [])
    assert.equal(room.state, euro(340))
  })

  test('holds for a join, before anything is sent or remembered', async () => {
    const { server, presence } = await opened()
    assert.throws(() => presence.join('room', { state: euro(400) }), { reason: 'state-too-large' })
    assert.deepEqual(await server.took(), [])
  })

  test("is the server's, and until it says so 1024 or what connect was told", async () => {
    const early = new Server()
    assert.throws(() => early.presence.join('a', { state: euro(400) }), { reason: 'state-too-large' })
    const told = new Server({ maxStateBytes: 2_000 })
    told.presence.join('a', { state: euro(400) })
    await told.accept({ maxStateBytes: 10 })
    assert.throws(() => told.presence.join('b', { state: '12345678.' }), { message: /11 bytes of state, 10 are allowed/ })
    told.presence.join('b', { state: '12345678' })
  })

  test('that the server applies is reported, and what it refused is not published again', async () => {
    for (const code of ['state-too-large', 'unauthorized']) {
      const { server, room, socket } = await joined()
      room.track({ x: 1 })
      const [{ ref }] = await server.took()
      socket.push({ type: 'error', code, message: 'no', topic: 'room', ref })
      assert.deepEqual(server.errors.map(({ reason, message, topic }) => [reason, message, topic]), [[code, 'no', 'room']])
      assert.equal(room.status, 'joined')
      assert.equal(room.state, null)
      socket.drop()
      await clock.advance(600)
      await server.accept()
      const [frame] = await server.took()
      assert.equal('state' in frame, false)
    }
  })

  test('of frames a second: a state that was refused for it is sent again', async () => {
    const { server, room, socket } = await joined()
    room.track({ x: 1 })
    const [{ ref }] = await server.took()
    socket.push({ type: 'error', code: 'rate-limited', message: 'slow down', topic: 'room', ref, retryAfter: 700 })
    room.track({ x: 2 })
    await clock.advance(699)
    assert.deepEqual(await server.took(), [])
    await clock.advance(1)
    assert.deepEqual(states(await server.took()), [{ state: { x: 2 } }])
    assert.deepEqual(server.errors, [])
  })

  test('of frames a second: also if nothing was published since', async () => {
    const { server, room, socket } = await joined()
    room.track({ x: 1 })
    await server.took()
    socket.push({ type: 'error', code: 'rate-limited', message: 'slow down', topic: 'room', retryAfter: 700 })
    await clock.advance(700)
    assert.deepEqual(states(await server.took()), [{ state: { x: 1 } }])
    await clock.advance(5_000)
    assert.deepEqual(await server.took(), [])
  })

  test('of frames a second: so are leaves and snapshots', async () => {
    const { server, presence, socket, room } = await joined()
    const other = await server.joined('other', { me: {} })
    other.leave()
    socket.push(diff('room', 5, 6))
    const [leave, ask] = await server.took()
    assert.deepEqual([leave.type, ask.type], ['unsubscribe', 'presence-snapshot'])
    socket.push({ type: 'error', code: 'rate-limited', message: 'slow down', retryAfter: 700 })
    await clock.advance(700)
    assert.deepEqual((await server.took()).map(({ type, topic }) => [type, topic]), [['unsubscribe', 'other'], ['presence-snapshot', 'room']])
    assert.equal(presence.status, 'open')
    assert.equal(room.status, 'joined')
  })
})

describe('errors', () => {
  test('are told, with their topic', async () => {
    const { server, socket } = await joined()
    socket.push({ type: 'error', code: 'bad-frame', message: 'what?' })
    assert.deepEqual(server.errors.map(({ name, reason, message, topic }) => [name, reason, message, topic]), [['PresenceError', 'bad-frame', 'what?', undefined]])
  })

  test('that answer a subscribe refuse the room', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room')
    const [{ ref }] = await server.took()
    socket.push({ type: 'error', code: 'invalid-topic', message: 'bad', topic: 'room', ref })
    await assert.rejects(room.ready, { reason: 'invalid-topic' })
    assert.equal(room.status, 'denied')
  })

  for (const code of ['not-joined', 'not-observing']) {
    test(`${code}: the server has forgotten the room, so it is entered again`, async () => {
      const { server, socket, room } = await joined({ state: { x: 1 } })
      socket.push({ type: 'error', code, message: 'who?', topic: 'room' })
      const [frame] = await server.took()
      assert.deepEqual([frame.type, frame.topic, frame.state, frame.v], ['subscribe', 'room', { x: 1 }, 1])
      server.answer(frame, 'me', { type: 'current', topic: 'room', epoch: 'E', v: 1 })
      assert.equal(room.status, 'joined')
      assert.deepEqual(server.errors, [])
    })
  }
})
