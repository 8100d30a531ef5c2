import type { Json, Member, Room, Unsubscribe } from './presence.js'

/** Something to follow: a Svelte store; with `getSnapshot` an external store for React. */
export interface Store<Value> {
  /** Calls with the value, now and whenever it changes. */
  subscribe(listener: (value: Value) => void): Unsubscribe
  /** The value; the same object as long as nothing changes. */
  getSnapshot(): Value
}

/**
 * Publishes some fields of the state and leaves the others as they are; null takes a field away. With `expireAfter` (ms, 1 to 86 400 000) these fields last that long.
 * Does nothing unless the room is joined. In a room where helpers publish, use this instead of `track`, which replaces all.
 */
export function patch(room: Room, fields: { [name: string]: Json | undefined }, options?: { expireAfter?: number }): void

export interface TypingOptions {
  /** The field of the state that says it. Default `typing`. */
  field?: string
  /** How long after the last keystroke one counts as typing, in ms. Default 5000. */
  expireAfter?: number
}

/** Who is typing: the other members, as a store. */
export interface Typing<Data = any, State = any> extends Store<readonly Member<Data, State>[]> {
  /** To be called at each keystroke; publishes at the first, and again while it goes on. */
  keystroke(): void
  /** The message was sent, or the field left. */
  stop(): void
}

export function typing<Data, State>(room: Room<Data, State>, options?: TypingOptions): Typing<Data, State>

export interface AwayOptions {
  /** The field of the state. Default `status`. */
  field?: string
  /** Its value while the page is in use. Default `online`. */
  active?: Json
  /** Its value while the page is hidden or idle. Default `away`. */
  inactive?: Json
  /** Without a movement or key for this many ms the page is idle. Default 300 000; 0: never. */
  idleAfter?: number
}

/**
 * Says whether the page is in use, from now until the returned function is called or the room ends. When a user has several tabs, one in use outweighs those that are not.
 */
export function away(room: Room, options?: AwayOptions): Unsubscribe

export interface CursorOptions {
  /** The field of the state. Default `cursor`. */
  field?: string
  /** Positions are published at most once in this many ms; the latest wins. Default 50. */
  interval?: number
  /** A cursor that rests this many ms disappears. Default 10 000. */
  expireAfter?: number
}

export interface Cursor<Data = any, State = any, Position = any> {
  readonly connectionId: string
  readonly member: Member<Data, State>
  readonly position: Position
}

/** The cursors of the others, one for each of their connections, as a store. Unchanged ones keep their identity. */
export interface Cursors<Data = any, State = any, Position = any> extends Store<readonly Cursor<Data, State, Position>[]> {
  /** Publishes where one's own cursor is: any JSON object, for example `{ x, y }` in parts of the page's width and height. */
  move(position: Position): void
  hide(): void
}

export function cursors<Data, State, Position extends { [name: string]: Json } = { x: number, y: number }>(room: Room<Data, State>, options?: CursorOptions): Cursors<Data, State, Position>

export interface GroupOptions<Data, State, Combined> {
  /** What the connections of one group have in common. Default: the `id` of their data, else their key. */
  by?: (member: Member<Data, State>) => string
  /** Makes one state of those of the group's connections, newest first. Default: the newest, or null. */
  combine?: (states: State[]) => Combined
}

export interface Group<Data = any, State = any, Combined = State | null> {
  readonly key: string
  /** The data of the connection that joined last. */
  readonly data: Data
  /** Those who published last come first. */
  readonly connections: readonly Member<Data, State>[]
  /** How many connections. */
  readonly tabs: number
  readonly state: Combined
  /** Whether this connection is among them. */
  readonly self: boolean
}

/** The users of a topic that is keyed by connection, as a store. Unchanged groups keep their identity. */
export function group<Data, State, Combined = State | null>(room: Room<Data, State>, options?: GroupOptions<Data, State, Combined>): Store<readonly Group<Data, State, Combined>[]>
