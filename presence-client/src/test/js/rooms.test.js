import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { PresenceError } from './support/client.js'
import { diff, keys, log, Server, settled, state, warnings } from './support/server.js'

const opened = async () => {
  const server = new Server()
  await server.accept()
  return { server, presence: server.presence, socket: server.socket }
}

const subscribe = (topic, more) => ({ type: 'subscribe', topic, heartbeat: 'light', ...more })

/** Frames without their refs. */
const bare = frames => frames.map(({ ref, ...frame }) => frame)

describe('a room', () => {
  test('is joined, followed and left', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room', { state: { status: 'online' } })
    const lines = log(room)
    assert.equal(room.status, 'joining')
    assert.equal(room.topic, 'room')
    assert.deepEqual(room.state, { status: 'online' })
    const [frame] = await server.took()
    assert.deepEqual(frame, { ...subscribe('room', { state: { status: 'online' } }), ref: 1 })
    server.answer(frame, 'me')
    assert.equal(room.status, 'joining')
    socket.push(state('room', { ada: { id: 'ada' }, me: { id: 'me' } }))
    assert.equal(await room.ready, room.members)
    assert.equal(room.status, 'joined')
    assert.equal(room.tracked, true)
    assert.deepEqual(room.members.map(({ key, self }) => [key, self]), [['ada', false], ['me', true]])
    assert.deepEqual(lines.take(), ['sync ada,me', 'status joined'])
    room.leave()
    assert.deepEqual(lines.take(), ['status left', 'sync '])
    assert.deepEqual([room.status, room.count, room.error, room.state, room.tracked, room.states.size], ['left', 0, null, null, false, 0])
    const [bye] = await server.took()
    assert.deepEqual(bye, { type: 'unsubscribe', topic: 'room', ref: 2 })
    socket.push(diff('room', 1, 2, { joins: { bo: {} } }), { type: 'unsubscribed', topic: 'room', reason: 'leave', ref: 2 })
    assert.deepEqual(lines.take(), [])
  })

  test('is observed without being a member', async () => {
    const { server, presence } = await opened()
    const room = presence.observe('room')
    const [frame] = await server.took()
    assert.deepEqual(bare([frame]), [subscribe('__presence:room')])
    server.answer(frame, undefined, state('room', { ada: {} }))
    await room.ready
    assert.equal(room.status, 'observing')
    assert.equal(room.tracked, false)
    assert.deepEqual(room.members.map(({ self }) => self), [false])
  })

  test('that is empty is told to be so', async () => {
    const { server, presence } = await opened()
    const room = presence.observe('room')
    const lines = log(room)
    const [frame] = await server.took()
    server.answer(frame, undefined, state('room', {}))
    assert.deepEqual(await room.ready, [])
    assert.deepEqual(lines.take(), ['sync ', 'status observing'])
  })

  test('asked for in one go with others needs one frame', async () => {
    const { server, presence } = await opened()
    const rooms = ['a', 'b', 'c'].map(topic => presence.join(topic))
    const frames = await server.took()
    assert.deepEqual(bare(frames), [{ type: 'subscribe-batch', topics: ['a', 'b', 'c'].map(topic => ({ topic, heartbeat: 'light' })) }])
    server.answer(frames[0], 'me', ...['a', 'b', 'c'].map(topic => state(topic, { me: {} })))
    await Promise.all(rooms.map(({ ready }) => ready))
    assert.deepEqual(rooms.map(({ status }) => status), ['joined', 'joined', 'joined'])
  })

  test('needs a topic', async () => {
    const { presence } = await opened()
    for (const topic of ['', undefined, null, 7, {}, '__presence:room']) assert.throws(() => presence.join(topic), { name: 'TypeError', message: `${topic} is no topic` })
  })

  test('changes before its listeners hear of it', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room')
    const seen = []
    room.onJoin(() => seen.push(keys(room)))
    room.onLeave(() => seen.push(keys(room)))
    socket.push(diff('room', 1, 2, { joins: { ada: {} } }), diff('room', 2, 3, { leaves: { me: {} } }))
    assert.deepEqual(seen, [['ada', 'me'], ['ada']])
  })

  test('goes on when a listener throws, and tells each listener as often as it was registered', async t => {
    const { server, socket } = await opened()
    const room = await server.joined('room')
    const printed = t.mock.method(console, 'error', () => {})
    const heard = mock.fn()
    room.onSync(() => { throw new Error('mine') })
    const stops = [room.onSync(heard), room.onSync(heard)]
    socket.push(diff('room', 1, 2, { joins: { ada: {} } }))
    assert.equal(heard.mock.callCount(), 2)
    assert.equal(printed.mock.calls[0].arguments[0].message, 'mine')
    stops[0]()
    stops[0]()
    socket.push(diff('room', 2, 3, { joins: { bo: {} } }))
    assert.equal(heard.mock.callCount(), 3)
    stops[1]()
    socket.push(diff('room', 3, 4, { joins: { cy: {} } }))
    assert.equal(heard.mock.callCount(), 3)
  })

  test('may be left by its own listener', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room')
    const lines = log(room)
    room.onJoin(() => room.leave())
    room.onJoin(() => lines.push('never'))
    socket.push(diff('room', 1, 2, { joins: { ada: {} }, states: { c1: { key: 'ada', state: 1, n: 1 } } }))
    assert.deepEqual(lines.take(), ['join ada', 'status left', 'sync '])
    assert.equal(room.status, 'left')
  })
})

