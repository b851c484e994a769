import { expect, it } from 'vitest'
import { isPath, pathMatcher } from './path-matcher.ts'

it('pathMatcher matches a path and everything below it, with any query', () => {
  const matches = pathMatcher(['/health', '/static/'])
  const targets = ['/health', '/health/', '/health/deep', '/health?x', '/static/a.js', '/static']
  expect(targets.filter((target) => !matches(target))).toEqual([])
  expect(['/', '/healthy', '/v1/health', '/statics', undefined].filter(matches)).toEqual([])
})

it('isPath matches one path only, with any query', () => {
  expect(['/metrics', '/metrics?name[]=up'].filter((target) => !isPath(target, '/metrics'))).toEqual([])
  expect(['/metrics/', '/metricsx', '/', undefined].filter((target) => isPath(target, '/metrics'))).toEqual(
    [],
  )
})

it('both read the path of a target in absolute form', () => {
  const matches = pathMatcher(['/health', '/static'])
  expect(['http://x/health', 'HTTPS://x:1/static/a?b'].filter((target) => !matches(target))).toEqual([])
  expect(['http://health', 'http://x/y/health', 'http:///health', '*', ''].filter(matches)).toEqual([])
  expect(pathMatcher(['/'])('http://x')).toBe(true)
  const metrics = ['http://x/metrics', 'http://x:80/metrics?name[]=up', 'http://u:p@[::1]/metrics']
  expect(metrics.filter((target) => !isPath(target, '/metrics'))).toEqual([])
  const others = [
    'http://x/metrics/',
    'http://x/',
    'http://metrics',
    'ftp://x/metrics',
    'metrics',
    'http://x//metrics',
  ]
  expect(others.filter((target) => isPath(target, '/metrics'))).toEqual([])
})
