// Runs worker threads by the commands that it receives over IPC, and answers each command. A server in the main thread answers
// scrapes, unless `SERVER=no`. Each thread counts events with its own counter, up-down counter and histogram.

import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { metrics } from '@opentelemetry/api'

if (isMainThread) runMain()
else runThread()

function runMain() {
  const threads = new Map()
  const ends = new Map()
  let server
  /** Resolves with the next message of a thread, or with its end. */
  const answer = (name) =>
    new Promise((resolve) => {
      const thread = threads.get(name)
      const onMessage = (message) => resolve(message)
      thread.once('message', onMessage)
      void ends.get(name).then(resolve)
    })
  const commands = {
    async start({ name, execArgv, resourceLimits }) {
      const options = { workerData: { name }, execArgv, resourceLimits }
      const thread = new Worker(new URL(import.meta.url), options)
      thread.on('error', () => {})
      threads.set(name, thread)
      ends.set(name, new Promise((resolve) => thread.once('exit', (code) => resolve({ code }))))
      return answer(name)
    },
    /** Starts threads that record once and end, one after the other. */
    async startMany({ count }) {
      for (let i = 0; i < count; i++) {
        const thread = new Worker(new URL(import.meta.url), { workerData: { name: 'short', events: 1 } })
        await new Promise((resolve) => thread.once('exit', resolve))
      }
      return {}
    },
    async terminate({ name }) {
      await threads.get(name).terminate()
      return { code: await ends.get(name) }
    },
    async end({ name, how }) {
      threads.get(name).postMessage({ command: how })
      return ends.get(name)
    },
    async heap() {
      for (let i = 0; i < 4; i++) {
        await setTimeout(1) // lets handles close, whose callbacks release their objects
        globalThis.gc()
      }
      return { bytes: process.memoryUsage().heapUsed }
    },
    async cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return { seconds: (user + system) / 1e6 }
    },
    async block({ ms }) {
      const end = performance.now() + ms
      while (performance.now() < end);
      return {}
    },
    async listeners({ name }) {
      const thread = threads.get(name)
      return {
        names: thread.eventNames().map(String),
        keys: Object.keys(thread).filter((key) => key === 'emit'),
      }
    },
    async closeMain() {
      await new Promise((resolve) => server.close(resolve))
      return {}
    },
    async toThread(message) {
      const answered = answer(message.name)
      threads.get(message.name).postMessage(message)
      return answered
    },
  }
  process.on('message', async (message) => {
    const run = commands[message.command] ?? commands.toThread
    process.send({ id: message.id, ...(await run(message)) })
  })
  if (process.env.SERVER === 'no') return
  server = createServer((_request, response) => response.end('main'))
  server.listen(0, '127.0.0.1', () => console.log(`main at http://127.0.0.1:${server.address().port}`))
}

function runThread() {
  const meter = metrics.getMeter('threads')
  const events = meter.createCounter('events')
  const open = meter.createUpDownCounter('open')
  const sizes = meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [1, 10] } })
  const { name } = workerData
  let server
  const record = (count) => {
    for (let i = 0; i < count; i++) {
      events.add(1, { name })
      open.add(1)
      sizes.record(5)
    }
  }
  if (workerData.events !== undefined) {
    record(workerData.events)
    return
  }
  const commands = {
    async record({ count }) {
      record(count)
      return {}
    },
    /** Records, then runs for at least 50 ms: timers that are due earlier have fired when the answer is sent. */
    async recordAndRun({ count }) {
      record(count)
      for (let i = 0; i < 5; i++) await setTimeout(10)
      return {}
    },
    async listen({ port = 0, reusePort }) {
      server ??= createServer((_request, response) => {
        events.add(1, { name })
        response.end('thread')
      })
      await new Promise((resolve) => server.listen({ port, host: '127.0.0.1', reusePort }, resolve))
      return { url: `http://127.0.0.1:${server.address().port}` }
    },
    async closeServer() {
      await new Promise((resolve) => server.close(resolve))
      return {}
    },
    /** Starts a thread of this thread, which records and ends. */
    async nested({ count }) {
      const thread = new Worker(new URL(import.meta.url), {
        workerData: { name: `${name}/nested`, events: count },
      })
      await new Promise((resolve) => thread.once('exit', resolve))
      return {}
    },
    async return() {
      parentPort.close()
    },
    async exit() {
      process.exit(3)
    },
    /** Records in the same turn in which the thread ends. */
    async recordAndExit() {
      record(1)
      process.exit(0)
    },
    async throw() {
      record(1)
      globalThis.setImmediate(() => {
        throw new Error('thread failed')
      })
    },
    async exhaustMemory() {
      const kept = []
      for (;;) kept.push(new Array(100_000).fill({}))
    },
  }
  parentPort.on('message', async (message) => {
    const reply = await commands[message.command](message)
    if (reply !== undefined) parentPort.postMessage(reply)
  })
  parentPort.postMessage({})
}
