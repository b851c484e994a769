import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { parseStrictly } from '../../packages/exporters/src/testing/strict-parser.ts'
import { eventually, RunningApp } from './running-app.ts'

const ACTIVE = 'vllm:websocket_connections_active'

/** The families of the prefix `vllm:websocket_` in a text, without HELP, creation times and the sum of durations. */
function familiesOf(text: string) {
  // prometheus_client has a family for the creation times of each family.
  const lines = text.split('\n').filter((line) => !/^(# \w+ )?\S+_created /.test(line))
  return parseStrictly(lines.join('\n'), 'text')
    .filter(({ name }) => name.startsWith('vllm:websocket_'))
    .map(({ name, type, samples }) => ({
      name,
      type,
      samples: samples
        .filter((sample) => !sample.name.endsWith('_sum'))
        .map(({ name: sample, labels, value }) => `${sample} ${JSON.stringify(labels)} ${value}`),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })).text()
}

/** Resolves when a number of connections is active. */
async function active(url: string, count: number): Promise<void> {
  await eventually(async () =>
    new RegExp(`^${ACTIVE} ${count}(\\.0)?$`, 'm').test(await metricsOf(url)) ? true : undefined,
  )
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  await once(socket, 'open')
  return socket
}

async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close')
}

/** Sends a handshake, and returns the status of a refusal or the connection. */
function shakeHands(url: string): Promise<number | Socket> {
  const headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  }
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers, agent: false }, (response) => resolve(response.resume().statusCode as number))
      .on('upgrade', (_response, socket) => resolve(socket.on('error', () => {}) as Socket))
      .on('error', reject)
  })
}

it('the group vllm_websocket exposes what a recorded vLLM does after the same connections', async () => {
  const recorded = readFileSync(new URL('../data/vllm-websocket.prom', import.meta.url), 'utf8')
  const app = new RunningApp('vllm-websocket.mjs', { env: { VR_METRICS_GROUPS: '+vllm_websocket' } })
  const url = await app.url()
  expect(await metricsOf(url)).toMatch(/^vllm:websocket_connections_active 0(\.0)?$/m)

  const sockets = [await open(`${url}/echo`)]
  const echo = once(sockets[0] as WebSocket, 'message')
  sockets[0]?.send('message')
  await echo
  await active(url, 1)
  sockets[0]?.close()
  await active(url, 0)

  const three = await Promise.all([1, 2, 3].map(() => open(`${url}/echo`)))
  await active(url, 3)
  for (const socket of three) socket.close()

  for (const path of ['/refused', '/fails', '/unknown'])
    expect(await shakeHands(url + path)).toBeGreaterThanOrEqual(400)
  for (const path of ['/raises', '/closes']) {
    const connection = (await shakeHands(url + path)) as Socket
    connection.end()
  }
  const reset = (await shakeHands(`${url}/echo`)) as Socket
  reset.resetAndDestroy()
  const last = await open(`${url}/echo`)
  last.close()
  await Promise.all([...three, last].map(closed))
  await fetch(url)
  await active(url, 0)

  const own = await metricsOf(url)
  await app.kill()
  expect(familiesOf(own)).toEqual(familiesOf(recorded))
  expect(own).toMatch(/^# HELP vllm:websocket_connections_total .+\.$/m)
})
