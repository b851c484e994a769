import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'

/** Metrics that only Linux has. */
const LINUX_ONLY = [
  'process_disk_io_bytes_total',
  'process_max_fds',
  'process_memory_virtual_bytes',
  'process_open_fds',
]

/** Metrics that need other processes, an engine that answers, or a full disk. Their own tests read them. */
const OF_OTHER_SETTINGS =
  /^vr_otel_(cluster_|engine_(age|dropped|not_pushed)|metric_events_dropped|workers?(_|$)|scrape_complete$)/

/** First column of the tables of metrics in docs/metrics.md. */
function documentedNames(): string[] {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const tables = page.split('\n\n').filter((block) => block.startsWith('| In a scrape |'))
  const names = tables.flatMap((table) =>
    [...table.matchAll(/^\| `([\w:]+)` \|/gm)].map(([, name]) => name as string),
  )
  return names.filter((name) => process.platform === 'linux' || !LINUX_ONLY.includes(name)).sort()
}

async function scrapedNames(url: string): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`, { headers: { accept: 'text/plain' } })).text()
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string)
  return names.filter((name) => name !== 'target_info').sort()
}

/** Returns the names that a process with all groups exposes, once all of `expected` are there. */
async function exposedNames(expected: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const collector = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const app = new RunningApp('every-instrument.mjs', {
    execArgv: ['--expose-gc', '--import', '@vr/otel/register'],
    env: {
      VR_METRICS_GROUPS: '+http_semconv,+vllm_websocket,+llama_stack',
      VR_METRICS_EXPORTER: 'prometheus,otlp',
      VR_METRICS_EXPORT_INTERVAL_MS: '20', // soon replaces data points that wait: a drop
      VR_OPENTELEMETRY_HOST: '127.0.0.1',
      VR_OPENTELEMETRY_PORT: String((collector.address() as { port: number }).port),
      VR_METRIC_EVENTS: '/dev/null',
      VR_ENGINE_METRICS_URL: `http://127.0.0.1:${(collector.address() as { port: number }).port}/metrics`,
      ...env,
    },
  })
  const url = await app.url()
  await (await fetch(`${url}/all`)).text()
  const scraped = await eventually(async () => {
    const names = await scrapedNames(url)
    return expected.every((name) => names.includes(name)) ? names : undefined
  }).catch(() => scrapedNames(url))
  await app.kill()
  collector.close()
  return scraped
}

/** Names of the latest conventions for generative AI, and names that they replace. */
const LATEST = /^gen_ai_client_(inference|embeddings)_/
const REPLACED = /^(gen_ai_client_(operation|token)_|vr_otel_gen_ai_(?!streams))/

it.each([
  ['', REPLACED, LATEST],
  ['gen_ai_latest_experimental', LATEST, REPLACED],
])(
  'docs/metrics.md lists exactly the names that a process with all groups exposes, with OTEL_SEMCONV_STABILITY_OPT_IN=%s',
  async (optIn, present, absent) => {
    const documented = documentedNames().filter((name) => !absent.test(name) && !OF_OTHER_SETTINGS.test(name))
    const exposed = await exposedNames(documented, { OTEL_SEMCONV_STABILITY_OPT_IN: optIn })
    expect(documented.length).toBeGreaterThan(40)
    expect(documented.filter((name) => present.test(name)).length).toBeGreaterThan(5)
    expect(exposed).toEqual(documented)
  },
)
