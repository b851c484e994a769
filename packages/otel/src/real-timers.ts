/**
 * Timers and clocks of Node as they were when this package was loaded. An application may replace the global ones later
 * by fake timers, as its tests do: then telemetry would stop with them, and be counted among its timers.
 */
export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis

/** A clock that never jumps, in milliseconds. */
export const monotonicNow: () => number = performance.now.bind(performance)
