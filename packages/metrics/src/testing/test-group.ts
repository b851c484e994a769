import { expect, vi } from 'vitest'
import { Child } from './child.ts'

const PROGRAM = new URL('./group-process.ts', import.meta.url)

/** A scrape of a process: its role, whether no process was missing, the merged counter and gauge. */
export interface GroupScrape {
  readonly role: string
  readonly complete: boolean
  readonly work: number
  readonly processes: number
}

/** A process of a group that shares its metrics over a socket. */
export class GroupProcess extends Child {
  #scrapes = 0

  /** @param speed factor by which the times of the store are shorter */
  constructor(directory: string, speed = 1) {
    super(PROGRAM, [directory, String(speed)])
  }

  get isAggregator(): boolean {
    return this.lines.findLast((line) => line === 'member' || line === 'aggregator') === 'aggregator'
  }

  /** Adds to the counter. */
  async add(count: number): Promise<void> {
    this.write(`add ${count}`)
    await this.line(`added ${count}`)
  }

  /** Scrapes the process; `undefined` if it has no metrics yet. */
  async scrape(): Promise<GroupScrape | undefined> {
    this.#scrapes += 1
    this.write(`scrape ${this.#scrapes}`)
    const line = await this.line(`scrape ${this.#scrapes} `)
    const [, , role = '', complete, work, processes] = line.split(' ')
    if (role === 'none') return undefined
    return { role, complete: complete === 'true', work: Number(work), processes: Number(processes) }
  }

  /** Scrapes the process until no process is missing. */
  async scrapeAll(): Promise<GroupScrape> {
    for (;;) {
      const scrape = await this.scrape()
      if (scrape?.complete) return scrape
    }
  }

  /** Totals of the counter with the monotonic times in milliseconds at which they were reached. */
  get done(): { readonly total: number; readonly ms: number }[] {
    return this.lines
      .filter((line) => line.startsWith('done '))
      .map((line) => line.split(' '))
      .map(([, total, ms]) => ({ total: Number(total), ms: Number(ms) }))
  }
}

/** Starts processes one after the other; the first is the aggregator. */
export async function startGroup(directory: string, count: number, speed = 1): Promise<GroupProcess[]> {
  const processes: GroupProcess[] = []
  for (let index = 0; index < count; index++) {
    const process = new GroupProcess(directory, speed)
    await process.line('ready')
    processes.push(process)
  }
  await Promise.all(processes.map((process) => vi.waitUntil(() => process.lines.length > 1, 10_000)))
  return processes
}

/** Waits until every process has the merged metrics of `count` processes. */
export async function settleGroup(
  processes: readonly GroupProcess[],
  count = processes.length,
): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const process of processes)
        expect(await process.scrape()).toMatchObject({ complete: true, processes: count })
    },
    { timeout: 10_000, interval: 20 },
  )
}
