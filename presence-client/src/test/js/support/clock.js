/** Lets everything that is already due in microtasks and promises run. */
export const settled = () => new Promise(resolve => setImmediate(resolve))

/** A clock that stands still until it is told to go on. */
export class FakeClock {
  #now = 1_000
  #timers = new Map()
  #id = 0

  now = () => this.#now

  setTimeout = (run, ms) => {
    this.#timers.set(++this.#id, { at: this.#now + Math.max(0, ms), run })
    return this.#id
  }

  clearTimeout = id => { this.#timers.delete(id) }

  /** How many timers wait. */
  get pending() { return this.#timers.size }

  /** Lets the time pass, and runs each timer when it is due. */
  async advance(ms) {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const [id, timer] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? []
      if (!timer || timer.at > end) break
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, timer.at)
      timer.run()
      await settled()
    }
    this.#now = end
  }

  /** Lets the time pass without any timer running in it, as in a throttled tab or a sleeping computer; the timers that are overdue run at the end. */
  async jump(ms) {
    this.#now += ms
    await this.advance(0)
  }
}
