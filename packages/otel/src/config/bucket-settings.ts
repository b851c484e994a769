import { BUCKET_FAMILIES, type BucketFamilyDefinition } from '@vr/otel-instruments/internal'
import { bucketBounds } from './codecs.ts'
import { type Setting, setting } from './setting.ts'

type Families = Readonly<Record<string, BucketFamilyDefinition>>

/** Name of the setting of a family: `bucketsHttp` for `http`. */
type SettingName<Family extends string> = `buckets${Capitalize<Family>}`

/** The settings of some families, by name. */
export type BucketSettings<F extends Families> = {
  readonly [Family in keyof F & string as SettingName<Family>]: Setting<readonly number[]> & {
    default: readonly number[]
  }
}

/** Returns one setting `VR_METRICS_BUCKETS_<FAMILY>` for each family. */
export function bucketSettings<F extends Families>(families: F): BucketSettings<F> {
  const rows = Object.entries(families).map(([family, { bounds, measures, unit = 'seconds' }]) => [
    settingName(family),
    setting({
      key: `VR_METRICS_BUCKETS_${family.toUpperCase()}`,
      codec: bucketBounds,
      default: bounds,
      description: `Bucket bounds of ${measures}, in ${unit}.`,
    }),
  ])
  return Object.fromEntries(rows)
}

/** The settings of all families. */
export const BUCKET_SETTINGS = bucketSettings(BUCKET_FAMILIES)

/** Returns the bounds by family, from the values of the settings. */
export function bucketsOf<F extends Families>(
  values: Readonly<Record<keyof BucketSettings<F>, readonly number[]>>,
  families: F,
): Readonly<Record<keyof F, readonly number[]>> {
  const settings: Readonly<Record<string, readonly number[]>> = values
  const bounds = Object.keys(families).map((family) => [family, settings[settingName(family)]])
  return Object.fromEntries(bounds)
}

function settingName(family: string): string {
  return `buckets${family.charAt(0).toUpperCase()}${family.slice(1)}`
}
