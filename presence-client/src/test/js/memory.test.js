import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ModelServer } from './support/model.js'
import { clock, events, Server, settled } from './support/server.js'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc')

const heap = async () => {
  for (let i = 0; i < 5; i++) {
    collect()
    await settled()
  }
  return process.memoryUsage().heapUsed
}

test('what was left is forgotten: the heap is the same after a minute and after an hour', async () => {
  const server = new Server()
  const model = new ModelServer()
  Object.assign(server, {
    onConnect: socket => model.accept(socket),
    onFrame: (frame, socket) => {
      socket.received.length = 0
      model.frame(frame, socket)
    },
    onClose: socket => model.closed(socket),
  })
  await settled()
  let first
  /** One minute of somebody who walks from room to room while others come and go. */
  const minute = async number => {
    for (let i = 0; i < 6; i++) {
      const topic = `room ${number} ${i}`
      const room = server.presence.join(topic, { state: { number }, expireAfter: 5_000 })
      room.subscribe(() => {})
      room.onLeave(() => {})
      for (let n = 0; n < 50; n++) model.change(topic, one => one.join(`x${n}`, `x${n}`, { id: n, text: 'x'.repeat(200) }))
      await clock.advance(5_000)
      assert.equal(room.count, 51)
      first ??= new WeakRef(room.members)
      if (i === 3) {
        model.closed(server.socket)
        server.socket.drop()
      }
      room.leave()
      await clock.advance(5_000)
      model.topics.clear()
      server.sockets.splice(0, server.sockets.length - 1)
    }
  }
  for (let number = -60; number < 5; number++) await minute(number) // until the engine has compiled all it will
  const early = await heap()
  for (let number = 5; number < 60; number++) await minute(number)
  const late = await heap()
  assert.equal(first.deref(), undefined)
  assert.ok(late - early < 600_000, `${late - early} bytes more`)
  assert.equal(events.listeners, 6)
  assert.equal(clock.pending, 1)
})
