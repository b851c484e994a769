// A worker thread that posts the names of the instruments that `observeProcess` creates in it.
import { parentPort } from 'node:worker_threads'
import { createNoopMeter } from '@opentelemetry/api'
import { observeProcess } from '../process/observe-process.ts'

const names = []
const meter = new Proxy(createNoopMeter(), {
  get:
    (target, method) =>
    (name, ...rest) => {
      if (method.startsWith('create')) names.push(name)
      return target[method](name, ...rest)
    },
})
observeProcess({ getMeter: () => meter }).stop()
parentPort.postMessage(names)
