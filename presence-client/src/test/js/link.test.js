import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect } from './support/client.js'
import { clock, diff, events, keys, log, Server, settled, state } from './support/server.js'

const opened = async options => {
  const server = new Server(options)
  await server.accept()
  return { server, presence: server.presence, socket: server.socket }
}

/** The same with a room, for which a lost connection is opened again. */
const wanted = async () => {
  const client = await opened()
  client.presence.observe('wanted')
  await client.server.took()
  return client
}

/** Answers pings, as long as the link lives. */
const answerPings = server => {
  server.onFrame = (frame, socket) => { if (frame.type === 'ping' && !server.dead) socket.push({ type: 'pong' }) }
}

describe('the address', () => {
  const urlOf = async url => {
    const server = new Server({ url })
    await settled()
    return server.socket.url
  }

  test('may be absolute or http', async () => {
    assert.equal(await urlOf('wss://example.org/presence?user=1'), 'wss://example.org/presence?user=1')
    assert.equal(await urlOf('https://example.org/presence'), 'wss://example.org/presence')
    assert.equal(await urlOf(new URL('http://example.org/presence')), 'ws://example.org/presence')
  })

  test("may be relative to the page's", async t => {
    globalThis.location = { toString: () => 'https://example.org/app/page' }
    t.after(() => { delete globalThis.location })
    assert.equal(await urlOf('/presence?user=1'), 'wss://example.org/presence?user=1')
    assert.equal(await urlOf('presence'), 'wss://example.org/app/presence')
  })

  test('that is none is refused at once, and says what to do', () => {
    assert.throws(() => connect('ftp://example.org/', { WebSocket: class {} }), { name: 'TypeError', message: /ftp:\/\/example.org\/ is no WebSocket address: connect\('wss:/ })
    assert.throws(() => connect(undefined, { WebSocket: class {} }), { message: /^file:.* is no WebSocket address/ })
  })

  test('needs a WebSocket', t => {
    const { WebSocket } = globalThis
    delete globalThis.WebSocket
    t.after(() => { if (WebSocket) globalThis.WebSocket = WebSocket })
    assert.throws(() => connect('wss://host/'), { message: /connect\(url, \{ WebSocket \}\)/ })
  })

  test('may be made anew for each attempt', async () => {
    let ticket = 0
    const server = new Server({ url: async () => `wss://host/presence?ticket=${++ticket}` })
    server.presence.observe('wanted')
    await server.accept()
    server.socket.drop()
    await clock.advance(1_000)
    assert.deepEqual(server.sockets.map(({ url }) => url), ['wss://host/presence?ticket=1', 'wss://host/presence?ticket=2'])
  })

  test('that cannot be made is reported, and asked for again', async () => {
    let calls = 0
    const server = new Server({ url: () => { if (++calls < 3) throw new Error('no ticket'); return 'wss://host/' } })
    server.presence.observe('wanted')
    await settled()
    assert.deepEqual(server.errors.map(({ reason, message }) => [reason, message]), [['connect', 'no ticket']])
    assert.equal(server.presence.status, 'reconnecting')
    await clock.advance(5_000)
    await server.accept()
    assert.equal(server.presence.status, 'open')
  })

  test('that never comes is given up', async () => {
    let calls = 0
    const server = new Server({ url: () => { calls++; return new Promise(() => {}) } })
    server.presence.observe('wanted')
    await clock.advance(11_000)
    assert.equal(calls, 2)
    assert.equal(server.sockets.length, 0)
  })

  test('that comes after close is not used', async () => {
    let give
    const server = new Server({ url: () => new Promise(resolve => { give = resolve }) })
    await settled()
    server.presence.close()
    give('wss://host/')
    await settled()
    assert.equal(server.sockets.length, 0)
  })
})

describe('a reconnect', () => {
  test('comes by itself, joins again with the held version, and shows no change to those who see none', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {}, ada: {} }, { v: 4 })
    const lines = log(room)
    const list = room.members
    socket.drop()
    assert.equal(server.presence.status, 'reconnecting')
    assert.equal(room.members, list)
    await clock.advance(600)
    await server.accept({ connectionId: 'c2' })
    assert.equal(server.presence.connectionId, 'c2')
    const [frame] = await server.took()
    assert.deepEqual([frame.epoch, frame.v], ['E', 4])
    server.answer(frame, 'me', { type: 'current', topic: 'room', epoch: 'E', v: 4 })
    assert.deepEqual(lines.take(), ['status joining', 'status joined'])
    assert.equal(room.members, list)
  })

  test('is answered by one diff', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {}, ada: {} }, { v: 4 })
    const lines = log(room)
    socket.drop()
    await clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    server.answer(frame, 'me', diff('room', 4, 9, { joins: { bo: {} }, leaves: { ada: {} }, reasons: { ada: 'leave' } }))
    assert.deepEqual(lines.take(), ['status joining', 'leave ada leave', 'join bo', 'sync me,bo', 'status joined'])
    assert.deepEqual(await server.took(), [])
  })

  test('is answered by another instance with a state: only the difference is told', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {}, ada: {}, bo: {} }, { v: 4 })
    const lines = log(room)
    socket.drop()
    await clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    server.answer(frame, 'me', state('room', { cy: {}, bo: {}, me: {} }, { epoch: 'X', v: 1 }))
    assert.deepEqual(lines.take(), ['status joining', 'leave ada unknown', 'join cy', 'sync me,bo,cy', 'status joined'])
  })

  test('keeps rooms that were not answered yet', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room')
    const observed = presence.observe('other')
    await server.took()
    socket.drop()
    await clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    assert.deepEqual(frame.topics, [{ topic: 'room', heartbeat: 'light' }, { topic: '__presence:other', heartbeat: 'light' }])
    server.answer(frame, 'me', state('room', { me: {} }), state('other', {}))
    assert.deepEqual([room.status, observed.status], ['joined', 'observing'])
  })

  test('of a connection without a login shows the new key as oneself', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {} })
    socket.drop()
    await clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    server.answer(frame, '~2', state('room', { '~2': {} }, { v: 3 }))
    assert.deepEqual(room.members.map(({ key, self }) => [key, self]), [['~2', true]])
  })

  test('pauses grow, are random, and begin anew after a connection that lasted', async () => {
    const { server } = await wanted()
    const pauses = []
    const lose = async () => {
      server.socket.drop()
      const count = server.sockets.length
      let waited = 0
      while (server.sockets.length === count) {
        await clock.advance(50)
        waited += 50
      }
      pauses.push(waited)
    }
    for (let i = 0; i < 8; i++) await lose()
    assert.deepEqual(pauses, [600, 1_100, 2_100, 4_100, 8_100, 15_100, 15_100, 15_100])
    answerPings(server)
    await server.accept()
    await clock.advance(11_000)
    Math.random = () => 0.1
    pauses.length = 0
    await lose()
    assert.deepEqual(pauses, [200])
  })

  test('a connection that ends at once does not count as a success', async () => {
    const { server } = await wanted()
    for (let i = 0; i < 10; i++) {
      server.socket.drop()
      while (server.socket.readyState) await clock.advance(100)
      await server.accept()
    }
    server.socket.drop()
    await clock.advance(15_000)
    assert.equal(server.sockets.length, 11)
  })

  test('waits as long as the server says', async () => {
    const { server, socket } = await wanted()
    socket.push({ type: 'goodbye', reason: 'shutdown', retryAfter: 7_000 })
    socket.drop(1012)
    await clock.advance(6_000)
    events.dispatchEvent(new Event('focus'))
    await clock.advance(999)
    assert.equal(server.sockets.length, 1)
    await clock.advance(1)
    assert.equal(server.sockets.length, 2)
    server.socket.drop()
    await clock.advance(600)
    assert.equal(server.sockets.length, 3)
  })

  test('comes at once when the network or the user is back', async () => {
    const { server } = await wanted()
    for (const type of ['online', 'focus', 'pageshow', 'visibilitychange']) {
      for (let i = 0; i < 6; i++) {
        server.socket.drop()
        const count = server.sockets.length
        await clock.advance(50)
        assert.equal(server.sockets.length, count, 'connected without waiting')
        events.dispatchEvent(new Event(type))
        await settled()
        assert.equal(server.sockets.length, count + 1)
        events.dispatchEvent(new Event(type))
        assert.equal(server.sockets.length, count + 1)
      }
    }
  })

  test('leaves while the page is kept for the back button', async () => {
    const { server, socket } = await wanted()
    events.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }))
    assert.equal(server.presence.status, 'open')
    events.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }))
    assert.equal(socket.readyState > 1, true)
    for (const type of ['visibilitychange', 'focus', 'online']) events.dispatchEvent(new Event(type))
    await clock.advance(100_000)
    assert.equal(server.sockets.length, 1)
    events.dispatchEvent(new Event('pageshow'))
    await settled()
    assert.equal(server.sockets.length, 2)
  })

  test('waits for a room: a connection without any is opened once', async () => {
    const { server, presence, socket } = await opened()
    socket.drop(1001)
    assert.equal(presence.status, 'reconnecting')
    await clock.advance(3_600_000)
    for (const type of ['online', 'focus', 'pageshow', 'visibilitychange']) events.dispatchEvent(new Event(type))
    await settled()
    assert.equal(server.sockets.length, 1)
    assert.equal(clock.pending, 0)
    const room = presence.join('room')
    await server.accept()
    assert.equal(server.sockets.length, 2)
    const [frame] = await server.took()
    server.answer(frame, 'me', state('room', { me: {} }))
    await room.ready
    room.leave()
    const [{ ref }] = await server.took()
    server.socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref })
    await settled()
    server.socket.drop()
    await clock.advance(3_600_000)
    assert.equal(server.sockets.length, 2, 'all rooms are left')
  })

  test('for a room that is left meanwhile ends there', async () => {
    const { server, presence, socket } = await opened()
    const room = await server.joined('room')
    socket.drop()
    room.leave()
    await clock.advance(600)
    await server.accept()
    assert.deepEqual(await server.took(), [])
    server.socket.drop(1001)
    await clock.advance(3_600_000)
    assert.equal(server.sockets.length, 2)
    assert.equal(presence.status, 'reconnecting')
  })

  test('gives up an attempt that nobody answers', async () => {
    const server = new Server()
    server.presence.observe('wanted')
    await settled()
    await clock.advance(9_999)
    assert.equal(server.sockets.length, 1)
    await clock.advance(701)
    assert.equal(server.sockets.length, 2)
    assert.equal(server.sockets[0].closedBy, 'client')
    server.sockets[0].accept({})
    assert.equal(server.presence.status, 'reconnecting')
    await server.accept()
    server.sockets[0].drop()
    assert.equal(server.presence.status, 'open')
  })

  for (const code of [1000, 1001, 1002, 1005, 1006, 1007, 1011, 1012, 4000]) {
    test(`follows close code ${code}`, async () => {
      const { server, socket } = await wanted()
      socket.drop(code)
      assert.equal(server.presence.status, 'reconnecting')
      await clock.advance(600)
      assert.equal(server.sockets.length, 2)
    })
  }

  for (const [code, reason] of [[1003, 'closed'], [1008, 'closed'], [1009, 'closed'], [4403, 'kicked']]) {
    test(`does not follow close code ${code}`, async () => {
      const { server, presence, socket } = await opened()
      const room = await server.joined('room')
      const pending = presence.join('other')
      const lines = log(room)
      socket.drop(code)
      assert.equal(presence.status, 'closed')
      assert.deepEqual(lines.take(), ['status left', 'sync '])
      assert.equal(room.error.reason, reason)
      await assert.rejects(pending.ready, { reason })
      assert.deepEqual(server.errors.map(error => [error.reason, error.message]), [[reason, `Closed by the server, code ${code}`]])
      assert.equal(clock.pending, 0)
      assert.equal(events.listeners, 0)
      await clock.advance(100_000)
      assert.equal(server.sockets.length, 1)
      assert.throws(() => presence.join('room'), { name: 'PresenceError', reason: 'closed' })
    })
  }
})

