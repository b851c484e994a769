/** Taken when this package is loaded: tests of an application may replace the global ones by fake ones. */
export const { clearTimeout, setImmediate, setTimeout } = globalThis
