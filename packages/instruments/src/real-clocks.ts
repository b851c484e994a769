/**
 * Clocks of Node, taken when this package is loaded: tests of an application may replace the global ones by fake ones.
 */

/** Milliseconds since the process started, never backwards. */
export const monotonicNow: () => number = performance.now.bind(performance)

/** When the process started, in milliseconds since the epoch. */
export const processStart: number = performance.timeOrigin

/** Milliseconds since the epoch. */
export const wallClockNow: () => number = Date.now