test('a server that sends no welcome is followed all the same', async () => {
  const server = new Server()
  const room = server.presence.join('room')
  await server.accept(null)
  const [frame] = await server.took()
  server.answer(frame, 'me', state('room', { me: {} }))
  await room.ready
  assert.equal(server.presence.connectionId, undefined)
})

describe('close', () => {
  test('ends everything and leaves nothing behind', async () => {
    const { server, presence, socket } = await opened()
    const room = await server.joined('room')
    const pending = presence.join('other')
    presence.close()
    presence.close()
    assert.deepEqual([presence.status, room.status, room.error, room.count], ['closed', 'left', null, 0])
    await assert.rejects(pending.ready, { reason: 'left' })
    assert.deepEqual([socket.closedBy, socket.closeCode], ['client', 1000])
    assert.deepEqual([clock.pending, events.listeners], [0, 0])
    assert.deepEqual(server.errors, [])
    socket.push(state('room', { ada: {} }))
    socket.drop()
    await clock.advance(100_000)
    assert.equal(server.sockets.length, 1)
    assert.equal(room.count, 0)
  })

  test('works before and between connections', async () => {
    const early = new Server()
    early.presence.close()
    await clock.advance(20_000)
    assert.equal(early.sockets.length, 0)
    const { server, presence, socket } = await opened()
    socket.drop()
    presence.close()
    await clock.advance(20_000)
    assert.equal(server.sockets.length, 1)
  })
})