test('a room that is left as soon as its members are known stays left', async () => {
  const { server, presence } = await opened()
  const room = presence.join('room')
  room.onSync(() => room.leave())
  const [frame] = await server.took()
  server.answer(frame, 'me', state('room', { me: {} }))
  assert.equal(room.status, 'left')
  await assert.rejects(room.ready, { reason: 'left' })
})

describe('the store contract', () => {
  test('Svelte: called at once, then once for each change', async () => {
    const { server, socket } = await opened()
    const { subscribe: follow } = await server.joined('room')
    const lists = []
    const stop = follow(list => lists.push(list.map(({ key }) => key).join()))
    socket.push(diff('room', 1, 2, { joins: { ada: {}, bo: {} }, leaves: { me: {} }, states: { c: { key: 'ada', state: 1, n: 1 } } }))
    assert.deepEqual(lists, ['me', 'ada,bo'])
    stop()
    socket.push(diff('room', 2, 3, { leaves: { ada: {} } }))
    assert.deepEqual(lists, ['me', 'ada,bo'])
  })

  test('React: the snapshot is the same until something changes', async () => {
    const { server, socket } = await opened()
    const { getSnapshot } = await server.joined('room')
    const before = getSnapshot()
    assert.equal(getSnapshot(), before)
    assert.throws(() => before.push(1), TypeError)
    socket.push(diff('room', 1, 2, { joins: { ada: {} } }))
    assert.notEqual(getSnapshot(), before)
    assert.equal(before.length, 1)
  })

  test('a connection is one too', async () => {
    const server = new Server()
    const { subscribe: follow, getSnapshot } = server.presence
    server.presence.observe('room')
    const statuses = []
    const stop = follow(status => statuses.push(status))
    await server.accept()
    server.socket.drop()
    await server.clock.advance(1_000)
    await server.accept()
    stop()
    server.presence.close()
    assert.deepEqual(statuses, ['connecting', 'open', 'reconnecting', 'open'])
    assert.equal(getSnapshot(), 'closed')
  })
})

