import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

it('workers of a cluster open no port of ours, and say so', async () => {
  const app = new RunningApp('clustered.mjs', { env: { VR_METRICS_PORT: '0' } })
  const url = await app.url()
  expect(await (await fetch(url)).text()).toBe('ok')
  await app.says(/opens no port[\s\S]*opens no port/, 'stderr')
  await app.kill()
  const ports = new Set(app.stdout.match(/port \d+/g))
  expect([...ports]).toEqual([`port ${new URL(url).port}`])
  expect(app.stderr).not.toContain('metrics at')
})

it('a child opens no port of ours, however early its parent starts it', async () => {
  const app = new RunningApp('with-child.mjs', { env: { VR_METRICS_PORT: '0' } })
  await app.says(/child has ended/)
  await app.metricsUrl()
  expect(app.stderr.match(/metrics at/g)).toHaveLength(1)
  await app.kill()
})
