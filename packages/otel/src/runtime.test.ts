import { expect, it } from 'vitest'
import { unsupportedRuntime } from './runtime.ts'

it.each<[Partial<NodeJS.ProcessVersions>, string | undefined]>([
  [{ node: '22.15.0' }, undefined],
  [{ node: '24.0.0' }, undefined],
  [{ node: '22.14.9' }, 'Node 22.14.9 is older than 22.15'],
  [{ node: '20.20.2' }, 'Node 20.20.2 is older than 22.15'],
  [{ node: '24.0.0', bun: '1.2.0' }, 'Bun 1.2.0 is not supported'],
  [{ node: '24.0.0', deno: '2.0.0' }, 'Deno 2.0.0 is not supported'],
])('%j: %s', (versions, reason) => {
  expect(unsupportedRuntime(versions as NodeJS.ProcessVersions)).toBe(reason)
})