describe('a room that is joined without observing', () => {
  const quiet = subscribe('room', { observe: false })

  const joinedQuietly = async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room', { observe: false })
    const [frame] = await server.took()
    server.answer(frame, 'me', state('room', { me: {}, ada: {} }))
    await room.ready
    return { server, presence, socket, room, frame }
  }

  test('tells who is there, and then nothing', async () => {
    const { server, socket, room, frame } = await joinedQuietly()
    assert.deepEqual(bare([frame]), [quiet])
    assert.deepEqual([room.status, keys(room)], ['joined', ['ada', 'me']])
    server.onFrame = ({ type }) => { if (type === 'ping') socket.push({ type: 'pong' }) }
    const lines = log(room)
    await server.clock.advance(3_600_000)
    assert.deepEqual(lines.take(), [], 'nobody vanishes by age')
    assert.deepEqual((await server.took()), [], 'and nothing is asked')
  })

  test('publishes, and does so again after a reconnect, where it learns who is there then', async () => {
    const { server, socket, room } = await joinedQuietly()
    room.track({ x: 1 })
    assert.deepEqual(bare(await server.took()), [{ type: 'presence-state', topic: 'room', state: { x: 1 } }])
    const lines = log(room)
    socket.drop()
    await server.clock.advance(600)
    await server.accept()
    const [frame] = await server.took()
    assert.deepEqual(bare([frame]), [{ ...quiet, epoch: 'E', v: 1, state: { x: 1 } }])
    server.answer(frame, 'me', diff('room', 1, 3, { joins: { bo: {} }, leaves: { ada: {} }, reasons: { ada: 'leave' } }))
    assert.deepEqual(lines.take(), ['status joining', 'leave ada leave', 'join bo', 'sync me,bo', 'status joined'])
  })

  test('whose list was lost asks to join once more', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room', { observe: false })
    const [first] = await server.took()
    server.answer(first, 'me')
    server.onFrame = ({ type, topic }) => { if (type === 'presence-snapshot') socket.push({ type: 'error', code: 'not-observing', message: 'no', topic }) }
    await server.clock.advance(10_000)
    const again = (await server.took()).filter(({ type }) => type === 'subscribe')
    assert.deepEqual(bare(again), [quiet])
    server.answer(again[0], 'me', state('room', { me: {} }))
    assert.deepEqual(await room.ready, room.members)
  })

  for (const [how, follow, topics] of [
    ['joined', presence => presence.join('room'), ['room']],
    ['observed', presence => presence.observe('room'), ['room', '__presence:room']],
    ['observed, then tracked', presence => {
      const room = presence.observe('room')
      room.track()
      return room
    }, ['room']],
  ]) {
    test(`follows as soon as another one is ${how}, which is ready when it knows who is there now`, async () => {
      const { server, presence, socket, room } = await joinedQuietly()
      const other = follow(presence)
      const ready = mock.fn()
      other.ready.then(ready)
      const [frame] = await server.took()
      assert.deepEqual(frame.topics ?? bare([frame]), topics.map(topic => ({ ...frame.type === 'subscribe' && { type: 'subscribe' }, topic, heartbeat: 'light', epoch: 'E', v: 1 })))
      server.answer(frame, 'me')
      await settled()
      assert.equal(ready.mock.callCount(), 0)
      socket.push(diff('room', 1, 2, { leaves: { ada: {} } }))
      await settled()
      assert.equal(ready.mock.callCount(), 1)
      assert.deepEqual([keys(room), keys(other)], [['me'], ['me']])
      assert.equal(room.status, 'joined')
      socket.push(diff('room', 2, 3, { joins: { bo: {} } }))
      assert.deepEqual([keys(room), keys(other)], [['bo', 'me'], ['bo', 'me']])
      other.leave()
      assert.deepEqual(bare(await server.took()), topics.slice(1).map(topic => ({ type: 'unsubscribe', topic })), 'the member stays')
    })
  }

  test('and left for one that only observes is no member any more', async () => {
    const { server, presence, room } = await joinedQuietly()
    room.leave()
    presence.observe('room')
    assert.deepEqual(bare(await server.took()), [subscribe('__presence:room', { epoch: 'E', v: 1 }), { type: 'unsubscribe', topic: 'room' }])
  })

  test('beside one that follows changes nothing', async () => {
    const { server, presence } = await opened()
    await server.joined('room')
    const room = presence.join('room', { observe: false })
    await room.ready
    assert.deepEqual(await server.took(), [])
  })
})

