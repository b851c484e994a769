import { afterEach, expect, it } from 'vitest'
import { EngineEndpoint } from './engine-endpoint.ts'
import { eventually, RunningApp } from './running-app.ts'

let app: RunningApp

afterEach(() => app.kill('SIGKILL'))

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url)
  return { status: answer.status, body: await answer.json() }
}

/** The answer of a readiness endpoint. */
const readiness = (status: number, ...checks: object[]) => ({
  status,
  body: { status: status === 200 ? 'ready' : 'not_ready', checks, mcp_servers: [] },
})

const PROCESS = { name: 'process', ready: true }

it.each<[string, Record<string, string>, (app: RunningApp) => Promise<string>]>([
  [
    'on the separate listener',
    { VR_METRICS_PORT: '0' },
    async () => (await app.metricsUrl()).replace(/\/metrics$/, ''),
  ],
  [
    'on the server of the application',
    { VR_HEALTH_PATH: '/health', VR_HEALTH_READY_PATH: '/ready' },
    () => app.url(),
  ],
  [
    'on the server of the application without a metrics endpoint',
    { VR_HEALTH_PATH: '/health', VR_HEALTH_READY_PATH: '/ready', VR_METRICS_EXPORTER: 'none' },
    () => app.url(),
  ],
])(
  'answers readiness and liveness %s, and is not ready while the application drains',
  async (_where, env, baseOf) => {
    app = new RunningApp('drains.mjs', { env })
    const url = await app.url()
    const base = await baseOf(app)
    expect(await get(`${base}/ready`)).toEqual(readiness(200, PROCESS))
    await (await fetch(`${url}/not-ready`)).text()
    expect(await get(`${base}/ready`)).toEqual(
      readiness(503, PROCESS, { name: 'database', ready: false, reason: 'connecting' }),
    )
    await (await fetch(`${url}/is-ready`)).text()
    expect(await get(`${base}/ready`)).toEqual(readiness(200, PROCESS, { name: 'database', ready: true }))
    app.process.kill('SIGTERM')
    await app.waitForOutput(/received SIGTERM/)
    expect(await get(`${base}/ready`)).toMatchObject({
      status: 503,
      body: { checks: [{ name: 'process', ready: false, reason: 'draining after SIGTERM' }, {}] },
    })
    expect(await get(`${base}/health`)).toEqual({ status: 200, body: {} })
    expect(await app.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
  },
)

it.each([
  ['ready while one of its engines answers', true, 200],
  ['not ready if no engine answers, with a reason without credentials', false, 503],
])('is %s', async (_what, hasEngine, status) => {
  const engine = await EngineEndpoint.start('vllm:x 1\n')
  const urls = ['a=http://user:s3cret@127.0.0.1:1/metrics?key=s3cret', ...(hasEngine ? [engine.url] : [])]
  app = new RunningApp('drains.mjs', { env: { VR_ENGINE_METRICS_URL: urls.join(), VR_METRICS_PORT: '0' } })
  await app.url()
  const url = (await app.metricsUrl()).replace(/\/metrics$/, '/ready')
  const { checks, ...answer } = await eventually(async () => {
    const { status, body } = await get(url)
    const { checks } = body as { checks: { name: string; ready: boolean; reason?: string }[] }
    return checks.some(({ name }) => name === 'engine') ? { status, checks } : undefined
  })
  expect(answer.status).toBe(status)
  expect(checks[1]).toEqual({
    name: 'engine',
    ready: hasEngine,
    ...(!hasEngine && { reason: expect.stringMatching(/^a: /) }),
  })
  expect(JSON.stringify(checks) + app.stderr).not.toContain('s3cret')
})
