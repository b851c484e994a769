import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const FRAMEWORKS = 'packages/instruments/src/frameworks'

/** A framework that publishes no routes. */
const FRAMEWORK = `
exports.Router = class Router {
  routes = []
  get(template, handler) {
    const pattern = new RegExp('^' + template.replace(/:\\w+/g, '[^/]+') + '$')
    this.routes.push({ template, pattern, handler })
  }
  find(request) {
    return this.routes.find(({ pattern }) => pattern.test(request.url))
  }
  handle(request, response) {
    const route = this.find(request)
    if (route === undefined) response.writeHead(404).end()
    else route.handler(request, response)
  }
}
`

const APPLICATION = `
import { createServer } from 'node:http'
import { Router } from 'tiny-framework'

const router = new Router()
router.get('/fails', (request, response) => response.end('failed'))
router.get('/things/:id', (request, response) => response.end('thing'))
const server = createServer((request, response) => router.handle(request, response))
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))
`

const FILE = `import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { createFilePatch } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import type { Framework } from './framework.ts'

interface Router {
  find(request: object): { readonly template: string } | undefined
}

const reportRoute = guardVoid('tiny_route', (request: object, route: ReturnType<Router['find']>) => {
  if (route?.template === '/fails') throw new Error('no route')
  if (route !== undefined) setFrameworkRoute(request, route.template)
})

const router = createFilePatch('tiny-framework', 'router.js', (exports) => {
  const { Router } = exports as { readonly Router: { readonly prototype: Router } }
  return wrapMethod(
    Router.prototype,
    'find',
    (original, wrap) =>
      function find(this: Router, ...args: unknown[]): unknown {
        const route = original(this, args)
        if (!wrap.isUndone) reportRoute(args[0] as object, route as ReturnType<Router['find']>)
        return route
      },
  )
})

/** A framework for this test. */
export const tiny: Framework = { packages: ['tiny-framework'], patches: [router] }
`

describe('a framework that is added as one file and one line', () => {
  const copy = new PackageCopy()
  let errors: readonly string[]

  beforeAll(() => {
    copy.write(`${FRAMEWORKS}/tiny.ts`, FILE)
    copy.insert(`${FRAMEWORKS}/list.ts`, 'before', 'export ', "export { tiny } from './tiny.ts'\n")
    errors = copy.compile('instruments')
    const manifest = { name: 'tiny-framework', main: 'router.js' }
    copy.write('node_modules/tiny-framework/package.json', JSON.stringify(manifest))
    copy.write('node_modules/tiny-framework/router.js', FRAMEWORK)
    copy.write('app.mjs', APPLICATION)
  }, 60_000)

  afterAll(() => copy.remove())

  it('compiles without any other change', () => {
    expect(errors).toEqual([])
  })

  it('has routes, a hook, and its name in the warning about requests without a route', async () => {
    const app = new RunningApp(join(copy.folder, 'app.mjs'), { execArgv: ['--import', copy.register] })
    const url = await app.url()
    for (let i = 0; i < 101; i++) await (await fetch(`${url}/unknown`)).text()
    for (const path of ['/things/7', '/fails', '/fails']) await (await fetch(url + path)).text()
    const scraped = await scrape(`${url}/metrics`)
    await app.kill()
    expect(scraped.values('http_requests_total')).toEqual({
      'method=GET,route=/things/{id},status=200': 1,
      'method=GET,route=unmatched,status=200': 2,
      'method=GET,route=unmatched,status=404': 101,
    })
    expect(scraped.values('vr_otel_internal_errors_total')).toEqual({ 'hook=tiny_route': 2 })
    expect(app.stderr).toContain('tiny-framework is loaded, but the first 100 requests')
  })
})
