/** Taken when this package is loaded: tests of an application may replace the global one by a fake one. */
export const { setImmediate } = globalThis
