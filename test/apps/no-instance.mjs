// Loaded before the flag: makes its start fail.
Object.defineProperty(globalThis, Symbol.for('@vr/otel'), { value: undefined, configurable: false })
