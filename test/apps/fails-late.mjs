// A start whose last step throws; prints the error and the changes of the process that remain.
import { metrics, trace } from '@opentelemetry/api'
import { startOtel } from '@vr/otel'
import { differences, snapshot } from './process-snapshot.mjs'

Object.defineProperty(globalThis, Symbol.for('@vr/otel'), { get: () => undefined })
const until = async (condition) => {
  const deadline = performance.now() + 10_000
  while (!condition() && performance.now() < deadline) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
}
const before = snapshot()
let message
try {
  startOtel()
} catch (error) {
  message = error.message
}
// Node creates some resources at first use and keeps them.
const left = () => differences(before, snapshot()).filter((name) => !['resources', 'alive'].includes(name))
await until(() => left().length === 0)
console.log(
  JSON.stringify({
    message,
    left: left(),
    hasGlobals: [
      metrics.getMeterProvider().constructor.name !== 'NoopMeterProvider',
      trace.getTracerProvider().getDelegate().constructor.name !== 'NoopTracerProvider',
    ],
    ownEmit: Object.hasOwn(process, 'emit'),
  }),
)
process.exit(0)
