import { status } from '@grpc/grpc-js'
import { expect, it, onTestFinished } from 'vitest'
import { startCollector } from '../testing/collector.ts'
import { recordedLog } from '../testing/recorded-log.ts'
import { endedSpan } from '../testing/span.ts'
import { DeliveryStats } from './delivery-stats.ts'
import { createOtlpSpanExporter } from './span-exporter.ts'

it('a span exporter calls back with the result of each export', async () => {
  const target = await startCollector({
    answer: (call) => (call === 2 ? { code: status.INVALID_ARGUMENT } : { response: Buffer.alloc(0) }),
  })
  onTestFinished(() => target.close())
  const stats = new DeliveryStats('traces')
  const url = `http://127.0.0.1:${target.port}`
  const instance = createOtlpSpanExporter({ url, deliveryStats: stats, log: recordedLog() })
  const send = (count: number) =>
    new Promise<number>((resolve) =>
      instance.export(
        Array.from({ length: count }, () => endedSpan()),
        ({ code }) => resolve(code),
      ),
    )
  expect([await send(3), await send(2), await send(0)]).toEqual([0, 1, 0])
  await instance.shutdown()
  expect(await send(1)).toBe(1)
  expect(stats.snapshot()).toEqual({
    created: 6,
    exported: 3,
    queued: 0,
    dropped: new Map([
      ['refused', 2],
      ['shutdown', 1],
    ]),
  })
})
