import { expect, it } from 'vitest'
import { IDLE_TIMEOUT_MS } from './bounded-map.ts'
import { SERVER_ADDRESS, ServerLabels } from './server.ts'

it('limits hosts and ports together', () => {
  const servers = new ServerLabels()
  for (let port = 1; port <= SERVER_ADDRESS.limit; port++)
    expect(servers.label('engine', port, 0)).toEqual({ address: 'engine', port })
  expect(servers.label('engine', 9999, 0)).toEqual({ address: 'other', port: undefined })
  expect(servers.label('::1', 80, 0)).toEqual({ address: 'other', port: undefined })
  expect(servers.overflowCount).toBe(2)
})

it('accepts new addresses when engines are replaced one after the other', () => {
  const servers = new ServerLabels()
  for (let day = 0; day < 900; day++)
    expect(servers.label(`10.0.0.${day}`, 8000, day * 24 * IDLE_TIMEOUT_MS)).toEqual({
      address: `10.0.0.${day}`,
      port: 8000,
    })
})
