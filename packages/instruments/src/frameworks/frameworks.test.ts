import http, { type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler } from 'express'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRAMEWORKS, observeNodeHttp } from '../adapters.ts'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'

const provider = new RecordingProvider()
const undo: (() => void)[] = []

beforeAll(() => {
  const { stop } = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ meterProvider: provider, prefix: '' }),
  })
  undo.push(stop, ...FRAMEWORKS.map((observe) => observe()))
})

afterAll(() => {
  for (const step of undo) step()
})

/** Sends a request for each path and returns the route and status that it was counted with. */
async function counted(server: Server, paths: readonly string[]): Promise<Record<string, string>> {
  const { port } = server.address() as AddressInfo
  const labels: Record<string, string> = {}
  for (const path of paths) {
    provider.calls.length = 0
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    await answer.text()
    const requests = () => provider.calls.filter(({ name }) => name === 'http.requests')
    while (requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
    labels[path] = requests()
      .map(({ attributes }) => `${attributes['route']} ${attributes['status']}`)
      .join()
  }
  return labels
}

describe('Fastify 5', () => {
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
    expect(await counted(app.server, paths)).toEqual({
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

describe('Express 5', () => {
  it('reports templates of nested routers, mounted applications and failing handlers', async () => {
    const app = express()
    const tenant = express.Router({ mergeParams: true })
    const inner = express.Router()
    const mounted = express()
    app.use((_request, _response, next) => next())
    app.use('/t', (_request, _response, next) => next())
    app.get('/', (_request, response) => void response.send('root'))
    app.get('/users/:id', (_request, response) => void response.send('user'))
    app.get('/files/*path', (_request, response) => void response.send('file'))
    app.get(['/one', '/two'], (_request, response) => void response.send('either'))
    app.get(/^\/re\/(\d+)$/, (_request, response) => void response.send('expression'))
    app.get('/fails', () => {
      throw new Error('no')
    })
    app.get('/rejects/:id', async () => {
      throw new Error('no')
    })
    inner.get('/', (_request, response) => void response.send('list'))
    inner.get('/:id', (_request, response) => void response.send('item'))
    inner.get('/:id/fails', () => {
      throw new Error('no')
    })
    tenant.use('/things', inner)
    app.use('/t/:tenant', tenant)
    mounted.get('/ping/:n', (_request, response) => void response.send('pong'))
    app.use('/sub/:app', mounted)
    const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
      response.status(500).send('failed')
    }
    app.use(onError)
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    const paths = [
      '/',
      '/users/7',
      '/files/a/b',
      '/two',
      '/re/42',
      '/fails',
      '/rejects/1',
      '/t/acme/things',
      '/t/acme/things/9',
      '/t/acme/things/9/fails',
      '/sub/x/ping/1',
      '/none',
      '/t/none',
    ]
    expect(await counted(server, paths)).toEqual({
      '/': '/ 200',
      '/users/7': '/users/{id} 200',
      '/files/a/b': '/files/{path} 200',
      '/two': '/two 200',
      '/re/42': '/^\\/re\\/(\\d+)$/ 200',
      '/fails': '/fails 500',
      '/rejects/1': '/rejects/{id} 500',
      '/t/acme/things': '/t/{tenant}/things 200',
      '/t/acme/things/9': '/t/{tenant}/things/{id} 200',
      '/t/acme/things/9/fails': '/t/{tenant}/things/{id}/fails 500',
      '/sub/x/ping/1': '/sub/{app}/ping/{n} 200',
      '/none': 'unmatched 404',
      '/t/none': 'unmatched 404',
    })
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
})