describe('two rooms of one topic', () => {
  test('share one subscription, and the last to leave ends it', async () => {
    const { server, presence, socket } = await opened()
    const first = await server.joined('room')
    const second = presence.join('room')
    const lines = log(second)
    await second.ready
    assert.deepEqual(lines.take(), ['sync me', 'status joined'])
    assert.equal(second.members, first.members)
    first.leave()
    first.leave()
    assert.deepEqual(await server.took(), [])
    socket.push(diff('room', 1, 2, { joins: { ada: {} } }))
    assert.deepEqual([first.count, second.count], [0, 2])
    second.leave()
    assert.deepEqual(bare(await server.took()), [{ type: 'unsubscribe', topic: 'room' }])
  })

  test('one joined and one observed have each their own ground', async () => {
    const { server, presence, socket } = await opened()
    const joined = await server.joined('room')
    const observed = presence.observe('room')
    const [frame] = await server.took()
    assert.deepEqual(bare([frame]), [subscribe('__presence:room', { epoch: 'E', v: 1 })])
    server.answer(frame, undefined, { type: 'current', topic: '__presence:room', epoch: 'E', v: 1 })
    await observed.ready
    assert.deepEqual([joined.status, observed.status], ['joined', 'observing'])
    joined.leave()
    assert.deepEqual(bare(await server.took()), [{ type: 'unsubscribe', topic: 'room' }])
    socket.push(diff('room', 1, 2, { leaves: { me: {} } }))
    assert.equal(observed.count, 0)
    assert.equal(observed.status, 'observing')
  })

  test('left and entered again in the same moment say nothing to the server', async () => {
    const { server, presence } = await opened()
    const first = await server.joined('room')
    first.leave()
    const second = presence.join('room')
    await second.ready
    assert.equal(second.count, 1)
    // no state of the first survives, though
    assert.deepEqual(bare(await server.took()), [{ type: 'presence-state', topic: 'room', state: null }])
  })

  test('entered while the leave is under way ask anew, and late answers to the first change nothing', async () => {
    const { server, presence, socket } = await opened()
    const first = await server.joined('room')
    first.leave()
    const [bye] = await server.took()
    const second = presence.join('room')
    const [again] = await server.took()
    assert.deepEqual(bare([again]), [subscribe('room', { epoch: 'E', v: 1 })])
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref: bye.ref })
    assert.equal(second.status, 'joining')
    server.answer(again, 'me', { type: 'current', topic: 'room', epoch: 'E', v: 1 })
    await second.ready
    assert.equal(second.status, 'joined')
    assert.deepEqual(await server.took(), [])
  })

  test('left before the answer leave nothing at the server', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room')
    const [frame] = await server.took()
    room.leave()
    await assert.rejects(room.ready, { name: 'PresenceError', reason: 'left', topic: 'room' })
    assert.deepEqual(bare(await server.took()), [{ type: 'unsubscribe', topic: 'room' }])
    server.answer(frame, 'me', state('room', { me: {} }))
    assert.deepEqual(await server.took(), [])
    assert.equal(room.status, 'left')
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref: 2 })
    const other = presence.join('room')
    assert.deepEqual(other.members, [])
  })

  test('one after the other, with all answered, begin anew', async () => {
    const { server, presence, socket } = await opened()
    const first = await server.joined('room')
    first.leave()
    const [{ ref }] = await server.took()
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref })
    await settled()
    const second = presence.join('room')
    assert.deepEqual(second.members, [])
    assert.deepEqual(bare(await server.took()), [subscribe('room')])
  })

  test('entered, left and entered count the last answer only', async () => {
    const { server, presence, socket } = await opened()
    const first = presence.join('room')
    const [one] = await server.took()
    first.leave()
    const [two] = await server.took()
    const second = presence.join('room')
    const [three] = await server.took()
    server.answer(one, 'me', state('room', { me: {} }))
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref: two.ref })
    assert.equal(second.status, 'joining')
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'limit', ref: one.ref })
    assert.equal(second.status, 'joining')
    server.answer(three, 'me', state('room', { me: {} }, { v: 3 }))
    assert.equal(second.status, 'joined')
  })

  test('of which one was left publish nothing for it', async () => {
    const { server, presence } = await opened()
    const first = await server.joined('room')
    const second = presence.join('room')
    first.leave()
    first.track({ x: 1 })
    first.untrack()
    assert.deepEqual(await server.took(), [])
    assert.deepEqual([second.status, second.state], ['joined', null])
  })

  test('without an answer to the leave, it is sent again', async () => {
    const { server, socket } = await opened()
    server.onFrame = frame => { if (frame.type === 'ping') socket.push({ type: 'pong' }) }
    const room = await server.joined('room')
    room.leave()
    assert.equal((await server.took()).length, 1)
    await server.clock.advance(10_000)
    const [again] = await server.took()
    assert.equal(again.type, 'unsubscribe')
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref: again.ref })
    await server.clock.advance(20_000)
    assert.deepEqual(await server.took(), [])
  })
})

