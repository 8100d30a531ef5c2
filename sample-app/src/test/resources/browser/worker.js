// The client in a worker of any kind: the page tells it what to do, and asks what it sees.
import { connect } from '/presence/presence.js'

const presence = connect(`/presence${location.search}`)
let room
const errors = []
presence.onError(error => errors.push(error.message))

const commands = {
  join: async topic => {
    room = presence.join(topic, { state: { from: location.search } })
    await room.ready
    return room.status
  },
  members: () => JSON.stringify(room.members[0] ? room.members : [{ key: `nobody: ${[room.status, presence.status, ...errors].join()}`, data: null, state: null }]),
  leave: () => room.leave(),
}

const answerTo = port => async ({ data: [command, value] }) => port.postMessage(await commands[command](value))

globalThis.onmessage = event => answerTo(event.source ?? globalThis)(event)
globalThis.onconnect = ({ ports: [port] }) => { port.onmessage = answerTo(port) }
