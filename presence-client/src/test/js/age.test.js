import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clock, diff, events, heartbeat, keys, log, Server, settled, state, warnings } from './support/server.js'

const opened = async ({ welcome, options, room: roomOptions, answers = true } = {}) => {
  const server = new Server(options)
  await server.accept(welcome)
  if (answers) server.onFrame = (frame, socket) => { if (frame.type === 'ping') socket.push({ type: 'pong' }) }
  const room = await server.joined('room', { me: {}, ada: {}, bo: {} }, { options: roomOptions })
  return { server, room, socket: server.socket, lines: log(room) }
}

const snapshots = frames => frames.filter(({ type }) => type === 'presence-snapshot').length

describe('maxAge', () => {
  test('members whom nothing confirms any more vanish, except oneself', async () => {
    const { server, room, lines } = await opened()
    await clock.advance(89_000)
    assert.equal(room.count, 3)
    assert.ok(snapshots(await server.took()) > 0, 'they were asked about first')
    await clock.advance(1_000)
    assert.deepEqual(keys(room), ['me'])
    assert.deepEqual(lines.take(), ['leave ada unknown', 'leave bo unknown', 'sync me'])
    await clock.advance(300_000)
    assert.deepEqual(lines.take(), [])
    server.socket.push(state('room', { me: {}, ada: {} }, { v: 5 }))
    assert.deepEqual(lines.take(), ['join ada', 'sync me,ada'])
  })

  test('come back once they are confirmed, which a heartbeat alone does not', async () => {
    const { server, room } = await opened()
    await clock.advance(90_000)
    server.socket.push(state('room', { me: {}, ada: {}, bo: {} }, { v: 1 }))
    assert.equal(room.count, 3)
    await clock.advance(90_000)
    assert.equal(room.count, 1)
    await server.took()
    server.socket.push(heartbeat('room', 1))
    assert.equal(room.count, 1)
    await clock.advance(10_000)
    assert.ok(snapshots(await server.took()) > 0)
  })

  test('a listener that closes the connection meanwhile leaves nothing behind', async () => {
    const { server, room } = await opened()
    const other = await server.joined('other', { me: {}, cy: {} })
    room.onLeave(() => server.presence.close())
    await clock.advance(90_000)
    assert.equal(server.presence.status, 'closed')
    assert.equal(other.status, 'left')
    assert.equal(clock.pending, 0)
  })

  test('light heartbeats keep everybody, and change and re-render nothing', async () => {
    const { server, room, socket, lines } = await opened()
    const list = room.members
    for (let i = 0; i < 20; i++) {
      await clock.advance(30_000)
      socket.push(heartbeat('room', 1))
    }
    assert.deepEqual(lines.take(), [])
    assert.equal(room.members, list)
    assert.deepEqual(await server.took(), [])
  })

  test('full heartbeats of the held version do the same', async () => {
    const { room, socket, lines } = await opened()
    const list = room.members
    for (let i = 0; i < 20; i++) {
      await clock.advance(30_000)
      socket.push(heartbeat('room', 1, { data: { me: {}, ada: {}, bo: {} } }))
    }
    assert.deepEqual(lines.take(), [])
    assert.equal(room.members, list)
  })

  test('an answer to the question keeps everybody', async () => {
    const { room, server, socket, lines } = await opened({ answers: false })
    server.onFrame = frame => {
      if (frame.type === 'ping') socket.push({ type: 'pong' })
      if (frame.type === 'presence-snapshot') socket.push(state('room', { me: {}, ada: {}, bo: {} }))
    }
    await clock.advance(1_000_000)
    assert.deepEqual(lines.take(), [])
    assert.equal(room.count, 3)
  })

  test('a dead link empties no list', async () => {
    const { server, room, lines } = await opened({ answers: false })
    await clock.advance(40_000)
    assert.equal(room.status, 'joining')
    for (let i = 0; i < 50; i++) {
      await clock.advance(20_000)
      server.socket.drop()
    }
    assert.equal(room.count, 3)
    assert.deepEqual(lines.take(), ['status joining'])
  })

  test('not even a short age on a link that is not yet known to be dead', async () => {
    const { server, room } = await opened({ answers: false, welcome: { heartbeat: 1_000, maxAge: 3_000 } })
    await clock.advance(12_000)
    assert.equal(server.presence.status, 'reconnecting')
    assert.equal(room.count, 3)
  })

  test('works without pings of the link', async () => {
    const { room } = await opened({ welcome: { pingInterval: 0 } })
    await clock.advance(90_000)
    assert.equal(room.count, 1)
  })

  test('neither does a sleep, nor a throttled timer', async () => {
    const { room, socket, lines } = await opened()
    clock.sleep(3_600_000)
    events.dispatchEvent(new Event('visibilitychange'))
    await clock.advance(0)
    assert.equal(room.count, 3)
    // what had waited in the socket is read now
    socket.push(heartbeat('room', 1))
    for (let i = 0; i < 10; i++) {
      clock.sleep(61_000)
      socket.push(heartbeat('room', 1))
      await clock.advance(0)
    }
    assert.equal(room.count, 3)
    assert.deepEqual(lines.take(), [])
  })

  test("is the room's, then the connection's, then the server's; 0 keeps everybody", async () => {
    for (const setting of [{ room: { maxAge: 0 } }, { options: { maxAge: 0 } }, { welcome: { maxAge: 0 } }]) {
      const { room, server } = await opened(setting)
      await clock.advance(1_000_000)
      assert.equal(room.count, 3)
      assert.equal(snapshots(await server.took()), 0)
    }
    for (const setting of [{ room: { maxAge: 120_000 }, options: { maxAge: 0 } }, { options: { maxAge: 120_000 }, welcome: { maxAge: 0 } }, { welcome: { maxAge: 120_000 } }]) {
      const { room } = await opened(setting)
      await clock.advance(119_000)
      assert.equal(room.count, 3)
      await clock.advance(2_000)
      assert.equal(room.count, 1)
    }
  })

  test('of two rooms that share a topic the longest counts', async () => {
    const { server, room } = await opened({ room: { maxAge: 100_000 } })
    const other = server.presence.join('room', { maxAge: 0 })
    await clock.advance(200_000)
    assert.equal(room.count, 3)
    other.leave()
    await clock.advance(100_000)
    assert.equal(room.count, 1)
  })

  test('keeps those who are announced to leave no longer than that, also with 0', async () => {
    const { room, socket } = await opened({ room: { maxAge: 0 } })
    socket.push(diff('room', 1, 2, { leaves: { ada: {} } }))
    assert.deepEqual(keys(room), ['bo', 'me'])
  })

  test('without heartbeats has no effect, and says so', async () => {
    const { room } = await opened({ welcome: { heartbeat: 0, maxAge: 0 }, room: { maxAge: 1_000 } })
    await clock.advance(1_000_000)
    assert.equal(room.count, 3)
    assert.deepEqual(warnings, ['maxAge 1000 needs a heartbeat of at most 500 ms, not 0'])
  })

  test('below twice the heartbeat warns, once', async () => {
    const server = new Server({ maxAge: 59_999 })
    await server.accept()
    for (const maxAge of [undefined, 40_000, 59_999, 60_000, 0]) await server.joined(`room ${maxAge}`, {}, { options: { maxAge } })
    server.socket.drop()
    await clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    server.answer(frame, 'me', ...frame.topics.map(({ topic }) => state(topic, {})))
    await settled()
    assert.deepEqual(warnings, [59_999, 40_000].map(age => `maxAge ${age} needs a heartbeat of at most ${age / 2} ms, not 30000`))
  })
})
