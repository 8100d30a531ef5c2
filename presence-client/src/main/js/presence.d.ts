/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** A member of a topic: one key, however many connections (tabs, devices) stand behind it. Unchanged members keep their identity. */
export interface Member<Data = any, State = any> {
  /** Identifies the member: the user's id; in a topic keyed by connection, the connection id. */
  readonly key: string
  /** What the application shows of the user. */
  readonly data: Data
  /** The state that one of the member's connections published last; null: none. */
  readonly state: State | null
  /** Whether this is the member that this connection joined as. */
  readonly self: boolean
}

/** What one connection published. */
export interface ConnectionState<State = any> {
  /** The member that the connection belongs to. */
  readonly key: string
  readonly state: State
  /** Grows with each state that is set: the greater, the newer. */
  readonly n: number
}

/** Ends a subscription. More calls do nothing. */
export type Unsubscribe = () => void

/**
 * - `joining`: asked for, not yet answered; also while the connection is lost
 * - `joined`: a member, following the members
 * - `observing`: following the members without being one
 * - `denied`: refused by the server; `error` says why. Final: join again to try again
 * - `left`: left, kicked, or the connection was closed; `error` says why, or is null after `leave()` and `close()`. Final
 */
export type RoomStatus = 'joining' | 'joined' | 'observing' | 'denied' | 'left'

/**
 * - `limit`, `invalid-topic`, `invalid-data`, `unauthorized`: the server refused a room
 * - `kicked`, `leave`, `unauthorized`: the server ended one
 * - `left`: `ready` was pending when the room was left
 * - `state-too-large`, `unauthorized`, `bad-frame`, …: the server refused what was published
 * - `connect`: an attempt to connect failed; the next one follows by itself
 * - `closed`, `kicked`: the connection was closed for good
 */
export type Reason =
  | 'unauthorized' | 'limit' | 'invalid-topic' | 'invalid-data' | 'kicked' | 'leave' | 'left' | 'state-too-large' | 'bad-frame'
  | 'not-joined' | 'not-observing' | 'connect' | 'closed' | (string & {})

export class PresenceError extends Error {
  constructor(reason: Reason, message?: string, topic?: string)
  readonly name: 'PresenceError'
  readonly reason: Reason
  /** The topic that it is about, if any. */
  readonly topic?: string
}

/** Why a member left. `unknown`: the message that told it was lost. */
export type LeaveReason = 'leave' | 'disconnect' | 'timeout' | 'kicked' | 'shutdown' | 'unknown' | (string & {})

export interface PublishOptions {
  /** Clears the state by itself after this many ms, 1 to 86 400 000. Without it a state lasts until it is replaced or the room is left. */
  expireAfter?: number
}

export interface RoomOptions {
  /**
   * Members whom nothing has confirmed for this many ms vanish, although nobody announced that they left. Only while the connection lives and the server does not
   * answer for this topic; a lost connection never empties a list. Default: that of `connect`, else the server's (3 x heartbeat). 0: never. No effect when the server sends no heartbeat.
   * Rooms that share a topic use the longest.
   */
  maxAge?: number
}

export interface JoinOptions<State = any> extends RoomOptions, PublishOptions {
  /** Published with the join, so that nobody sees the member without it. */
  state?: State
  /**
   * `false`: be a member without following the members, which costs neither side anything. The room tells who was there when it joined, and again after each reconnect. Once
   * another room follows the same topic, so does this one. Default true.
   */
  observe?: boolean
}

/**
 * One call's view of a topic. Calls for the same topic share one subscription, which the last `leave` ends. All functions may be passed on without their room.
 *
 * Listeners run in the order of registration, after the room has changed. One that throws is reported to the console and harms nobody.
 */
export interface Room<Data = any, State = any> {
  readonly topic: string
  /** Resolves with the members once the server has answered; rejects with a {@link PresenceError} if it refuses, or if the room is left before. Need not be awaited. */
  readonly ready: Promise<readonly Member<Data, State>[]>
  /** The members; the same array as long as nothing changes. Kept while the connection is lost. Empty when denied or left. */
  readonly members: readonly Member<Data, State>[]
  readonly count: number
  /** What each connection published, by connection id. */
  readonly states: ReadonlyMap<string, ConnectionState<State>>
  /** What this connection publishes in this topic; null: nothing. */
  readonly state: State | null
  /** Whether this room is to be a member: neither observed only, nor untracked, nor ended. */
  readonly tracked: boolean
  readonly status: RoomStatus
  /** Why the room was denied or ended by the server, else null. */
  readonly error: PresenceError | null

