import { CATALOG, DEFAULT_BUCKETS } from '@vr/otel-instruments'
import { BUCKET_FAMILIES } from '@vr/otel-instruments/internal'
import { describe, expect, it } from 'vitest'
import { bucketSettings, bucketsOf } from './bucket-settings.ts'
import { SETTINGS } from './settings.ts'

describe('a row for a bucket family', () => {
  const families = {
    ...BUCKET_FAMILIES,
    added: { bounds: [1, 2], measures: 'something that was added' },
  }
  const settings = bucketSettings(families)

  it('creates its setting', () => {
    expect(settings.bucketsAdded).toEqual({
      key: 'VR_METRICS_BUCKETS_ADDED',
      codec: SETTINGS.bucketsHttp.codec,
      default: [1, 2],
      description: 'Bucket bounds of something that was added, in seconds.',
    })
    const { bucketsAdded, ...others } = settings
    expect(SETTINGS).toMatchObject(others)
  })

  it('passes its bounds to the instruments', () => {
    const defaults = Object.fromEntries(Object.entries(settings).map(([name, row]) => [name, row.default]))
    const values = { ...(defaults as Record<keyof typeof settings, readonly number[]>), bucketsAdded: [3] }
    expect(bucketsOf(values, families)).toEqual({ ...DEFAULT_BUCKETS, added: [3] })
  })

  it('does not compile without its bounds or its description', () => {
    // @ts-expect-error a family without measures must not compile
    bucketSettings({ added: { bounds: [1] } })
    // @ts-expect-error a family without bounds must not compile
    bucketSettings({ added: { measures: 'nothing' } }).bucketsAdded satisfies object
    // @ts-expect-error a setting of a family that does not exist must not compile
    settings.bucketsOther satisfies undefined
  })
})

it('every family is used by an instrument, with bounds that increase', () => {
  const used = Object.values(CATALOG).flatMap((group) => group.flatMap(({ buckets }) => buckets ?? []))
  expect([...new Set(used)].sort()).toEqual(Object.keys(BUCKET_FAMILIES).sort())
  for (const { bounds } of Object.values(BUCKET_FAMILIES)) {
    expect([...new Set(bounds)].sort((a, b) => a - b)).toEqual(bounds)
  }
})
