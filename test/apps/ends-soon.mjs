// Records a counter and ends by itself after RUNS_FOR_MS.
import { metrics } from '@opentelemetry/api'

const counter = metrics.getMeter('shop').createCounter('orders')
counter.add(3, { kind: 'gift' })
setTimeout(() => console.log('done'), Number(process.env.RUNS_FOR_MS ?? 0))
