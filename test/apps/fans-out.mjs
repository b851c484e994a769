// Makes three calls per request, by fetch, node:http or undici according to its path; answers with the headers of each call.
import http from 'node:http'
import { request as undiciRequest } from 'undici'

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

const upstream = http.createServer((request, response) => response.end(JSON.stringify(request.rawHeaders)))
const url = `http://127.0.0.1:${await listen(upstream)}/`

const CALLS = {
  '/fetch': async () => (await fetch(url)).json(),
  '/undici': async () => (await undiciRequest(url)).body.json(),
  '/http': () =>
    new Promise((resolve, reject) => {
      http
        .get(url, (response) => {
          let body = ''
          response.on('data', (data) => (body += data)).on('end', () => resolve(JSON.parse(body)))
        })
        .on('error', reject)
    }),
}

const server = http.createServer(async (request, response) => {
  const call = CALLS[request.url]
  response.end(JSON.stringify(await Promise.all([call(), call(), call()])))
})
console.log(`listening on http://127.0.0.1:${await listen(server)}`)
