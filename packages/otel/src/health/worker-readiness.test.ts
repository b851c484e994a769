import { describe, expect, it } from 'vitest'
import type { ReadinessReport } from './readiness.ts'
import { type WorkerReadiness, WorkersCheck } from './worker-readiness.ts'

const report = (isDraining: boolean, ...reasons: string[]): ReadinessReport => ({
  isDraining,
  checks: [
    { name: 'process', isReady: !isDraining, ...(isDraining && { reason: 'draining' }) },
    ...reasons.map((reason) => ({ name: 'database', isReady: false, reason })),
  ],
  mcpServers: [],
})

const workers = (...reports: (ReadinessReport | undefined)[]): WorkerReadiness[] =>
  reports.map((one, worker) => ({ worker, report: one }))

/** Returns the reason of a process without a server, or `ready`. */
function reasonOf(states: readonly WorkerReadiness[], hasServer = false): string | undefined {
  const check = new WorkersCheck(
    () => states,
    () => hasServer,
  ).check()
  return check?.isReady === true ? 'ready' : check?.reason
}

describe('WorkersCheck', () => {
  it('is absent without workers', () => {
    expect(
      new WorkersCheck(
        () => [],
        () => false,
      ).check(),
    ).toBeUndefined()
  })

  it('is ready if all workers are, or have not reported yet', () => {
    expect(reasonOf(workers(report(false), undefined))).toBe('ready')
  })

  it('names each worker that is not ready, with its reasons', () => {
    expect(reasonOf(workers(report(false, 'connecting', 'full'), report(false), report(false, 'gone')))).toBe(
      'worker 0: database: connecting; worker 0: database: full; worker 2: database: gone',
    )
  })

  it('ignores a worker that drains while another one does not', () => {
    expect(reasonOf(workers(report(true, 'closed'), report(false)))).toBe('ready')
  })

  it('is not ready if all workers drain, or none runs any more, unless the process has a server itself', () => {
    expect(reasonOf(workers(report(true), report(true)))).toBe('all workers drain')
    expect(reasonOf(workers(report(true)), true)).toBe('ready')
    let running = workers(report(false))
    const check = new WorkersCheck(
      () => running,
      () => false,
    )
    expect(check.check()?.isReady).toBe(true)
    running = []
    expect(check.check()).toEqual({ name: 'workers', isReady: false, reason: 'no worker runs' })
  })

  it('reports the MCP servers of all workers, as error if one of them could not start it', () => {
    const withServers = (...mcpServers: ReadinessReport['mcpServers']): ReadinessReport => ({
      ...report(false),
      mcpServers,
    })
    const [ok, error] = [
      { serverLabel: 'a', status: 'ok' },
      { serverLabel: 'a', status: 'error' },
    ]
    const states = workers(
      withServers(ok),
      withServers(error, { serverLabel: 'b', status: 'ok' }),
      withServers(ok),
    )
    expect(
      new WorkersCheck(
        () => states,
        () => false,
      ).mcpServers(),
    ).toEqual([error, { serverLabel: 'b', status: 'ok' }])
  })
})
