import { expect, it } from 'vitest'
import { FASTIFY, type WebSocketApplication, WS } from '../websockets/applications.ts'
import type { Connection } from '../websockets/connections.ts'
import { observe } from '../websockets/observe.ts'
import { LedgerApp } from './ledger-app.ts'

async function run(application: WebSocketApplication, hasFlag: boolean): Promise<readonly Connection[]> {
  const app = await LedgerApp.start(`${application.app}.mjs`, hasFlag)
  const connections = await observe(application, app)
  await app.kill()
  return connections
}

it.each([WS, FASTIFY])(
  '$name: every series equals the counts of the clients and of the application, which behave the same without the flag',
  async (application) => {
    expect(await run(application, true)).toEqual(await run(application, false))
  },
)
