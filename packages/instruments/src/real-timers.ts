/** As it is when the package is loaded: an application's tests may put a fake one in its place later. */
export const { setImmediate } = globalThis
