import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

it('workers of a cluster open no port of ours, and say so', async () => {
  const app = new RunningApp('clustered.mjs', { env: { VR_METRICS_PORT: '0' } })
  const url = await app.url()
  expect(await (await fetch(url)).text()).toBe('ok')
  await app.waitForOutput(/(a server listens, .* opens no port[\s\S]*){2}/, 'stderr')
  await app.kill()
  const ports = new Set(app.stdout.match(/port \d+/g))
  expect([...ports]).toEqual([`port ${new URL(url).port}`])
  expect(app.stderr).not.toContain('metrics at')
})

it('workers of a cluster that serve nothing log nothing', async () => {
  const app = new RunningApp('idle-workers.mjs')
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stdout + app.stderr).toBe('a worker has ended\na worker has ended\n')
})

it('a worker of a cluster that answers scrapes says that they have its own metrics only', async () => {
  const app = new RunningApp('clustered.mjs')
  await app.url()
  await app.waitForOutput(
    /(warn: this process is a cluster worker: a scrape has the metrics of the one worker that answers it[\s\S]*){2}/,
    'stderr',
  )
  await app.kill()
})

it('a server in a worker thread that is not counted is logged once, an idle thread not at all', async () => {
  const app = new RunningApp('threads.mjs')
  await app.url()
  await app.waitForOutput(
    /warn: a server listens, and scrapes are not answered: it runs in a worker thread/,
    'stderr',
  )
  await app.kill()
  expect(app.stderr.trim().split('\n')).toHaveLength(1)
})

it('a child opens no port of ours, however early its parent starts it', async () => {
  const app = new RunningApp('with-child.mjs', { env: { VR_METRICS_PORT: '0' } })
  const [, childUrl = ''] = await app.waitForOutput(/child at (\S+)/)
  await scrape(await app.metricsUrl())
  await (await fetch(`${childUrl}/end`, { headers: { connection: 'close' } })).text()
  await app.waitForOutput(/child has ended/)
  expect(app.stderr.match(/metrics at/g)).toHaveLength(1)
  await app.kill()
})
