import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type AppOptions, eventually, RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const FLAG = ['--import', '@vr/otel/register']
const LISTENERS = ['--import', './apps/signal-listeners.mjs']

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that has a free port of this machine. */
async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A collector that accepts connections and never answers; settles `asked` when it was sent anything. */
async function silentCollector(): Promise<{ env: Record<string, string>; asked: Promise<unknown> }> {
  const server = createTcpServer((socket) => void socket.on('error', () => {}).resume())
  const asked = once(server, 'connection').then(([socket]) => once(socket as Socket, 'data'))
  return { env: exportsTo(await listen(server)), asked }
}

/** A collector that takes everything, and keeps the paths of what it was asked for. */
async function goodCollector(): Promise<{ env: Record<string, string>; paths: string[] }> {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(String(request.url))
    request.resume().on('end', () => response.end())
  })
  closers.push(() => server.closeAllConnections())
  return { env: exportsTo(await listen(server)), paths }
}

function exportsTo(port: number): Record<string, string> {
  return {
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_METRICS_EXPORTER: 'prometheus,otlp',
    VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: String(port),
  }
}

/** A server that has served a request, whose span waits to be sent where there is any. */
async function served(options: AppOptions): Promise<RunningApp> {
  const app = new RunningApp('ends-by-signal.mjs', options)
  const url = await app.url()
  await (await fetch(url, { headers: { connection: 'close' } })).text()
  if (options.execArgv?.includes('@vr/otel/register')) await untilThereIsASpan(url)
  return app
}

async function untilThereIsASpan(url: string): Promise<void> {
  await eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('vr_otel_telemetry_created_total')['signal=traces'] === 1 ? true : undefined
  })
}

async function untilSpansAreSent(url: string): Promise<void> {
  await eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('vr_otel_telemetry_exported_total')['signal=traces'] === 1 ? true : undefined
  })
}

/** How such a server ends by a signal, and what it says then. */
async function end(signal: NodeJS.Signals, options: AppOptions): Promise<unknown> {
  const app = await served(options)
  return { ...(await app.kill(signal)), stdout: app.stdout.replace(/:\d+\n/, '\n') }
}

const WAYS = [
  'nobody',
  'signal-exit 3',
  'signal-exit 4',
  'signal-exit 3 and 4',
  'exit-hook',
  'exit-hook that takes its time',
  'async-exit-hook',
  'once, and an exit after some work',
  'once, and the signal again after some work',
  'a drain of the server',
  'an exit where nobody else listens',
  'a listener that is removed',
  'a listener that is added later',
  'a listener that sends it to itself at once',
  'a hidden listener',
]

describe('a process ends as without the flag', () => {
  it.each<[NodeJS.Signals, string]>([
    ...WAYS.map((listener): [NodeJS.Signals, string] => ['SIGTERM', listener]),
    ['SIGINT', 'nobody'],
    ['SIGINT', 'signal-exit 3'],
    ['SIGINT', 'signal-exit 4'],
  ])('by %s with %s', async (signal, listener) => {
    const env = { ...(await silentCollector()).env, LISTENER: listener }
    const [without, flagFirst, flagLast] = await Promise.all([
      end(signal, { env, execArgv: [] }),
      end(signal, { env, execArgv: FLAG }),
      end(signal, { env, execArgv: [...LISTENERS, ...FLAG] }),
    ])
    expect([flagFirst, flagLast]).toEqual([without, without])
  })
})

it.each(['nobody', 'signal-exit 3', 'signal-exit 4', 'once, and an exit after some work'])(
  'spans and metrics that wait are sent at SIGTERM with %s',
  async (listener) => {
    const { env, paths } = await goodCollector()
    await end('SIGTERM', { execArgv: FLAG, env: { ...env, LISTENER: listener } })
    expect(new Set(paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']))
  },
)

it.each(['before', 'while', 'after'])(
  'a process dies by a signal that comes %s spans are sent',
  async (when) => {
    const received = Promise.withResolvers<void>()
    const answers: (() => void)[] = []
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        answers.push(() => response.end())
        received.resolve()
      })
    })
    closers.push(() => server.closeAllConnections())
    const env = exportsTo(await listen(server))
    const isSent = when !== 'before'
    const app = await served({
      execArgv: FLAG,
      env: {
        ...env,
        VR_METRICS_EXPORTER: 'prometheus',
        LISTENER: 'nobody',
        ...(isSent ? { OTEL_BSP_SCHEDULE_DELAY: '1' } : {}),
      },
    })
    const answer = (): void => {
      for (const end of answers.splice(0)) end()
    }
    if (isSent) await received.promise
    if (when === 'after') {
      answer()
      await untilSpansAreSent(await app.url())
    }
    const ended = app.kill()
    await received.promise
    answer()
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' })
  },
)

