import { expect, it } from 'vitest'
import { freePorts } from '../backends/start/ports.ts'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

it('cluster workers of a primary without the flag do not open VR_METRICS_PORT, and log why and the remedy', async () => {
  const app = new RunningApp('clustered.mjs', {
    flag: false,
    env: { VR_METRICS_PORT: '0', NODE_OPTIONS_OF_WORKERS: '--import @vr/otel/register' },
  })
  const url = await app.url()
  expect(await (await fetch(url)).text()).toBe('ok')
  await app.waitForOutput(
    /(metrics endpoint not started: a cluster worker does not open VR_METRICS_PORT[\s\S]*its primary does not run @vr\/otel[\s\S]*){2}/,
    'stderr',
  )
  await app.kill()
  expect(app.stderr).not.toContain('metrics at')
})

it('cluster workers without a server log nothing', async () => {
  const app = new RunningApp('idle-workers.mjs')
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stdout + app.stderr).toBe('a worker has ended\na worker has ended\n')
})

it('a child process that starts before the listener of its parent does not open VR_METRICS_PORT', async () => {
  const app = new RunningApp('with-child.mjs', { env: { VR_METRICS_PORT: '0' } })
  const [, childUrl = ''] = await app.waitForOutput(/child at (\S+)/)
  await scrape(await app.metricsUrl())
  await (await fetch(`${childUrl}/end`, { headers: { connection: 'close' } })).text()
  await app.waitForOutput(/child has ended/)
  expect(app.stderr.match(/metrics at/g)).toHaveLength(1)
  await app.kill()
})

it('a child process with its own VR_METRICS_PORT listens on it', async () => {
  const [port] = await freePorts(1)
  const app = new RunningApp('with-child.mjs', {
    env: { VR_METRICS_PORT: '0', CHILD_METRICS_PORT: String(port) },
  })
  const [, childUrl = ''] = await app.waitForOutput(/child at (\S+)/)
  await app.waitForOutput(/(metrics at[\s\S]*){2}/, 'stderr')
  await (await fetch(`${childUrl}/end`, { headers: { connection: 'close' } })).text()
  await app.waitForOutput(/child has ended/)
  expect(app.stderr).not.toContain('metrics endpoint not started')
  await app.kill()
})
