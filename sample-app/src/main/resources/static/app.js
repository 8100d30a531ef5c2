import { connect } from '/presence/presence.js'

const COLOURS = 12
const MAX_NAME = 60
const MAX_NOTE = 140
const MAX_ACTIVITY = 40

const byId = id => document.getElementById(id)
const { room: roomName, user, name } = document.body.dataset
const identity = user ? `?${new URLSearchParams({ user, name })}` : ''

const presence = connect(`/presence${identity}`)
const room = presence.join(roomName, { state: { status: 'online' } })

// --- members, as MemberView renders them on the server -------------------------------

const shorten = (text, codePoints) => [...text].slice(0, codePoints).join('')

const colourOf = key => {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + key.charCodeAt(i)) | 0
  return ((hash % COLOURS) + COLOURS) % COLOURS
}

const nameOf = ({ data }) => {
  const text = value => (value == null ? '' : String(value).trim())
  return shorten(text(data.name) || text(data.id) || 'Guest', MAX_NAME)
}

const initialsOf = name => {
  const words = name.split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return letters.map(word => shorten(word, 1)).join('').toUpperCase()
}
