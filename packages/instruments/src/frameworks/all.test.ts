import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { HOOK, internalErrors } from '../instruments/internal-errors.ts'
import { applyPatch } from '../testing/reported-routes.ts'
import { FRAMEWORKS } from './all.ts'
import { h3 } from './h3.ts'
import { koa } from './koa.ts'

const ROUTE_HOOKS = ['express', 'fastify', 'h3', 'hono', 'koa', 'next'].map((name) => `${name}_route`)

it('each framework that has hooks of its own has a value of the attribute hook', () => {
  expect(FRAMEWORKS.length).toBeGreaterThan(0)
  expect(HOOK.values.filter((hook) => /^(?!websocket).*_route$/.test(hook))).toEqual(ROUTE_HOOKS)
})

it('every hook in a file of a framework has the name of that framework', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname, exclude: ['**/*.test.ts'] })
  const used = files.flatMap((file) => {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    const framework = file.includes('/') ? file.split('/')[0] : basename(file, '.ts').replace(/-v\d+$/, '')
    return [...source.matchAll(/'(\w+_route)'/g)].map(([, hook]) => [hook, `${framework}_route`])
  })
  expect(used.filter(([hook, expected]) => hook !== expected)).toEqual([])
  expect([...new Set(used.map(([hook]) => hook))].sort()).toEqual(ROUTE_HOOKS)
})

it('logs the first error of each framework', () => {
  const logged: string[] = []
  const nothing = (): void => {}
  const error = (message: string): void => void logged.push(message)
  diag.setLogger(
    { error, warn: nothing, info: nothing, debug: nothing, verbose: nothing },
    DiagLogLevel.ERROR,
  )
  const context = {
    get req(): never {
      throw new Error('no request')
    },
  }
  const undoKoa = applyPatch(koa.patches, /context/, context)
  class H3 {
    '~findRoute'(): object {
      return { data: { route: '/' } }
    }
  }
  const undoH3 = applyPatch(h3.patches, /node\.mjs/, { H3 })
  for (let i = 0; i < 2; i++) {
    Object.assign(context, { _matchedRoute: '/' })
    Reflect.apply(new H3()['~findRoute'], new H3(), [undefined])
  }
  undoKoa()
  undoH3()
  diag.disable()
  expect(logged.map((message) => /bug in the hook (\w+)/.exec(message)?.[1])).toEqual([
    'koa_route',
    'h3_route',
  ])
  expect(['koa_route', 'h3_route', 'other'].map((hook) => internalErrors.counts.get(hook))).toEqual([
    2,
    2,
    undefined,
  ])
})
