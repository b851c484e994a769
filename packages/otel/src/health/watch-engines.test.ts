import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { readSettings } from '../config/read-settings.ts'
import { ExternalMetrics } from '../external/external-metrics.ts'
import { createReadyHandler } from './health-handlers.ts'
import { Readiness } from './readiness.ts'
import { watchEngines } from './watch-engines.ts'

const open = new Set<Server>()

afterEach(() => {
  for (const server of open) server.close().closeAllConnections()
  open.clear()
})

async function listen(server: Server, port = 0): Promise<number> {
  open.add(server.listen(port, '127.0.0.1'))
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const createEngine = (): Server =>
  createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('vllm:x 1\n'),
  )

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close().closeAllConnections()
  await closed
}

/** Timers that the test runs. */
class Timers {
  readonly tasks: (() => void)[] = []

  after(_ms: number, task: () => void): () => void {
    this.tasks.push(task)
    return () => void this.tasks.splice(0)
  }

  /** Runs the next check, and waits until it has ended. */
  async check(): Promise<void> {
    for (const task of this.tasks.splice(0)) task()
    await vi.waitUntil(() => this.tasks.length > 0, { interval: 1 })
  }
}

function setUp(env: Record<string, string>) {
  const { settings } = readSettings(env)
  const external = new ExternalMetrics(settings, {
    isMember: false,
    request: async () => undefined,
    requestAll: async () => [],
  })
  const [readiness, timers] = [new Readiness(), new Timers()]
  let changes = 0
  readiness.onChange(() => (changes += 1))
  const stopChecks = watchEngines(readiness, settings, external, timers)
  return { readiness, timers, stopChecks, changes: () => changes }
}

it('answers 503 while no engine answers, with reasons without credentials, and 200 after one has returned', async () => {
  const [first, second] = [createEngine(), createEngine()]
  const [port, other] = [await listen(first), await listen(second)]
  const { readiness, timers, changes } = setUp({
    VR_ENGINE_METRICS_URL: `http://user:s3cret@127.0.0.1:${port}/metrics?key=s3cret,b=http://127.0.0.1:${other}/metrics`,
  })
  const server = createServer(createReadyHandler(() => readiness.read()))
  const url = `http://127.0.0.1:${await listen(server)}/ready`
  const ready = async (): Promise<{ status: number; engine: object; text: string }> => {
    const answer = await fetch(url)
    const text = await answer.text()
    return { status: answer.status, engine: JSON.parse(text).checks[1], text }
  }
  await timers.check()
  expect(await ready()).toMatchObject({ status: 200, engine: { name: 'engine', ready: true } })
  await stop(first)
  await timers.check()
  expect(await ready()).toMatchObject({ status: 200, engine: { ready: true } })
  await stop(second)
  await timers.check()
  const failed = await ready()
  expect(failed).toMatchObject({
    status: 503,
    engine: {
      name: 'engine',
      ready: false,
      reason: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:${port}: .+; b: .+`)),
    },
  })
  expect(failed.text).not.toMatch(/s3cret|user/)
  await listen(first, port)
  await timers.check()
  expect(await ready()).toMatchObject({ status: 200, engine: { ready: true } })
  expect(changes()).toBe(3)
})

it('checks no more after it was stopped', async () => {
  const { timers, stopChecks } = setUp({
    VR_ENGINE_METRICS_URL: `http://127.0.0.1:${await listen(createEngine())}/`,
  })
  await timers.check()
  stopChecks()
  expect(timers.tasks).toEqual([])
})

it('checks nothing without VR_ENGINE_METRICS_URL', () => {
  const { readiness, timers } = setUp({ VR_METRICS_INCLUDE_PROM_CLIENT: 'true' })
  expect(readiness.read().checks).toEqual([{ name: 'process', isReady: true }])
  expect(timers.tasks).toEqual([])
})
