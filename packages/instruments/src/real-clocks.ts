/**
 * Clocks of Node as they were when this package was loaded. An application may replace the global ones later by fake ones,
 * as its tests do.
 */

/** Milliseconds since the process started, never backwards. */
export const monotonicNow: () => number = performance.now.bind(performance)

/** When the process started, in milliseconds since the epoch. */
export const processStart: number = performance.timeOrigin
