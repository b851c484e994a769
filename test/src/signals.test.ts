import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
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

/** Listens on a free loopback port and returns it. */
async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Starts a collector that never answers; `dataReceived` resolves when it has received data. */
async function hangingCollector(): Promise<{ env: Record<string, string>; dataReceived: Promise<unknown> }> {
  const server = createTcpServer((socket) => void socket.on('error', () => {}).resume())
  const dataReceived = once(server, 'connection').then(([socket]) => once(socket as Socket, 'data'))
  return { env: exportsTo(await listen(server)), dataReceived }
}

/** Starts a collector that accepts everything and records the paths of the requests. */
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

/** Starts a server and sends it a request; with the flag, waits until the span of the request is queued. */
async function served(options: AppOptions): Promise<RunningApp> {
  const app = new RunningApp('ends-by-signal.mjs', options)
  const url = await app.url()
  await (await fetch(url, { headers: { connection: 'close' } })).text()
  if (options.execArgv?.includes('@vr/otel/register')) await waitForCreatedSpan(url)
  return app
}

async function waitForCreatedSpan(url: string): Promise<void> {
  await eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('vr_otel_telemetry_created_total')['signal=traces'] === 1 ? true : undefined
  })
}

async function waitForExportedSpan(url: string): Promise<void> {
  await eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('vr_otel_telemetry_exported_total')['signal=traces'] === 1 ? true : undefined
  })
}

/** Ends such a server by a signal; returns its exit code, signal and stdout. */
async function end(signal: NodeJS.Signals, options: AppOptions): Promise<unknown> {
  const app = await served(options)
  return { ...(await app.kill(signal)), stdout: app.stdout.replace(/:\d+\n/, '\n') }
}

const LISTENER_NAMES = [
  'none',
  'signal-exit 3',
  'signal-exit 4',
  'signal-exit 3 and 4',
  'exit-hook',
  'asynchronous exit-hook',
  'async-exit-hook',
  'once, and an exit after some work',
  'once, and the signal again after some work',
  'a listener that closes the server',
  'a listener if there is no other',
  'a listener that is removed',
  'a listener that is added later',
  'a listener that sends the signal again at once',
  'a hidden listener',
]

describe('a process terminates as without the `--import` flag', () => {
  it.each<[NodeJS.Signals, string]>([
    ...LISTENER_NAMES.map((listener): [NodeJS.Signals, string] => ['SIGTERM', listener]),
    ['SIGINT', 'none'],
    ['SIGINT', 'signal-exit 3'],
    ['SIGINT', 'signal-exit 4'],
  ])('by %s with %s', async (signal, listener) => {
    const env = { ...(await hangingCollector()).env, LISTENER: listener }
    const [without, flagFirst, flagLast] = await Promise.all([
      end(signal, { env, execArgv: [] }),
      end(signal, { env, execArgv: FLAG }),
      end(signal, { env, execArgv: [...LISTENERS, ...FLAG] }),
    ])
    expect([flagFirst, flagLast]).toEqual([without, without])
  })
})

it.each(['none', 'signal-exit 3', 'signal-exit 4', 'once, and an exit after some work'])(
  'exports queued spans and metrics at SIGTERM with %s',
  async (listener) => {
    const folder = mkdtempSync(join(tmpdir(), 'vr-otel-work-'))
    closers.push(() => rmSync(folder, { recursive: true }))
    const workEnd = join(folder, 'end')
    const { env, paths } = await goodCollector()
    const ended = end('SIGTERM', { execArgv: FLAG, env: { ...env, LISTENER: listener, WORK_END: workEnd } })
    await eventually(async () => (new Set(paths).size === 2 ? true : undefined))
    writeFileSync(workEnd, '')
    await ended
    expect(new Set(paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']))
  },
)

it.each(['before', 'while', 'after'])(
  'a process ends by a signal that arrives %s its spans are exported',
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
        LISTENER: 'none',
        ...(isSent ? { OTEL_BSP_SCHEDULE_DELAY: '1' } : {}),
      },
    })
    const answer = (): void => {
      for (const end of answers.splice(0)) end()
    }
    if (isSent) await received.promise
    if (when === 'after') {
      answer()
      await waitForExportedSpan(await app.url())
    }
    const ended = app.kill()
    await received.promise
    answer()
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' })
  },
)

it.each(['SIGTERM', 'SIGINT'])(
  'a process ends by a %s that arrives just before `shutdown`',
  async (signal) => {
    const { env } = await goodCollector()
    const app = new RunningApp('shuts-down.mjs', { flag: false, env: { ...env, SIGNAL: signal } })
    expect(await app.exit()).toEqual({ code: null, signal })
  },
)

it.each(['none', 'function', 'signal-exit'])(
  'exports spans at each `beforeExit` that keeps the process alive, with a wrapper of `process.emit`: %s',
  async (WRAPPER) => {
    const { env, paths } = await goodCollector()
    await new RunningApp('emits-before-exit.mjs', { env: { ...env, WRAPPER } }).exit()
    expect(paths.filter((path) => path === '/v1/traces')).toHaveLength(3)
  },
)

it('the message `shutdown` of PM2 and its SIGINT end a process as without the flag', async () => {
  const { env } = await hangingCollector()
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

/** Writes a program in place, so that the file is never empty: `node --watch` may start it at any moment. */
function rewrite(file: string, program: string): void {
  const fd = openSync(file, 'r+')
  writeSync(fd, program)
  closeSync(fd)
}

it('`node --watch` restarts a program and ends as without the flag', async () => {
  const { env } = await hangingCollector()
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
    // Node does not report when it starts to watch the file, so the file is changed until a restart follows. Changes less
    // than 200 ms apart never cause one: each of them restarts the delay after which Node reacts.
    const changes = setInterval(() => {
      if (!app.stdout.includes('Restarting')) rewrite(file, program)
    }, 1000)
    closers.push(() => clearInterval(changes))
    const second = await eventually(async () => app.stdout.match(/http\S+/g)?.[1])
    await (await fetch(second)).text()
    return app.kill('SIGTERM')
  })
  const [withFlag, without] = await Promise.all(ends)
  expect(withFlag).toEqual(without)
})

it('a second signal ends the process at once during the flush for the first one', async () => {
  const { env, dataReceived } = await hangingCollector()
  const app = await served({ execArgv: FLAG, env: { ...env, LISTENER: 'none' } })
  app.process.kill('SIGTERM')
  await dataReceived
  // The collector never answers: the flush for SIGTERM ends only at its time limit.
  expect(await app.kill('SIGINT')).toEqual({ code: null, signal: 'SIGINT' })
})

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s', (signal) => {
  it('ends a child process with an inherited flag that never returns to its event loop', async () => {
    const { env } = await hangingCollector()
    const app = new RunningApp('computes.mjs', { env })
    await app.waitForOutput(/computing/)
    expect(await app.kill(signal)).toEqual({ code: null, signal })
  })

  it('ends a server that never returns to its event loop in its first request', async () => {
    const { env } = await hangingCollector()
    const app = new RunningApp('ends-by-signal.mjs', { env: { ...env, LISTENER: 'none' } })
    const answer = fetch(`${await app.url()}/health/compute`).catch(() => {})
    await app.waitForOutput(/computing/)
    expect(await app.kill(signal)).toEqual({ code: null, signal })
    await answer
  })
})
