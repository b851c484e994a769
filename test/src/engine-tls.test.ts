import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Certificates, createCertificates } from '../../packages/exporters/src/testing/certificates.ts'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const certificates = createCertificates()
if (certificates === undefined) console.warn('skipped: engines over TLS need openssl for certificates')

it.skipIf(certificates === undefined)(
  'metrics of an engine over TLS are exposed only if its certificate is trusted',
  async () => {
    const { ca, server: identity } = certificates as Certificates
    const folder = mkdtempSync(join(tmpdir(), 'vr-'))
    const authority = join(folder, 'ca.pem')
    writeFileSync(authority, ca)
    const engine = createServer({ ...identity }, (_request, response) => {
      response.setHeader('Content-Type', 'text/plain; version=0.0.4').end('vllm:running 3\n')
    })
    engine.listen(0, '127.0.0.1')
    await once(engine, 'listening')
    const { port } = engine.address() as AddressInfo
    const exposed = []
    for (const trusted of [{ NODE_EXTRA_CA_CERTS: authority }, {}]) {
      const env = { VR_ENGINE_METRICS_URL: `vllm=https://localhost:${port}/metrics`, ...trusted }
      const app = new RunningApp('echo.mjs', { env })
      const scraped = await scrape(`${await app.url()}/metrics`)
      exposed.push([scraped.values('vllm:running'), scraped.values('vr_otel_engine_up')])
      await app.kill()
    }
    engine.close()
    rmSync(folder, { recursive: true })
    expect(exposed).toEqual([
      [{ 'upstream=vllm': 3 }, { 'upstream=vllm': 1 }],
      [{}, { 'upstream=vllm': 0 }],
    ])
  },
)
