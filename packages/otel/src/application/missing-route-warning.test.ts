import { GatewayInstruments } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'
import { MissingRouteWarning } from './missing-route-warning.ts'

/** Labels of requests, and what is logged after each. */
function setUp(frameworks: readonly string[]) {
  const { routes } = new GatewayInstruments()
  const lines: string[] = []
  const missing = new MissingRouteWarning(routes, new Set(frameworks), {
    warn: (line) => void lines.push(line),
  })
  const request = (template?: string): void => {
    if (missing.isPending) missing.check()
    routes.label(template, 0)
  }
  return { request, lines, missing }
}

describe('a framework whose routes are missing', () => {
  it('is named once, after a hundred requests, with the remedy', () => {
    const { request, lines } = setUp(['hono'])
    for (let i = 0; i < 100; i++) request()
    expect(lines).toEqual([])
    for (let i = 0; i < 500; i++) request()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^none of the first 100 requests got a route, though hono is loaded: .*setRoute/)
  })

  it.each<[string, readonly string[], (i: number) => string | undefined]>([
    ['one request had a route', ['hono'], (i) => (i === 99 ? '/a' : undefined)],
    ['no framework is loaded', [], () => undefined],
  ])('is not where %s, and no further request is looked at', (_what, frameworks, templateOf) => {
    const { request, lines, missing } = setUp(frameworks)
    for (let i = 0; i < 300; i++) request(templateOf(i))
    expect([lines, missing.isPending]).toEqual([[], false])
  })
})
