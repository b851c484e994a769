import module, { createRequire } from 'node:module'
import { afterEach, expect, it } from 'vitest'
import { withoutRequireHook } from './require-hook.ts'

const { UndiciInstrumentation } = createRequire(import.meta.url)(
  '@opentelemetry/instrumentation-undici',
) as typeof import('@opentelemetry/instrumentation-undici')

const hooked = () => [
  Object.getOwnPropertyDescriptor(module.prototype, 'require'),
  Object.getOwnPropertyDescriptor(process, 'getBuiltinModule'),
]
const bare = hooked()
const create = () => new UndiciInstrumentation({ enabled: false })

afterEach(() => {
  Object.defineProperty(module.prototype, 'require', bare[0] as PropertyDescriptor)
  Object.defineProperty(process, 'getBuiltinModule', bare[1] as PropertyDescriptor)
})

it('does not hook require for our instrumentation, but for one of the application', () => {
  expect(withoutRequireHook(create)).toBeInstanceOf(UndiciInstrumentation)
  expect(hooked()).toEqual(bare)
  create()
  const [require, getBuiltinModule] = hooked()
  expect(require?.value).not.toBe(bare[0]?.value)
  expect(getBuiltinModule?.value).not.toBe(bare[1]?.value)
  // The hook of the application's instrumentation is shared and stays.
  const theirs = hooked()
  withoutRequireHook(create)
  expect(hooked()).toEqual(theirs)
})
