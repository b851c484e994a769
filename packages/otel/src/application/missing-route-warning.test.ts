import { GatewayInstruments } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'
import { MissingRouteWarning } from './missing-route-warning.ts'

/** Returns a function that labels a request, and the logged lines. */
function setUp(frameworks: readonly string[]) {
  const { routes } = new GatewayInstruments()
  const lines: string[] = []
  const missing = new MissingRouteWarning(routes, new Set(frameworks), {
    warn: (line) => void lines.push(line),
  })
  const request = (template?: string, target = '/other'): void => {
    if (missing.isPending) missing.check()
    routes.label(routes.choose(template && routes.stored(template), target), 0)
  }
  return { request, lines, missing }
}

describe('MissingRouteWarning', () => {
  it('warns once after 100 requests without a route, and names the framework and the remedy', () => {
    const { request, lines } = setUp(['hono'])
    for (let i = 0; i < 100; i++) request()
    expect(lines).toEqual([])
    for (let i = 0; i < 500; i++) request()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^no routes: hono is loaded, but the first 100 requests all .*setRoute/)
  })

  it('warns although the paths of other requests are those of an API', () => {
    const { request, lines } = setUp(['hono'])
    for (let i = 0; i < 200; i++) {
      request()
      request(undefined, '/v1/responses')
    }
    expect(lines).toHaveLength(1)
  })

  it('does not warn if the paths of all requests are those of an API', () => {
    const { request, lines } = setUp(['hono'])
    for (let i = 0; i < 300; i++) request(undefined, '/v1/responses')
    expect(lines).toEqual([])
  })

  it.each<[string, readonly string[], (i: number) => string | undefined]>([
    ['one request has a route', ['hono'], (i) => (i === 99 ? '/a' : undefined)],
    ['no framework is loaded', [], () => undefined],
  ])('does not warn if %s, and checks no further request', (_what, frameworks, templateOf) => {
    const { request, lines, missing } = setUp(frameworks)
    for (let i = 0; i < 300; i++) request(templateOf(i))
    expect([lines, missing.isPending]).toEqual([[], false])
  })
})
