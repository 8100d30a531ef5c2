import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diff, heartbeat, keys, log, Server, state } from './support/server.js'

const opened = async (data, options) => {
  const server = new Server()
  await server.accept()
  const room = await server.joined('room', data, options)
  return { server, room, socket: server.socket, lines: log(room) }
}

const snapshot = { type: 'presence-snapshot', topic: 'room' }

describe('the version rule', () => {
  test('a diff that starts at the held version is applied, with its edges and reasons', async () => {
    const { room, socket, lines } = await opened({ me: { id: 'me' }, ada: { id: 'ada' } })
    socket.push(diff('room', 1, 2, { joins: { bo: { id: 'bo' } }, leaves: { ada: { id: 'ada' } }, reasons: { ada: 'kicked' } }))
    assert.deepEqual(lines.take(), ['leave ada kicked', 'join bo', 'sync me,bo'])
    assert.deepEqual(room.members, [
      { key: 'me', data: { id: 'me' }, state: null, self: true },
      { key: 'bo', data: { id: 'bo' }, state: null, self: false },
    ])
    assert.equal(room.count, 2)
  })

  test('a diff that comes twice, or late, is dropped', async () => {
    const { server, room, socket, lines } = await opened()
    const first = diff('room', 1, 2, { joins: { ada: {} } })
    socket.push(first, diff('room', 2, 3, { leaves: { ada: {} } }), first, diff('room', 0, 1, { joins: { bo: {} } }))
    assert.deepEqual(lines.take(), ['join ada', 'sync me,ada', 'leave ada unknown', 'sync me'])
    assert.deepEqual(keys(room), ['me'])
    assert.deepEqual(await server.took(), [])
  })

  test('a gap asks for a snapshot, once, and ignores diffs until the state arrives', async () => {
    const { server, room, socket, lines } = await opened()
    socket.push(diff('room', 2, 3, { joins: { ada: {} } }), diff('room', 3, 4, { joins: { bo: {} } }), diff('room', 1, 2, { joins: { cy: {} } }))
    assert.deepEqual(await server.took(), [snapshot])
    socket.push(diff('room', 4, 5, { joins: { dy: {} } }), heartbeat('room', 5))
    assert.deepEqual(await server.took(), [])
    assert.deepEqual(keys(room), ['me'])
    socket.push(state('room', { me: { id: 'me' }, ada: {}, bo: {} }, { v: 4 }))
    assert.deepEqual(lines.take(), ['join ada', 'join bo', 'sync me,ada,bo'])
    socket.push(diff('room', 4, 5, { leaves: { bo: {} } }))
    assert.deepEqual(keys(room), ['ada', 'me'])
  })

  test('another epoch is a gap', async () => {
    const { server, socket } = await opened()
    socket.push(diff('room', 1, 2, { epoch: 'F', joins: { ada: {} } }))
    assert.deepEqual(await server.took(), [snapshot])
  })

  test('a heartbeat of another version is a gap, of the same one is none', async () => {
    const { server, socket } = await opened()
    socket.push(heartbeat('room', 1))
    assert.deepEqual(await server.took(), [])
    socket.push(heartbeat('room', 2))
    assert.deepEqual(await server.took(), [snapshot])
  })

  test('a snapshot that is not answered is asked for again', async () => {
    const { server, socket, room } = await opened()
    socket.push(heartbeat('room', 2))
    assert.deepEqual(await server.took(), [snapshot])
    server.onFrame = frame => { if (frame.type === 'ping') socket.push({ type: 'pong' }) }
    await server.clock.advance(10_000)
    assert.deepEqual(await server.took(), [snapshot])
    socket.push(state('room', { me: {}, ada: {} }, { v: 2 }))
    await server.clock.advance(15_000)
    assert.deepEqual(await server.took(), [])
    assert.deepEqual(keys(room), ['ada', 'me'])
  })

  test('an older state of the same epoch does not undo what is newer', async () => {
    const { room, socket } = await opened()
    socket.push(diff('room', 1, 2, { joins: { ada: {} } }), state('room', { me: {} }, { v: 1 }))
    assert.deepEqual(keys(room), ['ada', 'me'])
  })

  test('a state of another epoch replaces everything; who vanished left for an unknown reason', async () => {
    const { room, socket, lines } = await opened({ me: {}, ada: {}, bo: { name: 'Bo' } }, { v: 7 })
    socket.push(state('room', { me: {}, bo: { name: 'Bob' }, cy: {} }, { epoch: 'F', v: 1 }))
    assert.deepEqual(lines.take(), ['leave ada unknown', 'update bo', 'join cy', 'sync me,bo,cy'])
    assert.deepEqual(keys(room), ['bo', 'cy', 'me'])
  })

  test('frames that nobody knows are ignored', async () => {
    const { server, room, socket, lines } = await opened()
    socket.push('no json', 'null', '7', '[]', { type: 'news' }, { type: 'constructor' }, { topic: '__presence:room', event: 'constructor' }, { topic: '__presence:room', event: 'state' },
      { topic: '__presence:room', event: 'diff' }, { topic: 7, event: 'state', data: {} }, { topic: '__presence:other', event: 'state', data: {} }, state('other', { ada: {} }))
    assert.deepEqual(lines.take(), [])
    assert.deepEqual(keys(room), ['me'])
    assert.deepEqual(await server.took(), [])
  })
})

