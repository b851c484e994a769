/**
 * Timers and clocks of Node, captured when this package is loaded. An application may replace the globals later with
 * fake timers, as its tests do; telemetry must neither stop with them nor be counted among the application's timers.
 */
export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis

/** Returns milliseconds since the process started; never goes backwards. */
export const monotonicNow: () => number = performance.now.bind(performance)

/** Returns milliseconds since the Unix epoch. */
export const epochNow: () => number = Date.now

/** Start of the process, in milliseconds since the Unix epoch. */
export const processStart: number = performance.timeOrigin
