import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getHeapSnapshot, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ModelServer } from './support/model.js'
import { clock, events, Server, settled } from './support/server.js'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc')

/** How many objects and functions live. Bytes say little: the engine compiles, and forgets that again, for hours. */
const living = async () => {
  for (let i = 0; i < 5; i++) {
    collect()
    await settled()
  }
  const parts = []
  for await (const part of getHeapSnapshot()) parts.push(part)
  const { snapshot: { meta: { node_fields: fields, node_types: [types] } }, nodes } = JSON.parse(parts.join(''))
  let count = 0
  for (let i = fields.indexOf('type'); i < nodes.length; i += fields.length) if (['object', 'closure'].includes(types[nodes[i]])) count++
  return count
}

test('what was left is forgotten: as much lives after five minutes as after an hour', async () => {
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
  for (let number = -15; number < 5; number++) await minute(number) // the engine and the runner have what they need
  const early = await living()
  for (let number = 5; number < 60; number++) await minute(number)
  const late = await living()
  assert.equal(first.deref(), undefined)
  assert.ok(late - early < 50, `${late - early} more than ${early}: one a minute is 55`)
  assert.equal(events.listeners, 6)
  assert.equal(clock.pending, 1)
})