describe('a dead link', () => {
  test('is noticed: silence, a ping, silence', async () => {
    const { server, socket } = await opened()
    await server.joined('room')
    await clock.advance(25_000)
    assert.equal(socket.pings, 1)
    await clock.advance(9_999)
    assert.equal(server.presence.status, 'open')
    await clock.advance(1)
    assert.equal(server.presence.status, 'reconnecting')
    assert.equal(socket.closedBy, 'client')
    await clock.advance(600)
    await server.accept()
    assert.equal(server.presence.status, 'open')
  })

  test('is none as long as anything comes', async () => {
    const { server, socket } = await opened()
    for (let i = 0; i < 20; i++) {
      await clock.advance(20_000)
      socket.push('anything')
    }
    assert.equal(socket.pings, 0)
    assert.equal(server.sockets.length, 1)
    await clock.advance(30_000)
    assert.equal(socket.pings, 1)
    socket.push({ type: 'pong' })
    await clock.advance(20_000)
    assert.equal(server.presence.status, 'open')
  })

  test('is looked for as often as the server says, or never', async () => {
    const { server, socket } = await opened()
    socket.push({ type: 'welcome', connectionId: 'c1', heartbeat: 0, maxAge: 0, pingInterval: 0, maxStateBytes: 1024 })
    await clock.advance(1_000_000)
    assert.equal(socket.pings, 0)
    socket.push({ type: 'welcome', connectionId: 'c1', heartbeat: 0, maxAge: 0, pingInterval: 3_000, maxStateBytes: 1024 })
    await clock.advance(3_000)
    assert.equal(socket.pings, 1)
    assert.equal(server.presence.status, 'open')
  })

  for (const type of ['online', 'offline', 'focus', 'pageshow', 'visibilitychange']) {
    test(`is looked for at once on ${type}`, async () => {
      const { server, socket } = await opened()
      await clock.advance(500)
      events.dispatchEvent(new Event(type))
      assert.equal(socket.pings, 0, 'heard of it half a second ago')
      await clock.advance(1_000)
      events.dispatchEvent(new Event(type))
      events.dispatchEvent(new Event(type))
      assert.equal(socket.pings, 1)
      await clock.advance(9_999)
      assert.equal(server.presence.status, 'open')
      await clock.advance(1)
      assert.equal(server.presence.status, 'reconnecting')
    })
  }

  test('is noticed in a tab whose timers run once a minute', async () => {
    const { server, socket } = await opened()
    const throttled = async () => {
      clock.sleep(60_000)
      await clock.advance(0)
    }
    await throttled()
    assert.equal(socket.pings, 1)
    socket.push({ type: 'pong' })
    await throttled()
    assert.equal(socket.pings, 2)
    await throttled()
    await throttled()
    assert.equal(server.presence.status, 'reconnecting')
  })

  test('is not one because a timer was late: the answer may wait to be read', async () => {
    const { server, socket } = await opened()
    await clock.advance(25_000)
    assert.equal(socket.pings, 1)
    clock.sleep(3_600_000)
    await clock.advance(0)
    assert.equal(server.presence.status, 'open')
    assert.equal(socket.pings, 2)
    socket.push({ type: 'pong' }, { type: 'pong' })
    await clock.advance(24_999)
    assert.equal(server.presence.status, 'open')
    assert.equal(server.sockets.length, 1)
  })

  test('is noticed soon after a sleep', async () => {
    const { server, socket } = await wanted()
    clock.sleep(3_600_000)
    events.dispatchEvent(new Event('pageshow'))
    assert.equal(socket.pings, 1)
    await clock.advance(10_000)
    assert.equal(server.presence.status, 'reconnecting')
    await clock.advance(600)
    assert.equal(server.sockets.length, 2)
  })
})

