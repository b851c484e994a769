import type { Server } from 'node:http'
import createApplication, { type ErrorRequestHandler } from 'express'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { countedRoutes } from '../testing/counted-routes.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { express } from './express.ts'

let observed: ObservedHttp
let stop: (() => void) | undefined

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe()
  stop = express.observe?.()
})

afterEach(async () => {
  stop?.()
  await observed.end()
})

it('reports templates of nested routers, mounted applications and failing handlers', async () => {
  const app = createApplication()
  const tenant = createApplication.Router({ mergeParams: true })
  const inner = createApplication.Router()
  const mounted = createApplication()
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
  expect(await countedRoutes(observed.provider, server, paths)).toEqual({
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