describe('untrack and track', () => {
  test('change the role: observing starts before membership ends, and the other way round', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {}, ada: {} }, { options: { state: { status: 'online' } } })
    const lines = log(room)
    room.untrack()
    assert.equal(room.state, null)
    const [observe, leave] = await server.took()
    assert.deepEqual(bare([observe, leave]), [subscribe('__presence:room', { epoch: 'E', v: 1 }), { type: 'unsubscribe', topic: 'room' }])
    server.answer(observe, undefined, { type: 'current', topic: '__presence:room', epoch: 'E', v: 1 })
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'leave', ref: leave.ref }, diff('room', 1, 2, { leaves: { me: {} }, reasons: { me: 'leave' } }))
    assert.equal(room.status, 'observing')
    assert.deepEqual(lines.take(), ['sync me,ada', 'status joining', 'status observing', 'leave me leave', 'sync ada'])

    room.track({ status: 'back' })
    const frames = await server.took()
    assert.deepEqual(bare(frames), [subscribe('room', { epoch: 'E', v: 2, state: { status: 'back' } }), { type: 'unsubscribe', topic: '__presence:room' }])
    server.answer(frames[0], 'me', diff('room', 2, 3, { joins: { me: {} }, states: { c1: { key: 'me', state: { status: 'back' }, n: 2 } } }))
    socket.push({ type: 'unsubscribed', topic: '__presence:room', reason: 'leave', ref: frames[1].ref })
    assert.equal(room.status, 'joined')
    assert.deepEqual(room.members.at(-1), { key: 'me', data: {}, state: { status: 'back' }, self: true })
    await server.clock.advance(20_000)
    assert.deepEqual(await server.took(), [])
  })

  test('an observed room becomes a member by track', async () => {
    const { server, presence } = await opened()
    const room = presence.observe('room')
    await server.took()
    room.track()
    const [join] = await server.took()
    assert.deepEqual(bare([join]), [subscribe('room')])
    server.answer(join, 'me', state('room', { me: {} }))
    assert.equal(room.status, 'joined')
  })

  test('untrack of one room leaves the other a member', async () => {
    const { server, presence } = await opened()
    const first = await server.joined('room', undefined, { options: { state: 1 } })
    const second = presence.join('room')
    second.untrack()
    assert.deepEqual(bare(await server.took()), [subscribe('__presence:room', { epoch: 'E', v: 1 })])
    assert.equal(first.state, 1)
    assert.equal(first.status, 'joined')
  })
})

