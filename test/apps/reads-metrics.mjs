// Reads the metrics of the engine in code; nothing else keeps the process alive.

import { getMetricsSnapshot } from '@vr/otel'

const metrics = await getMetricsSnapshot({ prefixes: ['vllm:'] })
console.log(`${metrics.length} series`)
