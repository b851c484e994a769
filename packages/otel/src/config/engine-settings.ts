import { type Codec, integer } from './codecs.ts'
import { engineUrls } from './engine-url.ts'
import { names } from './list-codecs.ts'
import { labels } from './pair-codecs.ts'
import { setting } from './setting.ts'

/** Labels that samples of engines have anyway, or that Prometheus does not allow. */
const RESERVED = /^(__.*|le|quantile|upstream)$/

const engineLabels: Codec<Readonly<Record<string, string>>> = {
  ...labels,
  expected: `${labels.expected}, except le, quantile, upstream and names that begin with "__"`,
  parse(value) {
    const parsed = labels.parse(value)
    return parsed !== undefined && Object.keys(parsed).some((name) => RESERVED.test(name))
      ? undefined
      : parsed
  },
}

/** Settings of the metrics of engines. */
export const ENGINE_SETTINGS = {
  engineUrls: setting({
    key: 'VR_ENGINE_METRICS_URL',
    codec: engineUrls,
    default: [],
    urls: true,
    description:
      'Metrics endpoints of inference engines, for example `http://localhost:8000/metrics`. Each scrape and each push has their metrics too, under their own names, with the label `upstream`: `host:port`, or the name in `name=http://…`. With several workers, the process that aggregates the metrics reads the engines.',
  }),
  engineLabels: setting({
    key: 'VR_ENGINE_METRICS_LABELS',
    codec: engineLabels,
    default: {},
    description:
      'Labels of every series of engines. A label of the engine with the same name gets the prefix `exported_`.',
  }),
  engineInclude: setting({
    key: 'VR_ENGINE_METRICS_INCLUDE',
    codec: names,
    default: ['vllm:', 'lmcache:'],
    description:
      'Beginnings of the names of metrics that are taken from engines. `*`: all metrics. Metrics are taken as a whole, with all their samples.',
  }),
  engineExclude: setting({
    key: 'VR_ENGINE_METRICS_EXCLUDE',
    codec: names,
    default: ['python_', 'process_'],
    description:
      'Beginnings of the names of metrics that are not taken from engines. Takes precedence over `VR_ENGINE_METRICS_INCLUDE`.',
  }),
  engineTimeout: setting({
    key: 'VR_ENGINE_METRICS_TIMEOUT_MS',
    codec: integer(10, 60_000),
    default: 2000,
    description:
      'Time limit of an engine for its whole answer, in milliseconds. A scrape waits no longer than its own time limit, and then has the last values of the engine if they are at most 15 s old.',
  }),
}
