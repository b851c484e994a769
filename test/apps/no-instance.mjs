// Loaded before the flag: nothing of it can be started.
Object.defineProperty(globalThis, Symbol.for('@vr/otel'), { value: undefined, configurable: false })
