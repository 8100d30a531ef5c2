const timers = new Map()
let time = 1_000
let ids = 0

/** Lets everything that is already due in microtasks and promises run. */
export const settled = () => new Promise(resolve => setImmediate(resolve))

/** The clock of the process, which stands still until it is told to go on. Each test file is a process. */
export const clock = {
  /** How many timers wait. */
  get pending() { return timers.size },

  /** Lets the time pass, and runs each timer when it is due. */
  async advance(ms) {
    const end = time + ms
    await settled()
    for (;;) {
      const [id, timer] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? []
      if (!timer || timer.at > end) break
      timers.delete(id)
      time = Math.max(time, timer.at)
      timer.run()
      await settled()
    }
    time = end
  },

  /** Lets the time pass without any timer running in it, as in a throttled tab or a sleeping computer. */
  sleep(ms) { time += ms },

  now: () => time,
}

performance.now = clock.now

globalThis.setTimeout = (run, ms = 0) => {
  timers.set(++ids, { at: time + Math.max(0, ms), run })
  return ids
}

globalThis.clearTimeout = id => { timers.delete(id) }