describe('a refused room', () => {
  for (const reason of ['unauthorized', 'limit', 'invalid-topic', 'invalid-data']) {
    test(`rejects with ${reason}, and nothing of it remains`, async () => {
      const { server, presence, socket } = await opened()
      const room = presence.join('room', { state: 1 })
      const lines = log(room)
      const [frame] = await server.took()
      socket.push({ type: 'subscribe-denied', topic: 'room', reason, ref: frame.ref }, state('room', { ada: {} }))
      await assert.rejects(room.ready, error => error instanceof PresenceError && error.reason === reason && error.topic === 'room')
      assert.deepEqual([room.status, room.error.reason, room.count], ['denied', reason, 0])
      assert.deepEqual(lines.take(), ['status denied'])
      assert.deepEqual(server.errors.map(error => error.reason), [reason])
      room.track(2)
      room.untrack()
      room.leave()
      assert.deepEqual(await server.took(), [])
      socket.drop()
      await server.clock.advance(1_000)
      await server.accept()
      assert.deepEqual(await server.took(), [], 'asked again after the reconnect')
    })
  }

  test('is asked for again by a new join', async () => {
    const { server, presence, socket } = await opened()
    presence.join('room')
    const [frame] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'limit', ref: frame.ref })
    const room = await server.joined('room')
    assert.equal(room.status, 'joined')
  })

  test('after a reconnect shows nobody any more', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room', { me: {}, ada: {} })
    const lines = log(room)
    socket.drop()
    await server.clock.advance(1_000)
    await server.accept()
    const [frame] = await server.took()
    server.socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'unauthorized', ref: frame.ref })
    assert.deepEqual(lines.take(), ['status joining', 'status denied', 'sync '])
    assert.equal(room.count, 0)
  })

  test('because a snapshot is refused: nobody is shown any more, and nothing is asked again', async () => {
    const { server, presence, socket } = await opened()
    const joined = await server.joined('room', { me: {}, ada: {} })
    const observed = presence.observe('room')
    const [frame] = await server.took()
    server.answer(frame, undefined, { type: 'current', topic: '__presence:room', epoch: 'E', v: 1 })
    socket.push(diff('room', 3, 4))
    assert.deepEqual(await server.took(), [{ type: 'presence-snapshot', topic: 'room' }])
    socket.push({ type: 'error', code: 'unauthorized', message: 'not for you', topic: 'room' })
    for (const room of [joined, observed]) assert.deepEqual([room.status, room.error.reason, room.count], ['denied', 'unauthorized', 0])
    assert.deepEqual(server.errors.map(({ reason, topic }) => [reason, topic]), [['unauthorized', 'room']])
    const byes = await server.took()
    assert.deepEqual(bare(byes), [{ type: 'unsubscribe', topic: 'room' }, { type: 'unsubscribe', topic: '__presence:room' }], 'no ghost stays')
    for (const { topic, ref } of byes) socket.push({ type: 'unsubscribed', topic, reason: 'leave', ref })
    server.onFrame = ({ type }) => { if (type === 'ping') socket.push({ type: 'pong' }) }
    await server.clock.advance(100_000)
    assert.deepEqual(await server.took(), [])
  })

  test('to publish ends no room', async () => {
    const { server, socket } = await opened()
    const room = await server.joined('room')
    room.track({ x: 1 })
    const [{ ref }] = await server.took()
    socket.push({ type: 'error', code: 'unauthorized', message: 'no', topic: 'room', ref })
    assert.deepEqual([room.status, room.state], ['joined', null])
    assert.deepEqual(server.errors.map(({ reason }) => reason), ['unauthorized'])
  })

  test('only ends those that asked for what was refused', async () => {
    const { server, presence, socket } = await opened()
    const observed = presence.observe('room')
    const [first] = await server.took()
    server.answer(first, undefined, state('room', { ada: {} }))
    const joined = presence.join('room')
    const [second] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'limit', ref: second.ref })
    assert.deepEqual([observed.status, joined.status], ['observing', 'denied'])
    assert.equal(observed.count, 1)
  })

  test('in a batch does not harm the others', async () => {
    const { server, presence, socket } = await opened()
    const [a, b] = [presence.join('a'), presence.join('b')]
    const [{ ref }] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'a', reason: 'limit', ref }, { type: 'subscribed', topic: 'b', key: 'me', ref }, state('b', { me: {} }))
    assert.deepEqual([a.status, b.status], ['denied', 'joined'])
  })

  test('because the server is shutting down is asked for again', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room')
    const [frame] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'unavailable', ref: frame.ref })
    assert.equal(room.status, 'joining')
    await server.clock.advance(4_999)
    assert.deepEqual(await server.took(), [])
    await server.clock.advance(1)
    const [again] = await server.took()
    server.answer(again, 'me', state('room', { me: {} }))
    await room.ready
    assert.deepEqual(server.errors, [])
  })

  test('because one instance is shutting down is asked for at once after the reconnect', async () => {
    const { server, presence, socket } = await opened()
    presence.join('room')
    const [frame] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'unavailable', ref: frame.ref })
    socket.drop(1012)
    await server.clock.advance(600)
    await server.accept()
    assert.equal((await server.took()).length, 1)
  })

  test('without anybody who listens for errors is a warning', async () => {
    const { server, presence, socket } = await opened()
    server.stopErrors()
    presence.join('room')
    const [again] = await server.took()
    socket.push({ type: 'subscribe-denied', topic: 'room', reason: 'limit', ref: again.ref })
    assert.match(`${warnings[0]}`, /room: limit/)
  })
})

