import { connect, PresenceError } from 'presence-client'
import type { ConnectionStatus, LeaveReason, Member, Presence, Room, RoomStatus, Unsubscribe } from 'presence-client'
import { away, cursors, group, patch, typing } from 'presence-client/helpers'

interface User { id: string, name: string }
interface State { status: 'online' | 'away', typing?: boolean }

const presence: Presence = connect(async () => new URL('wss://example.org/presence'), { maxAge: 0, maxStateBytes: 2048 })
const status: ConnectionStatus = presence.status
const stop: Unsubscribe = presence.subscribe((next: ConnectionStatus) => console.log(next))
presence.onError((error: PresenceError) => console.log(error.reason, error.topic?.length, error.message))

const room: Room<User, State> = presence.join<User, State>('room', { state: { status: 'online' }, expireAfter: 5, maxAge: 9 })
const roomStatus: RoomStatus = room.status
const [first]: readonly Member<User, State>[] = room.members
const name: string | undefined = first?.data.name
const shown: 'online' | 'away' | undefined = first?.state?.status
room.onLeave((member, reason: LeaveReason) => console.log(member.data.name, reason === 'kicked'))
room.onState((id, key, state) => console.log(id.length, key.length, state?.status))
room.track({ status: 'away' }, { expireAfter: 1 })
room.track(null)
room.track()
const anything: string = presence.observe('room').members[0]!.data.whatever
const { subscribe, getSnapshot } = room
subscribe(members => console.log(members.length))
getSnapshot().map(member => member.self)

// @ts-expect-error another status than the state has
room.track({ status: 'gone' })
presence.join('room', { observe: false })
// @ts-expect-error an observer publishes nothing
presence.observe('room', { state: 1 })
// @ts-expect-error lists are read-only
room.members.push(first)
// @ts-expect-error there is no such status
const wrong: RoomStatus = 'open'
// @ts-expect-error a topic is a text
presence.join(42)

const who: User[] = typing(room, { expireAfter: 3_000 }).getSnapshot().map(({ data }) => data)
const end: Unsubscribe = away(room, { idleAfter: 0, active: 'here' })
const xs: number[] = cursors(room).getSnapshot().map(({ position }) => position.x)
const tabs: number[] = group(room, { by: ({ data }) => data.id }).getSnapshot().map(group => group.tabs)
const combined: string[] = group(room, { combine: states => states.map(one => one.status).join() }).getSnapshot().map(({ state }) => state)
patch(room, { typing: true, other: null }, { expireAfter: 10 })
// @ts-expect-error a cursor is an object
cursors(room).move(1)

export { anything, combined, end, name, roomStatus, shown, status, stop, tabs, who, wrong, xs }
