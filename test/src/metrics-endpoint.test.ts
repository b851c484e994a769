import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'
import { scrapeWhenIdle } from './scrape-when-idle.ts'

describe('a standalone metrics server', () => {
  it('opens when the application listens, and the application keeps its own /metrics', async () => {
    const app = new RunningApp('plain.mjs', { env: { VR_METRICS_PORT: '0' } })
    const url = await app.url()
    const metricsUrl = await app.metricsUrl()
    expect(new URL(metricsUrl).port).not.toBe(new URL(url).port)
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('GET /metrics\n')
    await (await fetch(`${url}/`)).text()
    expect((await fetch(metricsUrl.replace('/metrics', '/ready'))).status).toBe(200)
    const { values } = await scrapeWhenIdle(metricsUrl)
    expect(values('http_requests_total')).toEqual({ 'method=GET,route=unmatched,status=200': 1 })
    expect(await app.kill()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('does not keep a process alive', async () => {
    const app = new RunningApp('plain.mjs', { env: { VR_METRICS_PORT: '0' } })
    const url = await app.url()
    await app.metricsUrl()
    await (await fetch(`${url}/end`, { headers: { connection: 'close' } })).text()
    expect(await app.exit()).toEqual({ code: 0, signal: null })
  })

  it.each([{}, { VR_OTEL_GLOBALS: 'off' }])(
    'retries a port in use until it is free, while the application runs: %j',
    async (globals) => {
      const blocker = createServer()
      await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
      const { port } = blocker.address() as AddressInfo
      const app = new RunningApp('plain.mjs', {
        env: { ...globals, VR_METRICS_PORT: String(port) } as Record<string, string>,
      })
      expect((await fetch(await app.url())).status).toBe(200)
      await app.waitForOutput(new RegExp(`error: .*${port}`), 'stderr')
      await new Promise<void>((resolve) => blocker.close(() => resolve()))
      expect(await app.metricsUrl()).toBe(`http://127.0.0.1:${port}/metrics`)
      await app.kill()
    },
  )
})

describe('an application on a UNIX socket', () => {
  it('gets the standalone metrics server of VR_METRICS_PORT', async () => {
    const app = new RunningApp('unix-socket.mjs', { env: { VR_METRICS_PORT: '0' } })
    const [, socketPath] = await app.waitForOutput(/listening on (\S+)/)
    const url = await app.metricsUrl()
    await new Promise((resolve) =>
      http.get({ socketPath, path: '/' }, (answer) => answer.resume().on('end', resolve)),
    )
    expect((await scrape(url)).values('http_requests_total')).toEqual({
      'method=GET,route=unmatched,status=200': 1,
    })
    await app.kill()
    expect(app.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('logs why scrapes are not answered without one', async () => {
    const app = new RunningApp('unix-socket.mjs')
    await app.waitForOutput(
      /metrics endpoint not started: the server listens on no TCP port\. Set VR_METRICS_PORT/,
      'stderr',
    )
    await app.kill()
  })
})

describe('a child process that inherits the flag', () => {
  it('leaves VR_METRICS_PORT to its parent even if it listens first, and logs that', async () => {
    const flag = `--import ${new URL('../../packages/otel/dist/register.js', import.meta.url).href}`
    const app = new RunningApp('parent.mjs', {
      execArgv: [],
      env: { NODE_OPTIONS: flag, VR_METRICS_PORT: '0' },
    })
    const [, childUrl = ''] = await app.waitForOutput(/the child: listening on (\S+)/)
    const [, parentUrl = ''] = await app.waitForOutput(/the parent: (\S+)/)
    await (await fetch(childUrl)).text()
    for (let i = 0; i < 2; i++) await (await fetch(parentUrl)).text()
    const scraped = await scrape(await app.metricsUrl())
    expect(scraped.values('http_requests_total')).toEqual({ 'method=GET,route=unmatched,status=200': 2 })
    await app.waitForOutput(
      /warn: metrics endpoint not started: VR_METRICS_PORT is used by the process that started this one/,
      'stderr',
    )
    expect(app.stderr.match(/metrics at/g)).toHaveLength(1)
    await app.kill()
  })
})

describe('a server on another port than VR_METRICS_SERVER_PORT', () => {
  it('does not answer scrapes and logs which port is expected', async () => {
    const app = new RunningApp('plain.mjs', { env: { VR_METRICS_SERVER_PORT: '1' } })
    const url = await app.url()
    await app.waitForOutput(
      /warn: metrics endpoint not started: no server listens on port 1 yet \(VR_METRICS_SERVER_PORT\)/,
      'stderr',
    )
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('GET /metrics\n')
    await app.kill()
  })
})
