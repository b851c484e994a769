// Listens for signals in the way that it is asked to; loaded by a program, or before the flag.
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const say = (text) => console.log(text)

const on = (listen, how = 'on') => {
  for (const signal of ['SIGTERM', 'SIGINT']) process[how](signal, listen)
}

/** Servers to be closed by who drains them. */
export const servers = []

/** What is done at the first request. */
export const later = []

const WAYS = {
  nobody() {},
  async 'signal-exit 3'() {
    const { default: onExit } = await import('signal-exit-3')
    onExit((_code, signal) => say(`signal-exit 3: ${signal}`))
  },
  async 'signal-exit 4'() {
    const { onExit } = await import('signal-exit')
    onExit((_code, signal) => say(`signal-exit 4: ${signal}`))
  },
  async 'signal-exit 3 and 4'() {
    await WAYS['signal-exit 3']()
    await WAYS['signal-exit 4']()
  },
  async 'exit-hook'() {
    const { default: exitHook } = await import('exit-hook')
    exitHook((code) => say(`exit-hook: ${code}`))
  },
  async 'exit-hook that takes its time'() {
    const { asyncExitHook } = await import('exit-hook')
    asyncExitHook(async () => say(`exit-hook: ${await sleep(50, 'done')}`), { wait: 5000 })
  },
  async 'async-exit-hook'() {
    const { default: exitHook } = await import('async-exit-hook')
    exitHook((done) => setTimeout(() => done(say('async-exit-hook')), 50))
  },
  'once, and an exit after some work'() {
    on(async () => {
      await sleep(50)
      say('cleaned up')
      process.exit(6)
    }, 'once')
  },
  'once, and the signal again after some work'() {
    on(async (signal) => {
      await sleep(50)
      say('cleaned up')
      process.kill(process.pid, signal)
    }, 'once')
  },
  'a drain of the server'() {
    on(() => {
      process.exitCode = 8
      for (const server of servers) server.close()
    })
  },
  'an exit where nobody else listens'() {
    if (process.listenerCount('SIGTERM') === 0) on(() => process.exit(9))
  },
  'a listener that is removed'() {
    const listen = () => process.exit(10)
    on(listen)
    later.push(() => on(listen, 'off'))
  },
  'a listener that is added later'() {
    later.push(() => on(() => process.exit(11)))
  },
  'a listener that sends it to itself at once'() {
    on((signal) => process.kill(process.pid, signal), 'once')
  },
  'a hidden listener'() {
    // As tsx does.
    const { listenerCount } = process
    const isHidden = (event) => ['SIGTERM', 'SIGINT'].includes(event)
    on((signal) => {
      if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal])
    })
    process.listenerCount = (event) => listenerCount.call(process, event) - (isHidden(event) ? 1 : 0)
  },
}

await WAYS[process.env.LISTENER]()
