import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

/** Sends bytes on a new connection and returns all bytes that the server sends. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('latin1')
    socket.on('data', (data) => (answer += data))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
const REQUESTS = [
  get('/', 'Connection: close\r\n'),
  get('/sse', 'Connection: close\r\n'),
  get('/fail', 'Connection: close\r\n'),
  get('/').replace('GET', 'HEAD') + get('/sse') + get('/', 'Connection: close\r\n'),
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'NOT HTTP\r\n\r\n',
  get('/', 'Expect: something\r\nConnection: close\r\n'),
  'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
]

it.each([{}, { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1' }])(
  'the application sends the same bytes with and without the flag: %j',
  async (env) => {
    const answers = []
    for (const flag of [true, false]) {
      const app = new RunningApp('plain.mjs', { flag, env })
      const url = await app.url()
      const seen: string[] = []
      for (const request of REQUESTS)
        seen.push((await exchange(url, request)).replaceAll(/Date: .*\r\n/g, ''))
      answers.push(seen)
      await app.kill()
      expect(app.stdout).toBe(`listening on ${url}\n`)
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.join('')).toContain('data: [DONE]')
  },
)