describe('batches', () => {
  const topicsOf = frames => frames.flatMap(frame => frame.topics ?? [frame]).map(({ topic }) => topic)

  test('of at most 100 topics join again more than 200, at a pace that the server allows', async () => {
    const { server, presence } = await opened()
    const rooms = Array.from({ length: 250 }, (_, i) => i % 5 ? presence.join(`t${i}`) : presence.observe(`t${i}`))
    const all = []
    const answer = async () => {
      const frames = await server.took()
      assert.ok(topicsOf(frames).length <= 100)
      for (const frame of frames) {
        assert.equal(frame.type, 'subscribe-batch')
        server.answer(frame, 'me', ...frame.topics.map(({ topic }) => state(topic.replace('__presence:', ''), { me: {} })))
      }
      all.push(...topicsOf(frames))
    }
    for (let second = 0; second < 4; second++) {
      await answer()
      await clock.advance(1_000)
    }
    assert.equal(new Set(all).size, 250)
    assert.equal(all.length, 250)
    assert.ok(rooms.every(({ status }) => status === 'joined' || status === 'observing'))
    server.socket.drop()
    await clock.advance(600)
    await server.accept()
    all.length = 0
    for (let second = 0; second < 4; second++) {
      await answer()
      await clock.advance(1_000)
    }
    assert.equal(new Set(all).size, 250)
    assert.equal(all.length, 250)
    assert.ok(rooms.every(({ status, count }) => (status === 'joined' || status === 'observing') && count === 1))
  })

  test('stay below the size that a server accepts', async () => {
    const { server, presence } = await opened()
    const long = '🙂'.repeat(250)
    for (let i = 0; i < 60; i++) presence.join(`${long}${i}`, { state: '€'.repeat(330) })
    const frames = await server.took()
    assert.equal(topicsOf(frames).length, 60)
    for (const frame of frames) assert.ok(Buffer.byteLength(JSON.stringify(frame)) < 60_000)
  })

  test('that are too fast for the server slow down, and lose nothing', async () => {
    const { server, presence, socket } = await opened()
    const rooms = Array.from({ length: 80 }, (_, i) => presence.join(`t${i}`))
    const [first] = await server.took()
    assert.equal(first.topics.length, 80)
    socket.push({ type: 'error', code: 'rate-limited', message: 'too fast', retryAfter: 3_000, ref: first.ref })
    await clock.advance(2_999)
    assert.deepEqual(await server.took(), [])
    await clock.advance(1)
    for (let i = 0; i < 3; i++) {
      const frames = await server.took()
      assert.ok(topicsOf(frames).length <= 45)
      for (const frame of frames) server.answer(frame, 'me', ...topicsOf([frame]).map(topic => state(topic, { me: {} })))
      await clock.advance(1_000)
    }
    assert.ok(rooms.every(({ status }) => status === 'joined'))
    assert.deepEqual(server.errors, [])
  })

  test('part of which is too much: only those topics are asked for again', async () => {
    const { server, presence, socket } = await opened()
    const [a, b] = [presence.join('a'), presence.join('b')]
    const [{ ref }] = await server.took()
    socket.push({ type: 'subscribed', topic: 'a', key: 'me', ref }, state('a', { me: {} }))
    for (let i = 0; i < 30; i++) socket.push({ type: 'error', code: 'rate-limited', message: 'too fast', topic: 'b', ref, retryAfter: 500 })
    await clock.advance(500)
    const [again] = await server.took()
    assert.equal(again.topic, 'b')
    server.answer(again, 'me', state('b', { me: {} }))
    assert.deepEqual([a.status, b.status], ['joined', 'joined'])
    const rooms = Array.from({ length: 40 }, (_, i) => presence.join(`t${i}`))
    assert.equal(topicsOf(await server.took()).length, 40, 'the pace fell once, not thirty times')
    assert.equal(rooms.length, 40)
  })

  test('without an answer are sent again', async () => {
    const { server, presence } = await opened()
    answerPings(server)
    const room = presence.join('room')
    assert.equal((await server.took()).length, 1)
    await clock.advance(10_000)
    const [again] = await server.took()
    assert.equal(again.topic, 'room')
    server.answer(again, 'me', state('room', { me: {} }))
    await room.ready
    assert.deepEqual(keys(room), ['me'])
  })

  test('answered, but without the state: it is asked for', async () => {
    const { server, presence } = await opened()
    answerPings(server)
    const room = presence.join('room')
    const [frame] = await server.took()
    server.answer(frame, 'me')
    await clock.advance(10_000)
    assert.deepEqual(await server.took(), [{ type: 'presence-snapshot', topic: 'room' }])
    server.socket.push(state('room', { me: {} }))
    assert.equal(room.status, 'joined')
  })
})
