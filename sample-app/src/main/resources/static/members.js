// A member as MemberView renders it on the server.

const COLOURS = 12
const MAX_NAME = 60
const MAX_NOTE = 140

const shorten = (text, codePoints) => [...text].slice(0, codePoints).join('')

const textOf = value => (value == null ? '' : String(value).trim())

export const nameOf = ({ data }) => shorten(textOf(data.name) || textOf(data.id) || 'Guest', MAX_NAME)

export const initialsOf = name => {
  const words = name.split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return letters.map(word => shorten(word, 1)).join('').toUpperCase()
}

export const colourOf = key => {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + key.charCodeAt(i)) | 0
  return ((hash % COLOURS) + COLOURS) % COLOURS
}

/** A member, with the states of its connections, the newest first. */
export const viewOf = (member, states) => {
  const name = nameOf(member)
  const note = states.map(state => state?.note).find(each => typeof each === 'string') ?? ''
  return {
    key: member.key,
    name,
    initials: initialsOf(name),
    colour: colourOf(member.key),
    away: states[0]?.status === 'away',
    typing: states.some(state => state?.typing === true),
    note: shorten(note, MAX_NOTE),
    self: member.self,
  }
}

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true })

export const byName = (a, b) => collator.compare(a.name, b.name) || (a.key < b.key ? -1 : 1)
