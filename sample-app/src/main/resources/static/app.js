import { connect } from '/presence/presence.js'
import { away, cursors, patch, typing } from '/presence/helpers.js'
import { byName, colourOf, nameOf, viewOf } from './members.js'

const MAX_ACTIVITY = 50
const MAX_FACES = 6
const CONNECTION = { connecting: 'connecting…', open: 'live', reconnecting: 'reconnecting…', closed: 'disconnected' }
const DEPARTURE = {
  leave: 'left',
  disconnect: 'disconnected',
  timeout: 'timed out',
  kicked: 'was removed',
  shutdown: 'left, as the server shut down',
  unknown: 'left',
}

const byId = id => document.getElementById(id)
const { room: topic, user, name } = document.body.dataset
const presence = connect(`/presence${user ? `?${new URLSearchParams({ user, name })}` : ''}`)

// --- the connection ------------------------------------------------------------------

presence.subscribe(async status => {
  const pill = byId('connection')
  pill.dataset.status = status
  pill.lastElementChild.textContent = CONNECTION[status]
  if (status !== 'open') return
  const { instance } = await (await fetch('/api/instance')).json()
  byId('instance').textContent = instance
})

// --- the rooms, of which one is joined and the others are looked at ---------------------

const room = presence.join(topic, { state: { status: 'online' } })

document.querySelector('.rooms [aria-current]').scrollIntoView({ block: 'nearest', inline: 'nearest' })

for (const link of document.querySelectorAll('.rooms a')) {
  const name = link.dataset.room
  const show = list => { link.querySelector('.badge b').textContent = list.length }
  if (name === topic) room.onSync(show)
  else presence.observe(name).onSync(show)
}

// --- people -------------------------------------------------------------------------------

const people = byId('people')
const rows = new Map()
for (const row of people.children) rows.set(row.dataset.key, row)

const rowOf = view => {
  let row = rows.get(view.key)
  if (row) return row
  row = byId('member').content.firstElementChild.cloneNode(true)
  row.dataset.key = view.key
  row.className = 'new'
  rows.set(view.key, row)
  return row
}

const setText = (node, text) => { if (node.textContent !== text) node.textContent = text }

const showPerson = view => {
  const row = rowOf(view)
  const avatar = row.querySelector('.avatar')
  avatar.className = `avatar c${view.colour}`
  setText(avatar, view.initials)
  setText(row.querySelector('.name'), view.name)
  setText(row.querySelector('.status'), view.typing ? 'typing…' : view.away ? 'away' : 'online')
  setText(row.querySelector('.note'), view.note)
  row.querySelector('.you').hidden = !view.self
  row.classList.toggle('away', view.away)
  row.classList.toggle('typing-now', view.typing)
  return row
}

const faceOf = view => {
  const face = document.createElement('li')
  face.className = `avatar c${view.colour}`
  face.textContent = view.initials
  return face
}

const moreOf = count => {
  const more = document.createElement('li')
  more.className = 'avatar more'
  more.textContent = count > 999 ? '…' : `+${count}`
  return more
}

/** What the connections of each member publish, the newest first. */
const statesByKey = () => {
  const states = new Map()
  for (const each of [...room.states.values()].sort((a, b) => b.n - a.n)) {
    if (!states.has(each.key)) states.set(each.key, [])
    states.get(each.key).push(each.state)
  }
  return states
}

const showPeople = () => {
  const list = room.members
  const states = statesByKey()
  const views = list.map(member => viewOf(member, states.get(member.key) ?? [])).sort(byName)
  const present = new Set(views.map(({ key }) => key))
  for (const [key, row] of rows) {
    if (present.has(key)) continue
    row.remove()
    rows.delete(key)
  }
  views.forEach((view, at) => {
    const row = showPerson(view)
    if (people.children[at] !== row) people.insertBefore(row, people.children[at] ?? null)
  })
  const faces = views.slice(0, MAX_FACES).map(faceOf)
  if (views.length > MAX_FACES) faces.push(moreOf(views.length - MAX_FACES))
  byId('faces').replaceChildren(...faces)
  setText(byId('count'), String(views.length))
  byId('nobody').hidden = views.length > 0
}

// what comes within a moment is shown together
let due
const showSoon = () => {
  due ??= setTimeout(() => {
    due = undefined
    showPeople()
  }, 16)
}

room.onSync(showSoon)
room.onState(showSoon)

const DENIAL = { unauthorized: 'You may not enter this room.', limit: 'This room is full.' }
const REMOVAL = { unauthorized: 'You may not be in this room any more.', kicked: 'You were removed from this room.' }

