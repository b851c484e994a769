import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

it('logs the first error of a hook with its stack, counts every error, and still counts the requests', async () => {
  const app = new RunningApp('failing-hook.mjs')
  const url = await app.url()
  for (let i = 0; i < 3; i++) expect(await (await fetch(url)).text()).toBe('ok')
  const scraped = await scrape(`${url}/metrics`)
  await app.kill()
  expect(scraped.values('vr_otel_internal_errors_total')).toEqual({ 'hook=response_headers': 3 })
  expect(scraped.values('http_requests_total')).toEqual({ 'method=GET,route=unmatched,status=200': 3 })
  expect(scraped.values('http_in_flight_requests')).toEqual({ '': 0 })
  expect(app.stderr.match(/bug in the hook response_headers/g)).toHaveLength(1)
  expect(app.stderr).toMatch(/Error: no headers here\n +at .*getHeader.*failing-hook\.mjs/)
})