describe('the server ends a room', () => {
  for (const reason of ['kicked', 'leave', 'unauthorized']) {
    test(`reason ${reason}`, async () => {
      const { server, socket } = await opened()
      const room = await server.joined('room', { me: {}, ada: {} })
      const lines = log(room)
      socket.push({ type: 'unsubscribed', topic: 'room', reason })
      assert.deepEqual(lines.take(), ['status left', 'sync '])
      assert.equal(room.error.reason, reason)
      assert.deepEqual(server.errors.map(error => [error.reason, error.topic]), [[reason, 'room']])
      assert.deepEqual(await server.took(), [])
      socket.push(diff('room', 1, 2, { joins: { bo: {} } }))
      assert.deepEqual(lines.take(), [])
      socket.drop()
      await server.clock.advance(1_000)
      await server.accept()
      assert.deepEqual(await server.took(), [], 'came back by itself')
    })
  }

  test('and lets it in again if it asks', async () => {
    const { server, socket } = await opened()
    await server.joined('room')
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'kicked' })
    const room = await server.joined('room', { me: {} }, { v: 3 })
    assert.equal(room.status, 'joined')
  })

  test('while it asks anew: the answer counts', async () => {
    const { server, presence, socket } = await opened()
    const room = presence.join('room')
    const [frame] = await server.took()
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'kicked' })
    server.answer(frame, 'me', state('room', { me: {} }))
    await room.ready
    assert.equal(room.status, 'joined')
  })

  test('membership, but not the observing', async () => {
    const { server, presence, socket } = await opened()
    const joined = await server.joined('room', { me: {}, ada: {} })
    const observed = presence.observe('room')
    const [frame] = await server.took()
    server.answer(frame, undefined, { type: 'current', topic: '__presence:room', epoch: 'E', v: 1 })
    socket.push({ type: 'unsubscribed', topic: 'room', reason: 'kicked' }, diff('room', 1, 2, { leaves: { me: {} }, reasons: { me: 'kicked' } }))
    await settled()
    assert.deepEqual([joined.status, observed.status], ['left', 'observing'])
    assert.deepEqual(keys(observed), ['ada'])
  })
})
