/**
 * Runs a benchmark of this folder: `npm run bench -- NAME [arguments]`. The comment at the top of each program
 * describes what it measures and its arguments.
 */
const BENCHMARKS: Readonly<Record<string, string>> = {
  record: 'one record of a counter or histogram, compared with other metrics libraries',
  collect: 'one collection of 100,000 values, compared with other metrics libraries',
  scrape: 'one Prometheus scrape of 100,000 lines, compared with other exporters',
  'concurrent-scrapes': 'longest event loop block while many clients read a large scrape',
  requests: 'one HTTP request or stream event, compared with other instrumentation',
  'llm-gateway': 'one event of an LLM stream through a gateway, with tokens and tools read on both sides',
  'stream-events': 'one event of an LLM stream, in process',
  'stream-facts': 'the facts of one event of an LLM stream, by kind of stream',
  'json-bodies': 'the facts of one JSON body of a request or response, in process',
  websocket: 'one message of a WebSocket, and the memory left by connections',
  cluster: 'one scrape of the metrics of 16 cluster workers, compared with other libraries',
  'cluster-pushes': 'CPU time of a cluster worker that pushes its metrics to the primary',
  'engine-exposition': 'longest event loop block while 10 MB of engine metrics are parsed',
  'start-up':
    'start, memory and idle CPU of a process, and the start of a thread, compared with other libraries',
  compare: 'the working tree compared with another revision',
}

const [name = '', ...parameters] = process.argv.slice(2)

if (Object.hasOwn(BENCHMARKS, name)) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...parameters)
  await import(`./${name}.ts`)
} else {
  const list = Object.entries(BENCHMARKS).map(([key, text]) => `  ${key.padEnd(20)}${text}`)
  process.stderr.write(`usage: npm run bench -- NAME [arguments]\n${list.join('\n')}\n`)
  process.exitCode = 1
}
