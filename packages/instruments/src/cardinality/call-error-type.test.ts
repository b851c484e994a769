import dns from 'node:dns'
import { getSystemErrorMap } from 'node:util'
import { expect, it } from 'vitest'
import { CALL_ERROR_TYPE } from './call-error-type.ts'

const KNOWN: ReadonlySet<string> = new Set(CALL_ERROR_TYPE.values)

it('contains each error code of the operating system and of DNS', () => {
  const system = [...getSystemErrorMap().values()].map(([code]) => code)
  const ofDns = Object.values(dns).filter((value) => typeof value === 'string' && /^E[A-Z]+$/.test(value))
  expect(ofDns.length).toBeGreaterThan(20)
  expect([...system, ...ofDns].filter((code) => !KNOWN.has(code as string))).toEqual([])
})

it('contains the errors of failing calls on this version of Node', async () => {
  const failures = [
    fetch('http://127.0.0.1:1'),
    fetch('http://no-such-host.invalid'),
    fetch('http://127.0.0.1:1', { signal: AbortSignal.abort() }),
    fetch('nonsense:'),
    fetch('http://127.0.0.1:1', { method: 'CONNECT' }),
  ]
  for (const outcome of await Promise.allSettled(failures)) {
    const { name, cause } = (outcome as PromiseRejectedResult).reason
    expect(KNOWN).toContain(name)
    if (cause !== undefined) expect(KNOWN).toContain(cause.code ?? cause.name)
  }
})