room.onStatus(status => {
  const notice = byId('notice')
  const texts = status === 'denied' ? DENIAL : REMOVAL
  notice.hidden = !room.error
  setText(notice, room.error ? texts[room.error.reason] ?? `You are not in this room: ${room.error.message}` : '')
})

// --- activity -----------------------------------------------------------------------------

const activity = byId('activity')

const tell = (member, what, kind) => {
  const now = new Date()
  const line = document.createElement('li')
  line.dataset.kind = kind
  const time = document.createElement('time')
  time.dateTime = now.toISOString()
  time.textContent = now.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const who = document.createElement('b')
  who.textContent = nameOf(member)
  const text = document.createElement('span')
  text.append(who, ` ${what}`)
  line.append(time, text)
  activity.prepend(line)
  while (activity.children.length > MAX_ACTIVITY) activity.lastElementChild.remove()
}

room.onJoin(member => tell(member, 'joined', 'join'))
room.onUpdate(member => tell(member, 'changed their name', 'update'))
room.onLeave((member, reason) => tell(member, DEPARTURE[reason] ?? 'left', reason))

// --- cursors ------------------------------------------------------------------------------

const STEP = 0.025
const stage = byId('stage')
const pointers = cursors(room)
const drawn = new Map()

const draw = ({ connectionId, member, position }) => {
  let cursor = drawn.get(connectionId)
  if (!cursor) {
    cursor = byId('cursor').content.firstElementChild.cloneNode(true)
    drawn.set(connectionId, cursor)
    byId('cursors').append(cursor)
  }
  cursor.className = `cursor c${colourOf(member.key)}`
  cursor.classList.toggle('flip', position.x > 0.75)
  cursor.style.transform = `translate(${position.x * stage.clientWidth}px, ${position.y * stage.clientHeight}px)`
  setText(cursor.lastElementChild, nameOf(member))
}

const isOnStage = ({ position }) => [position?.x, position?.y].every(n => Number.isFinite(n) && n >= 0 && n <= 1)

const drawAll = () => {
  const shown = pointers.getSnapshot().filter(isOnStage)
  shown.forEach(draw)
  const ids = new Set(shown.map(({ connectionId }) => connectionId))
  for (const [id, cursor] of drawn) {
    if (ids.has(id)) continue
    cursor.remove()
    drawn.delete(id)
  }
}

pointers.subscribe(drawAll)
new ResizeObserver(drawAll).observe(stage)

const at = { x: 0.5, y: 0.5 }
const within = n => Math.round(Math.min(1, Math.max(0, n)) * 1e4) / 1e4
const moveTo = (x, y) => pointers.move(Object.assign(at, { x: within(x), y: within(y) }))

for (const type of ['pointerdown', 'pointermove']) {
  stage.addEventListener(type, ({ clientX, clientY }) => {
    const { left, top, width, height } = stage.getBoundingClientRect()
    moveTo((clientX - left) / width, (clientY - top) / height)
  })
}
// a finger that was lifted leaves its cursor behind for a while
stage.addEventListener('pointerleave', ({ pointerType }) => { if (pointerType === 'mouse') pointers.hide() })
stage.addEventListener('blur', () => pointers.hide())

const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }
stage.addEventListener('keydown', event => {
  const step = ARROWS[event.key]
  if (!step) return
  event.preventDefault()
  moveTo(at.x + step[0], at.y + step[1])
})

// --- what I am up to --------------------------------------------------------------------------

const note = byId('note')
const typists = typing(room)

typists.subscribe(members => {
  const names = members.map(nameOf)
  const many = names.length > 2 ? `${names.length} people` : names.join(' and ')
  setText(byId('typing'), names.length ? `${many} ${names.length > 1 ? 'are' : 'is'} typing…` : '')
})

note.addEventListener('input', () => (note.value ? typists.keystroke() : typists.stop()))

byId('composer').addEventListener('submit', event => {
  event.preventDefault()
  typists.stop()
  patch(room, { note: note.value.trim() || null })
  note.value = ''
})

// --- away: by itself when the page is hidden or idle, or by the button ---------------------------

const button = byId('away')
let stopWatching = away(room)

button.addEventListener('click', () => {
  const pressed = button.getAttribute('aria-pressed') !== 'true'
  button.setAttribute('aria-pressed', String(pressed))
  if (pressed) {
    stopWatching()
    patch(room, { status: 'away' })
  } else {
    stopWatching = away(room)
  }
})
