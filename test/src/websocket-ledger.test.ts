import { once } from 'node:events'
import { expect, it } from 'vitest'
import { FASTIFY, type WebSocketApplication, WS } from '../websockets/applications.ts'
import type { Connection } from '../websockets/connections.ts'
import type { Samples } from '../websockets/expected-samples.ts'
import { observe } from '../websockets/observe.ts'
import { RunningApp } from './running-app.ts'

async function run(application: WebSocketApplication, hasFlag: boolean): Promise<readonly Connection[]> {
  const running = new RunningApp(`${application.app}.mjs`, { flag: hasFlag, ipc: true })
  const [{ port }] = (await once(running.process, 'message')) as [{ port: number }]
  const ask = async (question: string): Promise<Samples> => {
    const answer = once(running.process, 'message')
    running.process.send(question)
    return ((await answer) as [{ rows: Samples }])[0].rows
  }
  const connections = await observe(application, { port, hasFlag, ask })
  await running.kill()
  return connections
}

it.each([WS, FASTIFY])(
  '$name: every series equals the counts of the clients and of the application, which behave the same without the flag',
  async (application) => {
    expect(await run(application, true)).toEqual(await run(application, false))
  },
)
