import { expect, it } from 'vitest'
import { engineUrls, parseEngineUrl } from './engine-url.ts'
import { printSettings } from './print-settings.ts'
import { readSettings } from './read-settings.ts'

it.each([
  ['http://engine/metrics', 'engine:80'],
  ['https://engine/metrics', 'engine:443'],
  ['HTTP://10.0.0.1:8000/metrics', '10.0.0.1:8000'],
  ['http://[::1]:8000/metrics', '[::1]:8000'],
  ['http://user:secret@engine:8000/metrics', 'engine:8000'],
  ['a-1.b=http://engine:8000/metrics?x=y', 'a-1.b'],
])('the engine at %s is named %s', (text, name) => {
  expect(parseEngineUrl(text)?.name).toBe(name)
})

it.each([
  'engine:8000',
  '/metrics',
  'file:///etc/passwd',
  'data:,x',
  'a b=http://engine',
  '=http://engine',
  'http://',
])('%s is no address of an engine', (text) => {
  expect(parseEngineUrl(text)).toBeUndefined()
})

it('engines with an invalid address or the name of another one are rejected, without their credentials', () => {
  const rejected: string[] = []
  const value = engineUrls.parse('http://a:1/m,b=http://a:1/n, http://u:secret@a:1/x,c', (part) =>
    rejected.push(part),
  )
  expect(value).toEqual(['http://a:1/m', 'b=http://a:1/n'])
  expect(rejected).toEqual(['http://***@a:1/x', 'c'])
})

it('the addresses of engines are printed without their credentials', () => {
  const { settings } = readSettings({ VR_ENGINE_METRICS_URL: 'a=http://u:secret@b/m,http://c:1/m' })
  expect(settings.engineUrls).toEqual(['a=http://u:secret@b/m', 'http://c:1/m'])
  expect(printSettings(settings)['VR_ENGINE_METRICS_URL']).toBe('***@b/m,http://c:1/m')
})

it('labels that the samples of engines have anyway are rejected', () => {
  for (const name of ['le', 'quantile', 'upstream', '__name__']) {
    const { settings, problems } = readSettings({ VR_ENGINE_METRICS_LABELS: `zone=a,${name}=b` })
    expect([settings.engineLabels, problems.length]).toEqual([{}, 1])
  }
})