describe('members', () => {
  test('keep their identity, and the list its own, as long as nothing changes', async () => {
    const { room, socket, lines } = await opened({ me: { id: 'me' }, ada: { id: 'ada', tags: ['a', { b: 1 }] }, bo: { id: 'bo' } })
    const [me, ada, bo] = room.members
    const list = room.members
    socket.push(heartbeat('room', 1), state('room', { bo: { id: 'bo' }, ada: { tags: ['a', { b: 1 }], id: 'ada' }, me: { id: 'me' } }))
    assert.equal(room.members, list)
    assert.deepEqual(lines.take(), [])
    socket.push(diff('room', 1, 2, { joins: { bo: { id: 'bo', name: 'Bo' }, me: { id: 'me' } }, updated: ['bo', 'me'] }))
    assert.deepEqual(lines.take(), ['update bo', 'sync me,ada,bo'])
    assert.notEqual(room.members, list)
    assert.equal(room.members[0], me)
    assert.equal(room.members[1], ada)
    assert.notEqual(room.members[2], bo)
    assert.deepEqual(room.members[2].data, { id: 'bo', name: 'Bo' })
  })

  test('a repeated join of somebody who is there is announced to nobody', async () => {
    const { socket, lines } = await opened({ me: {}, ada: { id: 'ada' } })
    socket.push(diff('room', 1, 2, { joins: { ada: { id: 'ada' } } }))
    assert.deepEqual(lines.take(), [])
  })

  test('differ when their data does, in type, length or depth', async () => {
    const { room, socket, lines } = await opened({ me: {}, a: { x: [1, 2] }, b: { x: { 0: 1 } }, c: { x: null }, d: {}, e: { x: 1 } })
    socket.push(diff('room', 1, 2, { joins: { a: { x: [1] }, b: { x: [1] }, c: { x: {} }, d: { x: undefined, y: null }, e: { x: '1' } } }))
    assert.deepEqual(lines.take(), ['update a', 'update b', 'update c', 'update d', 'update e', 'sync me,a,b,c,d,e'])
    assert.deepEqual(room.members[4].data, { y: null })
    socket.push(diff('room', 2, 3, { joins: { e: JSON.parse('{"__proto__":{}}') } }))
    socket.push(diff('room', 3, 4, { joins: { e: { x: 1 } } }))
    assert.deepEqual(lines.take().filter(line => !line.startsWith('sync')), ['update e', 'update e'])
  })

  test('may have any key', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '7', 'ключ', '"\u2028']
    const data = name => JSON.parse(`{${JSON.stringify(name)}:{"id":1}}`)
    const { room, socket, lines } = await opened({})
    let v = 1
    for (const name of names) {
      const states = JSON.parse(`{${JSON.stringify(name)}:{"key":${JSON.stringify(name)},"state":${JSON.stringify(data(name))},"n":1}}`)
      socket.push(diff('room', v, ++v, { joins: data(name), states }))
      assert.ok(room.members.some(({ key, state }) => key === name && Object.hasOwn(state, name)), name)
      assert.equal(room.states.get(name).key, name)
    }
    assert.equal(room.count, names.length)
    lines.take()
    for (const name of names) {
      const reasons = JSON.parse(`{${JSON.stringify(name)}:"timeout"}`)
      socket.push(diff('room', v, ++v, { leaves: data(name), reasons }))
      assert.ok(lines.take().includes(`leave ${name} timeout`), name)
    }
    assert.equal(room.count, 0)
    assert.equal(room.states.size, 0)
    assert.equal({}.id, undefined)
  })

  test('who joins is not taken for known because of what every object has', async () => {
    const { socket, lines } = await opened({ me: {} })
    socket.push(diff('room', 1, 2, { leaves: { constructor: {}, me: {} }, reasons: { me: 'leave' } }))
    assert.deepEqual(lines.take(), ['leave me leave', 'sync '])
    socket.push(diff('room', 2, 3, { joins: { ada: {} } }), diff('room', 3, 4, { leaves: { ada: {} } }))
    assert.deepEqual(lines.take(), ['join ada', 'sync ada', 'leave ada unknown', 'sync '])
  })
})

