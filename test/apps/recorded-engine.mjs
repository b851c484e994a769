// The metrics endpoint of an engine: a recorded exposition, whose values move with each `POST /step`. After n steps, the values of
// counters, histograms and summaries are n + 1 times the recorded ones, and those of gauges n more. `_created` is the start of the
// process. EXPOSITION: path of the recording.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const recording = readFileSync(process.env.EXPOSITION, 'utf8')
const type = recording.endsWith('# EOF\n')
  ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
  : 'text/plain; version=0.0.4; charset=utf-8'
const created = Date.now() / 1000
let steps = 0

function move(line, family) {
  const [, series, value, exemplar] = /^([^{\s]+(?:\{.*?\})?) (\S+)( # .*)?$/.exec(line)
  if (/^[^{]+_created(\{|$)/.test(series)) return `${series} ${created}`
  if (family === 'info' || family === 'stateset') return line
  const moved = family === 'gauge' ? Number(value) + steps : Number(value) * (steps + 1)
  return `${series} ${moved}${exemplar ?? ''}`
}

function exposition() {
  let family = ''
  const lines = recording.split('\n').map((line) => {
    if (line === '' || line.startsWith('#')) {
      family = /^# TYPE \S+ (\w+)$/.exec(line)?.[1] ?? family
      return line
    }
    return move(line, family)
  })
  return lines.join('\n')
}

const server = createServer((request, response) => {
  if (request.method === 'POST') steps += 1
  request.resume()
  response.setHeader('Content-Type', type)
  response.end(exposition())
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`engine listening on http://127.0.0.1:${server.address().port}`)
})
process.once('disconnect', () => process.exit())
