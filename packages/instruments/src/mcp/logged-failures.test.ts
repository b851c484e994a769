import type { DiagLogger } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { setLogger } from '../logger.ts'
import { observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { LoggedFailures, MAX_LOGGED_SERVERS } from './logged-failures.ts'

describe('failed starts', () => {
  const create = (keys: number): LoggedFailures => {
    const logged = new LoggedFailures()
    for (let i = 0; i < keys; i++) expect(logged.add('a', 'spawn', `key ${i}`)).toBe(true)
    return logged
  }

  it('are logged once for each server, label and reason', () => {
    const logged = create(2)
    expect(logged.add('a', 'spawn', 'key 0')).toBe(false)
    expect(logged.add('a', 'timeout', 'key 0')).toBe(true)
    expect(logged.add('b', 'spawn', 'key 0')).toBe(true)
  })

  it('are logged again after a start of the same server', () => {
    const logged = create(2)
    logged.forget('a', 'key 0')
    expect(logged.add('a', 'spawn', 'key 1')).toBe(false)
    expect(logged.add('a', 'spawn', 'key 0')).toBe(true)
  })

  it('are logged for a limited number of servers with the same label, until any of them has started', () => {
    const logged = create(MAX_LOGGED_SERVERS)
    expect(logged.add('a', 'spawn', 'another')).toBe(false)
    expect(logged.add('b', 'spawn', 'another')).toBe(true)
    logged.forget('a', 'a further one')
    expect(logged.add('a', 'spawn', 'another')).toBe(true)
  })
})

describe.each(SDKS)('the log of failed starts of clients of $name', (sdk) => {
  const warnings: string[] = []
  const connect = async (transport: object): Promise<void> => {
    const client = new sdk.Client({ name: 'client', version: '1.0.0' })
    await expect(client.connect(transport)).rejects.toThrow()
  }

  afterEach(() => setLogger(undefined))

  it('has a line for each command line and URL, without arguments and query', async () => {
    warnings.length = 0
    const nothing = () => {}
    const warn = (message: string): void => void warnings.push(message)
    setLogger({ error: nothing, info: nothing, debug: nothing, verbose: nothing, warn } satisfies DiagLogger)
    const observed = observeSdk(sdk)
    for (const argument of ['marker-a', 'marker-b', 'marker-a'])
      await connect(new sdk.StdioClientTransport({ command: '/does/not/exist', args: [argument] }))
    for (const path of ['marker-a', 'marker-b?token=marker', 'marker-b?token=marker'])
      await connect(new sdk.StreamableHTTPClientTransport(new URL(`http://127.0.0.1:1/${path}`)))
    observed.stop()
    const lines = warnings.map((line) => line.split(' did not start')[0])
    expect(lines).toEqual([
      'MCP server "exist"',
      'MCP server "exist"',
      'MCP server "127.0.0.1:1"',
      'MCP server "127.0.0.1:1"',
    ])
    expect(warnings.join()).not.toContain('marker')
    expect(observed.provider.counts('mcp.server.startup')).toEqual({
      'server_label=exist,status=error': 3,
      'server_label=127.0.0.1:1,status=error': 3,
    })
  })
})