describe('states', () => {
  test("a member's state is the one with the highest n, then of the greater connection id", async () => {
    const { room, socket } = await opened({ ada: {} })
    const shown = () => room.members[0].state
    socket.push(diff('room', 1, 2, { states: { c1: { key: 'ada', state: 'one', n: 5 }, c2: { key: 'ada', state: 'two', n: 4 } } }))
    assert.equal(shown(), 'one')
    socket.push(diff('room', 2, 3, { states: { c2: { key: 'ada', state: 'three', n: 5 }, c0: { key: 'ada', state: 'none', n: 5 } } }))
    assert.equal(shown(), 'three')
    socket.push(diff('room', 3, 4, { states: { c2: { key: 'ada', state: null, n: 6 } } }))
    assert.equal(shown(), 'one')
    socket.push(diff('room', 4, 5, { states: { c1: { key: 'ada', state: null, n: 7 }, c0: { key: 'ada', state: null, n: 8 } } }))
    assert.equal(shown(), null)
    assert.equal(room.states.size, 0)
  })

  test('are told by connection, and only when they change', async () => {
    const { room, socket, lines } = await opened({ me: {}, ada: {} })
    socket.push(diff('room', 1, 2, { states: { c1: { key: 'ada', state: { typing: true }, n: 1 } } }))
    assert.deepEqual(lines.take(), ['state c1 ada {"typing":true}', 'sync me,ada'])
    const [me, ada] = room.members
    socket.push(diff('room', 2, 3, { states: { c1: { key: 'ada', state: { typing: true }, n: 2 }, c9: { key: 'ada', state: null, n: 3 } } }))
    assert.deepEqual(lines.take(), [])
    assert.equal(room.members[1], ada)
    socket.push(diff('room', 3, 4, { states: { c1: { key: 'ada', state: 0, n: 3 } } }))
    assert.equal(room.members[1].state, 0)
    assert.equal(room.members[0], me)
    assert.deepEqual([...room.states], [['c1', { key: 'ada', state: 0, n: 3 }]])
  })

  test('go with their member, named or not', async () => {
    const { room, socket, lines } = await opened({ ada: {}, bo: {} }, { states: { c1: { key: 'ada', state: 1, n: 1 }, c2: { key: 'ada', state: 2, n: 2 }, c3: { key: 'bo', state: 3, n: 3 } } })
    socket.push(diff('room', 1, 2, { leaves: { ada: {} }, states: { c2: { key: 'ada', state: 4, n: 4 } } }))
    assert.deepEqual(lines.take(), ['leave ada unknown', 'state c2 ada null', 'state c1 ada null', 'sync bo'])
    assert.deepEqual([...room.states.keys()], ['c3'])
    socket.push(diff('room', 2, 3, { joins: { ada: {} } }))
    assert.equal(room.members.find(({ key }) => key === 'ada').state, null)
  })

  test('that a whole state does not name are gone', async () => {
    const { room, socket, lines } = await opened({ ada: {} }, { states: { c1: { key: 'ada', state: 1, n: 1 }, c2: { key: 'ada', state: 2, n: 2 } } })
    socket.push(state('room', { ada: {} }, { v: 2, states: { c1: { key: 'ada', state: 1, n: 1 } } }))
    assert.deepEqual(lines.take(), ['state c2 ada null', 'sync ada'])
    assert.equal(room.members[0].state, 1)
  })

  test('follow a connection that changes its member', async () => {
    const { room, socket } = await opened({ guest: {} }, { states: { c1: { key: 'guest', state: 1, n: 1 } } })
    socket.push(diff('room', 1, 2, { joins: { ada: {} }, leaves: { guest: {} }, states: { c1: { key: 'ada', state: 2, n: 2 } } }))
    assert.deepEqual(room.members, [{ key: 'ada', data: {}, state: 2, self: false }])
  })

  test('a broken entry harms nobody', async () => {
    const { room, socket } = await opened({ ada: {} })
    socket.push(diff('room', 1, 2, { joins: { bo: {} }, states: { c1: null, c2: { key: 'ada', state: 1, n: 1 } } }))
    assert.deepEqual(keys(room), ['ada', 'bo'])
    assert.equal(room.members[0].state, 1)
  })
})
