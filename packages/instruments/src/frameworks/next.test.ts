import { expect, it } from 'vitest'
import { applyPatch, requestWithRoutes } from '../testing/reported-routes.ts'
import { next } from './next.ts'

it('reports templates in the syntax of Next, and no template for its error pages', () => {
  const { request, routes } = requestWithRoutes()
  class Server {
    runApi(): string {
      return 'api'
    }
    renderPageComponent(): string {
      return 'page'
    }
  }
  const undo = applyPatch(next.patches, /server/, { default: Server })
  const server = new Server() as unknown as { runApi(...args: unknown[]): string }
  const paths = ['/', '/a/[id]', '/a/[...all]/b', '/[[...all]]', '/a[b]', '/404', undefined]
  for (const pathname of paths) {
    expect(server.runApi({ originalRequest: request }, {}, {}, { definition: { pathname } })).toBe('api')
  }
  undo()
  expect(routes).toEqual(['/', '/a/[id]', '/a/[...all]/b', '/[[...all]]', '/a[b]', undefined, undefined])
})
