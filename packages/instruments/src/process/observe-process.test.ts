import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'

it('observes in a worker thread its event loop and heap, and not the process, which the main thread observes', async () => {
  const worker = new Worker(new URL('../testing/process-instruments.mjs', import.meta.url))
  const [names] = (await once(worker, 'message')) as [string[]]
  expect(names).toContain('nodejs.eventloop.utilization')
  expect(names).toContain('v8js.memory.heap.used')
  expect(names).toContain('v8js.gc.duration')
  expect(names.filter((name) => name.startsWith('process.'))).toEqual([])
})
