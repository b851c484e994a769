import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Child } from '../../testing/child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

const PROGRAM = new URL('../../testing/election-process.ts', import.meta.url)

async function startAll(directory: string, count: number, copies = true): Promise<Child[]> {
  const children = Array.from({ length: count }, () => new Child(PROGRAM, [directory, copies ? 'copy' : '']))
  await Promise.all(children.map((child) => child.line('ready')))
  for (const child of children) child.write('start')
  return children
}

const elected = (children: readonly Child[]): Child[] =>
  children.filter(({ lines }) => lines.some((line) => line.startsWith('elected')))

/** Waits until one child aggregates and all others are its members. */
async function settle(children: readonly Child[]): Promise<Child> {
  const lines = await Promise.race(
    children.map(async (child) => [child, await child.line('elected')] as const),
  )
  const [owner] = lines
  await Promise.all(
    children.filter((child) => child !== owner).map((child) => child.line(`member of ${owner.pid} `)),
  )
  return owner
}

describe('an election between processes', () => {
  it('elects exactly one of 20 processes that start at once on the socket of a killed process, 5 times', async () => {
    const directory = join(temporaryDirectory(), 'group')
    for (let round = 0; round < 5; round++) {
      const children = await startAll(directory, 20)
      const owner = await settle(children)
      expect(elected(children)).toEqual([owner])
      await owner.line('connections 19')
      await Promise.all(children.map((child) => child.kill()))
    }
    expect(readdirSync(directory)).toEqual(['5'])
  }, 120_000)

  it('elects one process after the other as each aggregator is killed, never two at once', async () => {
    const directory = join(temporaryDirectory(), 'group')
    let children = await startAll(directory, 6)
    while (children.length > 1) {
      const owner = await settle(children)
      await owner.kill()
      children = children.filter((child) => child !== owner)
      for (const { lines } of children)
        if (!lines.some((line) => line.startsWith('elected'))) lines.length = 0
      await Promise.race(children.map((child) => child.line('elected')))
      expect(elected(children)).toHaveLength(1)
    }
  }, 60_000)

  it('elects a process without a copy if no process with a copy takes over', async () => {
    const directory = join(temporaryDirectory(), 'group')
    const [first] = await startAll(directory, 1)
    await first?.line('elected')
    await first?.kill()
    const children = await startAll(directory, 3, false)
    await settle(children)
    expect(elected(children)).toHaveLength(1)
  })

  it('an aggregator whose socket is deleted listens on a new one and keeps its members', async () => {
    const directory = join(temporaryDirectory(), 'group')
    const children = await startAll(directory, 3)
    const owner = await settle(children)
    rmSync(directory, { recursive: true })
    const [late] = await startAll(directory, 1)
    // The late process may win against the aggregator's check; then the aggregator becomes its member.
    if (late !== undefined) children.push(late)
    const deposed = (): boolean => owner.lines.some((line) => line.startsWith('deposed'))
    const last = await Promise.race([
      late?.line(`member of ${owner.pid} `).then(() => owner),
      owner.line('deposed').then(() => late),
    ])
    expect(deposed()).toBe(last === late)
    for (const child of children) if (child !== last) await child.line(`member of ${last?.pid} `)
  })

  it('an aggregator whose socket is replaced by that of another one becomes its member', async () => {
    const parent = temporaryDirectory()
    const [directory, other] = [join(parent, 'group'), join(parent, 'other')]
    const [first] = await startAll(directory, 1)
    const [second] = await startAll(other, 1)
    await Promise.all([first?.line('elected'), second?.line('elected')])
    rmSync(directory, { recursive: true })
    mkdirSync(directory, { mode: 0o700 })
    renameSync(join(other, '1'), join(directory, '1'))
    await first?.line(`member of ${second?.pid} `)
    await first?.line('deposed')
  })
})
