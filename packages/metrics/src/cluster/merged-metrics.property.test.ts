import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CollectedSeries,
  collectedSeries,
  comparable,
  modelSeries,
} from '../testing/collected-series.ts'
import { foldSource } from '../testing/merge-model.ts'
import { SimulatedCluster, schedules } from '../testing/simulated-cluster.ts'
import { MergedMetrics } from './merged-metrics.ts'

const valuesBySeries = (collected: Map<string, CollectedSeries>) =>
  [...collected].map(([key, { value }]) => [key, value] as const).toSorted()

describe('MergedMetrics, in any interleaving of pushes, ends and new connections', () => {
  it('I1, I6, I11: has the totals of the pure merge', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const store = new MergedMetrics()
        const cluster = new SimulatedCluster(store)
        for (const step of steps) {
          cluster.run(step)
          expect(comparable(await collectedSeries(store))).toEqual(modelSeries(cluster.state))
        }
      }),
    )
  })

  it('I1, I6, I11: has the totals of the pure merge if it is read only once', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const store = new MergedMetrics()
        const cluster = new SimulatedCluster(store)
        for (const step of steps) cluster.run(step)
        expect(comparable(await collectedSeries(store))).toEqual(modelSeries(cluster.state))
      }),
    )
  })

  it('has replicas of the same state, from whatever version they are brought up to date', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, fc.infiniteStream(fc.nat(3)), async (steps, choices) => {
        const store = new MergedMetrics()
        const cluster = new SimulatedCluster(store)
        const replicas = [new MergedMetrics(), new MergedMetrics(), new MergedMetrics()].map((replica) => {
          replica.open('aggregator', '')
          return { replica, version: 0 }
        })
        for (const step of steps) {
          cluster.run(step)
          const chosen = replicas[choices.next().value]
          if (chosen === undefined) continue
          const { version, pushes } = store.changesSince(chosen.version)
          for (const push of pushes) chosen.replica.apply('aggregator', JSON.parse(JSON.stringify(push)))
          chosen.version = version
          expect(comparable(await collectedSeries(chosen.replica))).toEqual(
            comparable(await collectedSeries(store)),
          )
        }
      }),
    )
  })

  it('has a successor with the values of ended sources and of its own process', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, fc.infiniteStream(fc.boolean()), async (steps, choices) => {
        const store = new MergedMetrics()
        const cluster = new SimulatedCluster(store)
        const held = new MergedMetrics()
        held.open('aggregator', '')
        let version = 0
        for (const step of steps) {
          cluster.run(step)
          if (choices.next().value) continue
          const own = cluster.sourceOf(0)
          const changes = store.retiredSince(version, [own])
          for (const push of changes.pushes) held.apply('aggregator', JSON.parse(JSON.stringify(push)))
          version = changes.version
          const expected = foldSource(cluster.state, own)
          expect(valuesBySeries(await collectedSeries(held))).toEqual(
            valuesBySeries(modelSeries({ ...expected, sources: new Map() })),
          )
        }
      }),
    )
  })

  it('I13: has exemplars of measurements of the same series and bucket only', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const store = new MergedMetrics()
        const cluster = new SimulatedCluster(store)
        for (const step of steps) cluster.run(step)
        for (const { exemplars, key } of (await collectedSeries(store)).values()) {
          for (const { traceId, value } of exemplars) {
            const [series, measured] = cluster.traced.get(traceId) ?? []
            expect([key.replace(/\["worker","\d"\]/, ''), value]).toEqual([series, measured])
          }
        }
      }),
    )
  })
})
