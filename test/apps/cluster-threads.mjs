// Cluster workers, each with a worker thread that records an event at each request to the worker, and a thread of that thread.
// A request to /kill ends the worker that answers by SIGKILL, and one to /exit by process.exit(), once its thread has run for 50 ms.

import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { metrics } from '@opentelemetry/api'

const events = metrics.getMeter('threads').createCounter('events')

if (!isMainThread) runThread()
else if (cluster.isPrimary) runPrimary()
else runWorker()

function runPrimary() {
  cluster.fork()
  cluster.fork()
  cluster.on('exit', () => console.log('a worker has ended'))
  process.on('message', () => process.disconnect())
}

function runWorker() {
  const thread = new Worker(new URL(import.meta.url), { workerData: { level: 1 } })
  const command = (message) =>
    new Promise((resolve) => {
      thread.once('message', resolve)
      thread.postMessage(message)
    })
  const server = createServer(async (request, response) => {
    await command('record')
    response.end('ok')
    if (request.url === '/') return
    await command('run')
    if (request.url === '/exit') process.exit(0)
    process.kill(process.pid, 'SIGKILL')
  })
  thread.once('message', () =>
    server.listen(0, '127.0.0.1', () => console.log(`at http://127.0.0.1:${server.address().port}`)),
  )
}

function runThread() {
  const { level } = workerData
  if (level === 2) {
    events.add(1, { name: 'nested' })
    parentPort.postMessage('recorded')
    parentPort.on('message', () => {}) // lives as long as its parent
    return
  }
  const nested = new Worker(new URL(import.meta.url), { workerData: { level: 2 } })
  nested.once('message', () => parentPort.postMessage('started'))
  parentPort.on('message', async (message) => {
    if (message === 'record') events.add(1, { name: 'thread' })
    // Timers that are due earlier have fired when the answer is sent.
    else for (let i = 0; i < 5; i++) await setTimeout(10)
    parentPort.postMessage('done')
  })
}
