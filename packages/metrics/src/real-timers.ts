/**
 * Timers and clocks of Node as they were when this package was loaded. An application may replace the global ones later
 * by fake timers, as its tests do: then telemetry would stop with them, and be counted among its timers.
 */
export const { setTimeout, clearTimeout, setImmediate } = globalThis

/** Milliseconds since the epoch, of the time of day. */
export const epochNow: () => number = Date.now