it.each(['SIGTERM', 'SIGINT'])(
  'a process dies by a %s that arrives just before `shutdown`',
  async (signal) => {
    const { env } = await goodCollector()
    const app = new RunningApp('shuts-down.mjs', { flag: false, env: { ...env, SIGNAL: signal } })
    expect(await app.exit()).toEqual({ code: null, signal })
  },
)

it.each(['none', 'function', 'signal-exit'])(
  'spans of a process that `beforeExit` keeps alive are sent at each end, with a wrapper of `process.emit`: %s',
  async (WRAPPER) => {
    const { env, paths } = await goodCollector()
    await new RunningApp('emits-before-exit.mjs', { env: { ...env, WRAPPER } }).exit()
    expect(paths.filter((path) => path === '/v1/traces')).toHaveLength(3)
  },
)

it('the message `shutdown` of PM2, and its SIGINT, end a process as without the flag', async () => {
  const { env } = await silentCollector()
  const endOf = async (execArgv: readonly string[], how: (child: ChildProcess) => void) => {
    const app = new RunningApp('pm2.mjs', { execArgv, env, ipc: true })
    await (await fetch(await app.url(), { headers: { connection: 'close' } })).text()
    how(app.process)
    return app.exit()
  }
  for (const how of [
    (child: ChildProcess) => void child.send('shutdown'),
    (child: ChildProcess) => void child.kill('SIGINT'),
  ]) {
    const [without, withFlag] = await Promise.all([endOf([], how), endOf(FLAG, how)])
    expect(withFlag).toEqual(without)
  }
})

it('`node --watch` restarts a program, and ends with it, as without the flag', {
  timeout: 90_000,
}, async () => {
  const { env } = await silentCollector()
  const folder = mkdtempSync(join(tmpdir(), 'vr-otel-watch-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const program = readFileSync(new URL('../apps/signals.mjs', import.meta.url), 'utf8')
  const register = new URL('../../packages/otel/dist/register.js', import.meta.url).href
  const ends = [['--import', register], []].map(async (flag, index) => {
    const file = join(folder, `program-${index}.mjs`)
    writeFileSync(file, program)
    const app = new RunningApp(file, { execArgv: [...flag, '--watch'], env })
    const first = await app.url()
    await (await fetch(first)).text()
    const second = await eventually(async () => {
      // Nothing shows from when on the file is watched.
      if (!app.stdout.includes('Restarting')) writeFileSync(file, program)
      return app.stdout.match(/http\S+/g)?.[1]
    }).catch(() => first) // where the file system reports no changes, neither of the two restarts
    return { hasRestarted: second !== first, ...(await app.kill('SIGTERM')) }
  })
  const [withFlag, without] = await Promise.all(ends)
  expect(withFlag).toEqual(without)
})

it('a second signal kills at once while the first one is flushing', async () => {
  const { env, asked } = await silentCollector()
  const app = await served({ execArgv: FLAG, env: { ...env, LISTENER: 'nobody' } })
  app.process.kill('SIGTERM')
  await asked
  // The first one would kill by itself after the flush, which cannot end before its time is over.
  expect(await app.kill('SIGINT')).toEqual({ code: null, signal: 'SIGINT' })
})

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s', (signal) => {
  it('kills a child that inherits the flag and only computes', async () => {
    const { env } = await silentCollector()
    const app = new RunningApp('computes.mjs', { env })
    await app.waitForOutput(/computing/)
    expect(await app.kill(signal)).toEqual({ code: null, signal })
  })

  it('kills a server that computes in its first request', async () => {
    const { env } = await silentCollector()
    const app = new RunningApp('ends-by-signal.mjs', { env: { ...env, LISTENER: 'nobody' } })
    const answer = fetch(`${await app.url()}/health/compute`).catch(() => {})
    await app.waitForOutput(/computing/)
    expect(await app.kill(signal)).toEqual({ code: null, signal })
    await answer
  })
})
