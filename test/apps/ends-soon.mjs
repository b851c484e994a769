// Counts something, and ends by itself when it has run for a while.
import { metrics } from '@opentelemetry/api'

const counter = metrics.getMeter('shop').createCounter('orders')
counter.add(3, { kind: 'gift' })
setTimeout(() => console.log('done'), Number(process.env.RUNS_FOR_MS ?? 0))
