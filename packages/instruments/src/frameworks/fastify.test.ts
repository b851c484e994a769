import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countedRoutes } from '../testing/counted-routes.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { fastify } from './fastify.ts'

describe('routes of Fastify 5', () => {
  let observed: ObservedHttp
  let stop: (() => void) | undefined

  beforeEach(() => {
    observed = new ObservedHttp()
    observed.observe()
    stop = fastify.observe?.()
  })

  afterEach(async () => {
    stop?.()
    await observed.end()
  })

  it('reports templates with prefixes, and none for requests without a matching route', async () => {
    const app = Fastify()
    app.get('/', async () => 'root')
    app.get('/v1/responses/:response_id', async () => 'one')
    app.get('/files/*', async () => 'file')
    app.get('/fails', async () => {
      throw new Error('no')
    })
    await app.register(
      async (plugin) => {
        plugin.addHook('onRequest', async (request, reply) => {
          if (request.url.endsWith('/refused')) await reply.code(401).send('no')
        })
        plugin.get('/things/:id', async () => 'thing')
        plugin.get('/refused', async () => 'never')
      },
      { prefix: '/t/:tenant' },
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    const paths = [
      '/',
      '/v1/responses/r1?x=1',
      '/files/a/b',
      '/fails',
      '/t/acme/things/3',
      '/t/acme/refused',
      '/none',
    ]
    expect(await countedRoutes(observed.provider, app.server, paths)).toEqual({
      '/': '/ 200',
      '/v1/responses/r1?x=1': '/v1/responses/{response_id} 200',
      '/files/a/b': '/files/* 200',
      '/fails': '/fails 500',
      '/t/acme/things/3': '/t/{tenant}/things/{id} 200',
      '/t/acme/refused': '/t/{tenant}/refused 401',
      '/none': 'unmatched 404',
    })
    await app.close()
  })
})

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
