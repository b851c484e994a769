'use strict'
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** NestJS on Express or Fastify. Decorators are called as functions, because this file is JavaScript. */
module.exports = ({ common, NestFactory, Adapter, from, map, wildcard, wildcardLabel }) => {
  const { Controller, Get, HttpCode, Module, Param, Req, Sse, UseGuards, UnauthorizedException } = common

  class Guard {
    canActivate(context) {
      setExpectedRoute(context.switchToHttp().getRequest().headers['x-id'], '/guarded/{id}')
      throw new UnauthorizedException()
    }
  }

  class Root {
    json() {
      return { ok: true }
    }
    file() {
      return { file: true }
    }
    empty() {}
    fails() {
      throw new Error('fails')
    }
    async rejects() {
      throw new Error('rejects')
    }
    guarded() {}
    stream() {
      return from(events(3)).pipe(map((event) => ({ data: event.trim() })))
    }
    open() {
      return from(events(1e9)).pipe(map((event) => ({ data: event.trim() })))
    }
    engine() {
      return from(events('engine')).pipe(map((event) => ({ data: event.trim() })))
    }
    stuck() {
      return from(events('stuck')).pipe(map((event) => ({ data: event.trim() })))
    }
    broken() {
      return from(events('broken')).pipe(map((event) => ({ data: event.trim() })))
    }
    throws() {
      return from(events('throws')).pipe(map((event) => ({ data: event.trim() })))
    }
  }
  class Things {
    one(params) {
      return params
    }
  }

  route(Root, 'json', '/json', Get('json'))
  route(Root, 'file', wildcardLabel, Get(wildcard))
  route(Root, 'empty', '/empty', Get('empty'), HttpCode(204))
  route(Root, 'fails', '/fails', Get('fails'))
  route(Root, 'rejects', '/rejects/{id}', Get('rejects/:id'))
  route(Root, 'guarded', '/guarded/{id}', Get('guarded/:id'), UseGuards(Guard))
  route(Root, 'stream', '/stream', Sse('stream'))
  route(Root, 'open', '/stream/open', Sse('stream/open'))
  for (const how of ['engine', 'stuck', 'throws', 'broken'])
    route(Root, how, `/stream/${how}`, Sse(`stream/${how}`))
  route(Things, 'one', '/t/{tenant}/things/{id}', Get('things/:id'))
  Param()(Things.prototype, 'one', 0)
  Controller()(Root)
  Controller('t/:tenant')(Things)

  class App {}
  Module({ controllers: [Root, Things] })(App)

  /** Makes a method of a controller set its expected route; its last argument is the request. */
  function route(Class, name, label, ...decorators) {
    const original = Class.prototype[name]
    const method = {
      [name](...args) {
        setExpectedRoute(args.at(-1).headers['x-id'], label)
        return original.apply(this, args)
      },
    }[name]
    const descriptor = { value: method, configurable: true, writable: true }
    Object.defineProperty(Class.prototype, name, descriptor)
    Req()(Class.prototype, name, original.length)
    for (const decorate of decorators) decorate(Class.prototype, name, descriptor)
  }

  NestFactory.create(App, new Adapter(), { logger: false }).then(async (app) => {
    await app.listen(0, '127.0.0.1')
    logRequests(app.getHttpServer())
  })
}
