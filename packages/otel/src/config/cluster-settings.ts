import { integer, oneOf, text } from './codecs.ts'
import { gaugeRules } from './gauge-rules.ts'
import { setting } from './setting.ts'

/** Settings of the metrics of several processes. */
export const CLUSTER_SETTINGS = {
  clusterPushInterval: setting({
    key: 'VR_CLUSTER_PUSH_INTERVAL_MS',
    codec: integer(100, 10_000),
    default: 1000,
    description:
      'Longest interval between two pushes of the metrics of a worker to the process that aggregates them, in milliseconds. Changes are pushed within 10 ms; observable instruments are read at this interval.',
  }),
  clusterOtlp: setting({
    key: 'VR_CLUSTER_OTLP',
    codec: oneOf('primary', 'workers'),
    default: 'primary',
    description:
      'Which process pushes metrics (`otlp`, `console`) when several processes share them. `primary`: the process that aggregates them, as one. `workers`: each process pushes its own.',
  }),
  clusterGauges: setting({
    key: 'VR_CLUSTER_GAUGES',
    codec: gaugeRules,
    default: {},
    description:
      'How the values of gauges of the application become one value, by the name of the instrument: `queue.length=sum,cache.age=max`. A gauge without a rule has one series for each worker (`by_worker`), an up-down counter is the sum. The gauges of this package have [their own rules](metrics.md).',
  }),
  clusterSocket: setting<string>({
    key: 'VR_CLUSTER_SOCKET',
    codec: text,
    default: undefined,
    description:
      'Directory for the UNIX sockets over which processes without a common primary share their metrics: an absolute path of at most 92 bytes (88 on macOS), in a directory that belongs to the user of the processes. It is created with mode 0700. An existing file or socket at this path is an error, and is not removed. If the directory cannot be used, a warning gives the reason, and each process exposes its own metrics. All processes that belong together need the same value. Unset: under PM2 it is derived from `PM2_HOME` and the name of the application; otherwise such processes do not share their metrics.',
  }),
}
