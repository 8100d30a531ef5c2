import { connect } from '/presence/presence.js'
import { byName, colourOf, initialsOf, nameOf, viewOf } from './members.js'

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

for (const link of document.querySelectorAll('.rooms a')) {
  const name = link.dataset.room
  const show = list => { link.querySelector('.badge b').textContent = list.length }
  if (name === topic) room.onSync(show)
  else presence.observe(name).onSync(show)
}

// --- what I publish: one state, made of parts --------------------------------------------

const mine = { status: 'online' }

const publish = part => {
  Object.assign(mine, part)
  for (const [key, value] of Object.entries(mine)) if (value == null || value === false || value === '') delete mine[key]
  room.track({ ...mine })
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

const typists = names => {
  if (!names.length) return ''
  if (names.length > 2) return `${names.length} people are typing…`
  return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing…`
}

room.onSync(list => {
  const views = list.map(viewOf).sort(byName)
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
  byId('faces').replaceChildren(...views.slice(0, MAX_FACES).map(faceOf))
  setText(byId('count'), String(views.length))
  setText(byId('typing'), typists(views.filter(({ typing, self }) => typing && !self).map(({ name }) => name)))
  byId('nobody').hidden = views.length > 0
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

const STAGE = 1000
const STEP = 25
const stage = byId('stage')
const cursors = new Map()

const cursorOf = (id, member) => {
  let cursor = cursors.get(id)
  if (!cursor) {
    cursor = byId('cursor').content.firstElementChild.cloneNode(true)
    cursor.dataset.connection = id
    cursors.set(id, cursor)
    byId('cursors').append(cursor)
  }
  cursor.className = `cursor c${colourOf(member.key)}`
  setText(cursor.lastElementChild, nameOf(member))
  return cursor
}

const isPoint = at => Array.isArray(at) && at.length === 2 && at.every(n => Number.isFinite(n) && n >= 0 && n <= STAGE)

const drawCursors = () => {
  const members = new Map(room.members.map(member => [member.key, member]))
  const shown = new Set()
  const { clientWidth, clientHeight } = stage
  for (const [id, { key, state }] of room.states) {
    if (id === presence.connectionId || !members.has(key) || !isPoint(state?.cursor)) continue
    shown.add(id)
    const [x, y] = state.cursor
    const cursor = cursorOf(id, members.get(key))
    cursor.classList.toggle('flip', x > STAGE * 0.75)
    cursor.style.transform = `translate(${x / STAGE * clientWidth}px, ${y / STAGE * clientHeight}px)`
  }
  for (const [id, cursor] of cursors) {
    if (shown.has(id)) continue
    cursor.remove()
    cursors.delete(id)
  }
}

room.onSync(drawCursors)
room.onState(drawCursors)
new ResizeObserver(drawCursors).observe(stage)

const point = [STAGE / 2, STAGE / 2]
const within = n => Math.round(Math.min(STAGE, Math.max(0, n)))
const moveTo = (x, y) => {
  point.splice(0, 2, within(x), within(y))
  publish({ cursor: [...point] })
}

stage.addEventListener('pointermove', event => {
  const { left, top, width, height } = stage.getBoundingClientRect()
  moveTo((event.clientX - left) / width * STAGE, (event.clientY - top) / height * STAGE)
})
stage.addEventListener('pointerleave', () => publish({ cursor: null }))
stage.addEventListener('blur', () => publish({ cursor: null }))

const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }
stage.addEventListener('keydown', event => {
  const step = ARROWS[event.key]
  if (!step) return
  event.preventDefault()
  moveTo(point[0] + step[0], point[1] + step[1])
})

// --- what I say ------------------------------------------------------------------------------

const note = byId('note')
const TYPING = 4_000
let pause

note.addEventListener('input', () => {
  clearTimeout(pause)
  publish({ typing: note.value !== '' })
  pause = setTimeout(() => publish({ typing: false }), TYPING)
})

byId('composer').addEventListener('submit', event => {
  event.preventDefault()
  clearTimeout(pause)
  publish({ typing: false, note: note.value.trim() })
  note.value = ''
})

const away = byId('away')
away.addEventListener('click', () => {
  const on = away.getAttribute('aria-pressed') !== 'true'
  away.setAttribute('aria-pressed', String(on))
  publish({ status: on ? 'away' : 'online' })
})
