// An application with its own instrument and no SDK.

import { createServer } from 'node:http'
import { metrics } from '@opentelemetry/api'

const jobs = metrics.getMeter('shop').createCounter('jobs', { description: 'Jobs done.' })
const server = createServer((_request, response) => {
  jobs.add(2, { queue: 'mail' })
  response.end()
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
