import { expect, it } from 'vitest'
import { applyPatch, requestWithRoutes } from '../testing/reported-routes.ts'
import { koa } from './koa.ts'

it('keeps the property that the router sets, and reports routes but no middleware', () => {
  const { request, routes } = requestWithRoutes()
  const prototype = {}
  const undo = applyPatch(koa.patches, /context/, prototype)
  const matched = [
    { path: '/a', methods: [] },
    { path: '/a/:id', methods: ['GET'] },
  ]
  const ctx = Object.assign(Object.create(prototype), { req: request, matched, mountPath: '/m' })
  expect(ctx._matchedRoute).toBe(undefined)
  for (const path of ['/a/:id', '/a', '/a/:id']) ctx._matchedRoute = path
  expect([ctx._matchedRoute, routes]).toEqual(['/a/:id', ['/m/a/:id', '/m/a/:id']])
  undo()
  expect('_matchedRoute' in prototype).toBe(false)
})
