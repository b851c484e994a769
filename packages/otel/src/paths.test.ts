import { expect, it } from 'vitest'
import { isPath, pathMatcher } from './paths.ts'

it('matches a path and what is below it, whatever the query', () => {
  const matches = pathMatcher(['/health', '/static/'])
  const targets = ['/health', '/health/', '/health/deep', '/health?x', '/static/a.js', '/static']
  expect(targets.filter((target) => !matches(target))).toEqual([])
  expect(['/', '/healthy', '/v1/health', '/statics', undefined].filter(matches)).toEqual([])
})

it('matches just one path', () => {
  expect(['/metrics', '/metrics?name[]=up'].filter((target) => !isPath(target, '/metrics'))).toEqual([])
  expect(['/metrics/', '/metricsx', '/', undefined].filter((target) => isPath(target, '/metrics'))).toEqual(
    [],
  )
})
