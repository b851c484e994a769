import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COPY = mkdtempSync(join(tmpdir(), 'vr-otel-added-framework-'))

afterAll(() => rmSync(COPY, { recursive: true, force: true }))

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
router.get('/things/:id', (request, response) => response.end('thing'))
const server = createServer((request, response) => router.handle(request, response))
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))
`

/** One file in \`frameworks/\` and one line in \`list.ts\`, as CONTRIBUTING describes it. */
const ADDED_FILE = `
import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { createFilePatch } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import type { Framework } from './framework.ts'

interface Router {
  find(request: object): { readonly template: string } | undefined
}

const reportRoute = guardVoid('framework_route', (request: object, route: ReturnType<Router['find']>) => {
  if (route !== undefined) setRoute(request, route.template)
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
const ADDED_LINE = "export { tiny } from './tiny.ts'\n"

/** Copies the built packages, adds the framework to the sources of the copy, and compiles them. */
function copyWithFramework(): void {
  const copied = [
    'tsconfig.base.json',
    ...['tsconfig.json', 'src', 'package.json'].map((name) => `packages/instruments/${name}`),
    ...['otel', 'exporters', 'metrics'].flatMap((name) => [
      `packages/${name}/dist`,
      `packages/${name}/package.json`,
    ]),
  ]
  for (const path of copied) cpSync(join(ROOT, path), join(COPY, path), { recursive: true })
  const links = [
    ...['@opentelemetry', '@types', 'undici-types'].map((name) => [join(ROOT, 'node_modules', name), name]),
    ['packages/otel', '@vr/otel'],
    ...['instruments', 'exporters', 'metrics'].map((name) => [`packages/${name}`, `@vr/otel-${name}`]),
  ] as [target: string, name: string][]
  for (const [target, name] of links) {
    const link = join(COPY, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target.startsWith('packages/') ? join(COPY, target) : target, link)
  }
  const frameworks = join(COPY, 'packages/instruments/src/frameworks')
  writeFileSync(join(frameworks, 'tiny.ts'), ADDED_FILE)
  appendFileSync(join(frameworks, 'list.ts'), ADDED_LINE)
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(COPY, 'packages/instruments')])
}

function writeApplication(): void {
  const framework = join(COPY, 'node_modules/tiny-framework')
  mkdirSync(framework)
  writeFileSync(
    join(framework, 'package.json'),
    JSON.stringify({ name: 'tiny-framework', main: 'router.js' }),
  )
  writeFileSync(join(framework, 'router.js'), FRAMEWORK)
  writeFileSync(join(COPY, 'app.mjs'), APPLICATION)
}

it('a framework added as one file and one line has routes, and is named in the warning if requests have none', async () => {
  copyWithFramework()
  writeApplication()
  const register = pathToFileURL(join(COPY, 'node_modules/@vr/otel/dist/register.js')).href
  const app = new RunningApp(join(COPY, 'app.mjs'), { execArgv: ['--import', register] })
  const url = await app.url()
  for (let i = 0; i < 101; i++) await (await fetch(`${url}/unknown`)).text()
  await (await fetch(`${url}/things/7`)).text()
  const requests = (await scrape(`${url}/metrics`)).values('http_requests_total')
  await app.kill()
  expect(requests).toEqual({
    'method=GET,route=/things/{id},status=200': 1,
    'method=GET,route=unmatched,status=404': 101,
  })
  expect(app.stderr).toContain('tiny-framework is loaded, but the first 100 requests')
})
