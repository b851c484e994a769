import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

it('a worker whose primary does not answer gives no metrics of its own: 503 with the reason', async () => {
  const app = new RunningApp('refusing-primary.mjs', { flag: false })
  const url = await app.url()
  const answer = await fetch(`${url}/metrics`)
  expect([answer.status, await answer.text()]).toEqual([
    503,
    'the metrics of all workers are not available: the process that aggregates them has not answered yet\n',
  ])
  expect(await (await fetch(url)).text()).toBe('ok')
  await app.kill()
})

it('a worker whose primary has another version of the protocol logs that once, and answers scrapes with 503', async () => {
  const refused = { type: 'refused', reason: 'protocol', protocol: 999, version: '9.9.9' }
  const app = new RunningApp('refusing-primary.mjs', {
    flag: false,
    env: { REFUSES: JSON.stringify(refused) },
  })
  const url = await app.url()
  const why =
    'the process that aggregates the metrics runs @vr/otel 9.9.9, this one 0.1.0, and their protocols differ; use one version'
  await app.waitForOutput(/warn: the metrics of this process are not shared/, 'stderr')
  const answer = await fetch(`${url}/metrics`)
  expect([answer.status, await answer.text()]).toEqual([
    503,
    `the metrics of all workers are not available: ${why}\n`,
  ])
  await app.kill()
  expect(app.stderr.match(/warn: .*/g)).toEqual([
    expect.stringMatching(
      /^warn: the metrics of this process are not shared: .* version 9\.9\.9 .*install one version of @vr\/otel/,
    ),
  ])
})
