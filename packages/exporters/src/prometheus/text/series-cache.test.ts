import { expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming } from '../naming/naming.ts'
import { SeriesCache } from './series-cache.ts'

it('renders an array again that changed in place inside frozen attributes', () => {
  const cache = new SeriesCache(createNaming(NAMING, 'underscores'), [], [])
  const tags = ['a']
  const attributes = Object.freeze({ tags })
  const texts: string[] = []
  const points = [{ attributes }]
  cache.render(points, texts).next()
  tags.push('b')
  cache.render(points, texts).next()
  expect(texts).toEqual([String.raw`tags="[\"a\"]"`, String.raw`tags="[\"a\",\"b\"]"`])
})

it('renders attributes again that changed in place', () => {
  const cache = new SeriesCache(createNaming(NAMING, 'underscores'), [], [])
  const attributes = { route: '/a' }
  const texts: string[] = []
  const points = [{ attributes }]
  cache.render(points, texts).next()
  attributes.route = '/b'
  cache.render(points, texts).next()
  expect(texts).toEqual(['route="/a"', 'route="/b"'])
})
