import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clock, diff, keys, log, Server, settled, state } from './support/server.js'

test('joins, follows, leaves', async () => {
  const server = new Server()
  const room = server.presence.join('room', { state: { status: 'online' } })
  await server.accept()
  const [frame] = await server.took()
  assert.deepEqual(frame, { type: 'subscribe', topic: 'room', heartbeat: 'light', state: { status: 'online' }, ref: 1 })
  const lines = log(room)
  server.answer(frame, 'me', state('room', { me: { id: 'me' }, ada: { id: 'ada' } }))
  await room.ready
  assert.deepEqual(keys(room), ['ada', 'me'])
  assert.equal(room.status, 'joined')
  assert.deepEqual(lines.take(), ['sync me,ada', 'status joined'])
  server.socket.push(diff('room', 1, 2, { joins: { bo: {} }, leaves: { ada: {} }, reasons: { ada: 'kicked' } }))
  assert.deepEqual(lines.take(), ['leave ada kicked', 'join bo', 'sync me,bo'])
  server.socket.drop()
  assert.equal(room.status, 'joining')
  await clock.advance(1000)
  await server.accept()
  const [again] = await server.took()
  assert.deepEqual([again.epoch, again.v, again.state], ['E', 2, { status: 'online' }])
  server.answer(again, 'me', { type: 'current', topic: 'room', epoch: 'E', v: 2 })
  await settled()
  assert.equal(room.status, 'joined')
  room.leave()
  const [bye] = await server.took()
  assert.equal(bye.type, 'unsubscribe')
  server.presence.close()
})
