import { expect, it } from 'vitest'
import { eventually } from './running-app.ts'
import { completeScrape, eventsOf, ThreadedApp } from './threaded-app.ts'

const START_LINE = /metrics at/g

/** Starts a program whose main thread has no server, and the threads of these names. */
async function open(names: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const threads = new ThreadedApp({ SERVER: 'no', ...env })
  for (const name of names) await threads.run('start', { name })
  return threads
}

async function listen(threads: ThreadedApp, name: string, options = {}): Promise<string> {
  return (await threads.run('listen', { name, ...options })).url as string
}

const textOf = async (url: string): Promise<string> =>
  (await fetch(url, { headers: { connection: 'close' } })).text()

/** Waits until the server does not pass the path of the metrics to the application. */
const answersScrapes = (url: string): Promise<true> =>
  eventually(async () => ((await textOf(`${url}/metrics`)) === 'thread' ? undefined : true))

it('a server in a worker thread answers scrapes with the metrics of all threads, if no other server does', async () => {
  const threads = await open(['a', 'b'])
  const url = await listen(threads, 'a')
  expect(await threads.app.metricsUrl()).toBe(`${url}/metrics`)
  await textOf(url)
  await threads.run('record', { name: 'b', count: 4 })
  const scraped = await completeScrape(`${url}/metrics`)
  expect(eventsOf(scraped)).toEqual({ a: 1, b: 4 })
  expect(scraped.named('process_cpu_seconds_total')).toHaveLength(1)
  await threads.app.kill()
  expect(threads.app.stderr.match(START_LINE)).toHaveLength(1)
})

it('other servers in worker threads pass the path of the metrics to the application', async () => {
  const threads = await open(['a', 'b'])
  await listen(threads, 'a')
  const other = await listen(threads, 'b')
  expect(await textOf(`${other}/metrics`)).toBe('thread')
  await threads.run('end', { name: 'a', how: 'exit' })
  const scraped = await completeScrape(`${other}/metrics`)
  expect(eventsOf(scraped)).toEqual({ b: 1 })
  await threads.app.kill()
})

it('another server answers scrapes when the first one has closed and its thread runs on', async () => {
  const threads = await open(['a', 'b'])
  const first = await listen(threads, 'a')
  const other = await listen(threads, 'b')
  await textOf(first)
  await threads.run('closeServer', { name: 'a' })
  await answersScrapes(other)
  expect(eventsOf(await completeScrape(`${other}/metrics`))['a']).toBe(1)
  const again = await listen(threads, 'a', { port: Number(new URL(first).port) })
  expect(await textOf(`${again}/metrics`)).toBe('thread')
  await threads.app.kill()
})

it('a server in a worker thread answers scrapes when that of the main thread has closed', async () => {
  const threads = await open(['a'], { SERVER: 'yes' })
  await threads.app.metricsUrl()
  const url = await listen(threads, 'a')
  expect(await textOf(`${url}/metrics`)).toBe('thread')
  await threads.run('closeMain')
  await answersScrapes(url)
  await threads.app.kill()
})

it('a server in a worker thread does not answer scrapes if the main thread has a server', async () => {
  const threads = await open(['a'], { SERVER: 'yes' })
  const main = await threads.app.metricsUrl()
  const url = await listen(threads, 'a')
  expect(await textOf(`${url}/metrics`)).toBe('thread')
  expect(eventsOf(await completeScrape(main))).toEqual({ a: 1 })
  await threads.app.kill()
  expect(threads.app.stderr.match(START_LINE)).toHaveLength(1)
})

it('VR_METRICS_PORT is opened by the main thread if only a worker thread has a server', async () => {
  const threads = await open(['a', 'b'], { VR_METRICS_PORT: '0' })
  const url = await listen(threads, 'a')
  const metrics = await threads.app.metricsUrl()
  expect(new URL(metrics).port).not.toBe(new URL(url).port)
  expect(await textOf(`${url}/metrics`)).toBe('thread')
  await listen(threads, 'b')
  expect(eventsOf(await completeScrape(metrics))).toEqual({ a: 1 })
  await threads.app.kill()
  expect(threads.app.stderr.match(START_LINE)).toHaveLength(1)
})

it('all threads that share a port answer scrapes with the same totals', async () => {
  const threads = await open(['a', 'b'])
  const url = await listen(threads, 'a', { reusePort: true })
  await listen(threads, 'b', { port: Number(new URL(url).port), reusePort: true })
  await threads.run('record', { name: 'a', count: 3 })
  await threads.run('record', { name: 'b', count: 4 })
  for (let i = 0; i < 20; i++) {
    expect(eventsOf(await completeScrape(`${url}/metrics`))).toEqual({ a: 3, b: 4 })
  }
  await threads.app.kill()
})

it('a server in a thread whose main thread does not run the package logs how to get its metrics', async () => {
  const threads = new ThreadedApp({ SERVER: 'no' }, [])
  await threads.run('start', { name: 'a', execArgv: ['--import', '@vr/otel/register'] })
  const url = await listen(threads, 'a')
  expect(await textOf(`${url}/metrics`)).toBe('thread')
  await threads.app.waitForOutput(/the main thread does not run @vr\/otel/, 'stderr')
  await threads.app.kill()
})