  /** Calls with the members, now and whenever they change. A Svelte store; with `getSnapshot` an external store for React. */
  subscribe(listener: (members: readonly Member<Data, State>[]) => void): Unsubscribe
  /** The members; the same array as long as nothing changes. */
  getSnapshot(): readonly Member<Data, State>[]
  /** Called with the members when they are known, and whenever they change. */
  onSync(listener: (members: readonly Member<Data, State>[]) => void): Unsubscribe
  /** Somebody joined. Not called for those who are there already when the room opens. */
  onJoin(listener: (member: Member<Data, State>) => void): Unsubscribe
  /** A member's data changed. */
  onUpdate(listener: (member: Member<Data, State>) => void): Unsubscribe
  /** A member's last connection left. */
  onLeave(listener: (member: Member<Data, State>, reason: LeaveReason) => void): Unsubscribe
  /** A connection's state changed; null: cleared, expired, or gone with the connection. */
  onState(listener: (connectionId: string, key: string, state: State | null) => void): Unsubscribe
  onStatus(listener: (status: RoomStatus) => void): Unsubscribe

  /**
   * Publishes a state, which replaces the previous one, and joins if the room was only observed or untracked. `null` clears it; without an argument it only joins.
   * Calls faster than 50 ms are merged: the latest wins. The state is copied. Does nothing in a room that was denied or left.
   * @throws PresenceError `state-too-large`: over the limit (default 1024 bytes of JSON in UTF-8)
   * @throws RangeError for an `expireAfter` outside of 1 to 86 400 000
   * @throws TypeError for a state that is not JSON
   */
  track(state?: State | null, options?: PublishOptions): void
  /** Stops being a member, and observes on. */
  untrack(): void
  /** Ends this room and its listeners. */
  leave(): void
}

/**
 * - `connecting`: for the first time
 * - `open`
 * - `reconnecting`: lost; tried again with growing, random pauses, or when the server said. Without any room it waits for one
 * - `closed`: by `close()`, or for good by the server. Final
 */
export type ConnectionStatus = 'connecting' | 'open' | 'reconnecting' | 'closed'

export interface ConnectOptions {
  /** For {@link Room}s that name none. */
  maxAge?: number
  /** The limit for states until the server has told its own. Default 1024. */
  maxStateBytes?: number
  /** Where there is no global one, or for tests. */
  WebSocket?: new (url: string) => any
}

export interface Presence {
  readonly status: ConnectionStatus
  /** This connection's id, as the server sees it; another one after a reconnect. */
  readonly connectionId: string | undefined
  /** Calls with the status, now and whenever it changes. */
  subscribe(listener: (status: ConnectionStatus) => void): Unsubscribe
  getSnapshot(): ConnectionStatus
  /** Refusals, and failures to connect. Without a listener they go to the console. */
  onError(listener: (error: PresenceError) => void): Unsubscribe
  /**
   * Becomes a member of a topic and follows its members.
   * @throws TypeError for a topic that is no text, is empty, or begins with `__presence:`
   * @throws PresenceError `state-too-large`, or `closed` if the connection is closed
   */
  join<Data = any, State = any>(topic: string, options?: JoinOptions<State>): Room<Data, State>
  /**
   * Follows the members of a topic without becoming one.
   * @throws TypeError, PresenceError as `join` does
   */
  observe<Data = any, State = any>(topic: string, options?: RoomOptions): Room<Data, State>
  /** Leaves all rooms and closes the connection. */
  close(): void
}

/**
 * Connects to a presence server: one socket for all topics. It is opened at once, so that the first room need not wait. A server may close a connection that never had a room; another one is
 * opened when there is a room to enter.
 *
 * @param url default: next to this module, so that `/presence/presence.js` connects to `/presence`. Relative URLs and `http(s):` will do. A function is called for
 * each attempt, so that each can have a fresh ticket; it may return a promise.
 */
export function connect(url?: string | URL | (() => string | URL | Promise<string | URL>), options?: ConnectOptions): Presence
