// Installs the signal listeners that LISTENER names; imported by a program, or loaded before the flag.
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const print = (text) => console.log(text)

/** Takes 50 ms, and longer if WORK_END names a file: until the file exists. */
const work = async () => {
  await sleep(50)
  const { WORK_END } = process.env
  while (WORK_END !== undefined && !existsSync(WORK_END)) await sleep(10)
}

const on = (listen, how = 'on') => {
  for (const signal of ['SIGTERM', 'SIGINT']) process[how](signal, listen)
}

/** Servers that a listener closes. */
export const servers = []

/** Called at the first request. */
export const later = []

const LISTENERS = {
  none() {},
  async 'signal-exit 3'() {
    const { default: onExit } = await import('signal-exit-3')
    onExit((_code, signal) => print(`signal-exit 3: ${signal}`))
  },
  async 'signal-exit 4'() {
    const { onExit } = await import('signal-exit')
    onExit((_code, signal) => print(`signal-exit 4: ${signal}`))
  },
  async 'signal-exit 3 and 4'() {
    await LISTENERS['signal-exit 3']()
    await LISTENERS['signal-exit 4']()
  },
  async 'exit-hook'() {
    const { default: exitHook } = await import('exit-hook')
    exitHook((code) => print(`exit-hook: ${code}`))
  },
  async 'asynchronous exit-hook'() {
    const { asyncExitHook } = await import('exit-hook')
    asyncExitHook(async () => print(`exit-hook: ${await sleep(50, 'done')}`), { wait: 5000 })
  },
  async 'async-exit-hook'() {
    const { default: exitHook } = await import('async-exit-hook')
    exitHook((done) => setTimeout(() => done(print('async-exit-hook')), 50))
  },
  'once, and an exit after some work'() {
    on(async () => {
      await work()
      print('cleaned up')
      process.exit(6)
    }, 'once')
  },
  'once, and the signal again after some work'() {
    on(async (signal) => {
      await sleep(50)
      print('cleaned up')
      process.kill(process.pid, signal)
    }, 'once')
  },
  'a listener that closes the server'() {
    on(() => {
      process.exitCode = 8
      for (const server of servers) server.close()
    })
  },
  'a listener if there is no other'() {
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
  'a listener that sends the signal again at once'() {
    on((signal) => process.kill(process.pid, signal), 'once')
  },
  'a hidden listener'() {
    // Hides the listener from `listenerCount`, as tsx does.
    const { listenerCount } = process
    const isHidden = (event) => ['SIGTERM', 'SIGINT'].includes(event)
    on((signal) => {
      if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal])
    })
    process.listenerCount = (event) => listenerCount.call(process, event) - (isHidden(event) ? 1 : 0)
  },
}

await LISTENERS[process.env.LISTENER]()
