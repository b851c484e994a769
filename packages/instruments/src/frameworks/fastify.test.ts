import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { fastify } from './fastify.ts'

/** Returns what an application can see of its hooks and of a request object. */
async function seen(): Promise<unknown> {
  const app = Fastify()
  app.decorateRequest('mine', 1)
  app.get('/:id', async (request) => ({
    keys: Object.keys(request),
    raw: { ...Object.getOwnPropertyDescriptor(request, 'raw'), value: typeof request.raw },
    hasRaw: Object.hasOwn(request, 'raw'),
  }))
  await app.ready()
  const answer = await app.inject('/1')
  return { request: answer.json(), routes: app.printRoutes({ includeHooks: true }) }
}

it('changes no property of a request and adds no hook', async () => {
  const before = await seen()
  const stop = fastify.observe?.()
  const during = await seen()
  stop?.()
  expect([during, await seen()]).toEqual([before, before])
  expect(before).toMatchObject({ request: { hasRaw: true, raw: { enumerable: true, writable: true } } })
})
