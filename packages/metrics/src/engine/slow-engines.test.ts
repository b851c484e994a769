import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openEngines, recordLog, respond, serveEngine, TEXT } from '../testing/engine-server.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import type { EngineMetrics } from './engine-metrics.ts'

/** A listener that counts its requests. */
class Gate {
  readonly #waiting: (() => void)[] = []
  readonly #listener: RequestListener
  count = 0

  constructor(listener: RequestListener) {
    this.#listener = listener
  }

  readonly listener: RequestListener = (request, response) => {
    this.#listener(request, response)
    this.count += 1
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves at the next request. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

const values = (families: Awaited<ReturnType<EngineMetrics['collect']>>): unknown[] =>
  families.flatMap(({ points }) => points.map((point) => 'value' in point && point.value))

const isDown = (fault: string) => [{ isUp: false, lastError: { fault } }]

describe('U6: a slow engine', () => {
  it.each<[string, RequestListener]>([
    ['does not respond', () => {}],
    ['sends headers only', (_, response) => response.writeHead(200, { 'Content-Type': TEXT }).flushHeaders()],
    [
      'sends a byte at a time',
      (_, response) => {
        response.writeHead(200, { 'Content-Type': TEXT, 'Content-Length': 1000 })
        const timer = setInterval(() => response.write('#'), 1)
        response.once('close', () => clearInterval(timer))
      },
    ],
  ])('that %s is down after the deadline, and then delays a collection by 100 ms', async (_, listener) => {
    recordLog()
    const clock = new ManualClock()
    const gate = new Gate(listener)
    const engines = openEngines({ engine: await serveEngine(gate.listener) }, { clock })
    const requested = gate.next()
    const collected = engines.collect()
    await requested
    await clock.advance(1999)
    expect(engines.state()).toMatchObject([{ isUp: false, lastError: undefined }])
    await clock.advance(1)
    expect(await collected).toEqual([])
    await expect.poll(() => engines.state()).toMatchObject(isDown('timeout'))
    const again = engines.collect()
    await clock.advance(100)
    expect(await again).toEqual([])
  })

  it('that is stopped by a signal is down, and up after it continues', async () => {
    recordLog()
    const clock = new ManualClock()
    const child = fork(new URL('../testing/stopped-engine.ts', import.meta.url))
    onTestFinished(() => void child.kill('SIGKILL'))
    const [port] = (await once(child, 'message')) as [number]
    const engines = openEngines({ engine: new URL(`http://127.0.0.1:${port}/`) }, { clock })
    expect(values(await engines.collect())).toEqual([1])
    child.kill('SIGSTOP')
    const collected = engines.collect()
    await clock.advance(2000)
    expect(values(await collected)).toEqual([1])
    await expect.poll(() => engines.state()).toMatchObject(isDown('timeout'))
    child.kill('SIGCONT')
    await expect
      .poll(async () => [values(await engines.collect()), engines.state()])
      .toMatchObject([[1], [{ isUp: true }]])
  })

  it('delays a collection no longer than its time limit, and then has its values', async () => {
    const clock = new ManualClock()
    const released = Promise.withResolvers<void>()
    const gate = new Gate((_, response) => void released.promise.then(() => respond(response, 'a 1\n')))
    const engines = openEngines({ engine: await serveEngine(gate.listener) }, { clock })
    const requested = gate.next()
    const collected = engines.collect(125)
    await requested
    await clock.advance(125)
    expect(await collected).toEqual([])
    released.resolve()
    expect(values(await engines.collect())).toEqual([1])
    expect(gate.count).toBe(1)
  })
})

describe('the last values of an engine', () => {
  it('are exposed for 15 seconds after they were read', async () => {
    recordLog()
    const clock = new ManualClock()
    let body = 'a 1\n'
    const engines = openEngines(
      { engine: await serveEngine((_, response) => respond(response, body)) },
      { clock },
    )
    expect(values(await engines.collect())).toEqual([1])
    body = 'a 2'
    await clock.advance(15_000)
    expect(values(await engines.collect())).toEqual([1])
    expect(engines.state()).toMatchObject([{ isUp: false, ageSeconds: 15, lastError: { fault: 'syntax' } }])
    await clock.advance(1)
    expect(values(await engines.collect())).toEqual([])
    body = 'a 3\n'
    expect(values(await engines.collect())).toEqual([3])
    expect(engines.state()).toMatchObject([{ isUp: true, ageSeconds: 0, lastError: undefined }])
  })

  it('are dropped when the metrics are closed', async () => {
    const gate = new Gate((_, response) => respond(response, 'a 1\n'))
    const engines = openEngines({ engine: await serveEngine(gate.listener) })
    expect(values(await engines.collect())).toEqual([1])
    engines.close()
    expect(values(await engines.collect())).toEqual([])
    expect(gate.count).toBe(1)
  })
})

describe('concurrent collections', () => {
  it('share a fetch', async () => {
    const gate = new Gate((_, response) => respond(response, 'a 1\n'))
    const engines = openEngines({ engine: await serveEngine(gate.listener) })
    const collected = await Promise.all(Array.from({ length: 20 }, () => engines.collect()))
    expect(collected.map(values)).toEqual(Array.from({ length: 20 }, () => [1]))
    expect(gate.count).toBe(1)
    await engines.collect()
    expect(gate.count).toBe(2)
  })
})
