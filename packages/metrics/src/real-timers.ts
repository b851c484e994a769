/**
 * Node's timers as of the load of this package. If the application's tests install fake timers later, telemetry
 * continues, and its timers are not among those that the tests count.
 */
export const { setTimeout, clearTimeout, setImmediate } = globalThis

/** Returns the wall clock time in epoch milliseconds. */
export const epochNow: () => number = Date.now
