import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const FOLDER = fileURLToPath(new URL('../../examples/compose', import.meta.url))

interface Compose {
  readonly services: Readonly<Record<string, Service>>
}

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[]
}

const read = (name: string): unknown => parse(readFileSync(join(FOLDER, name), 'utf8'), { strict: true })

describe.each(globSync('*.compose.yaml', { cwd: FOLDER }))('%s', (name) => {
  const { services } = read(name) as Compose
  const all = Object.values(services)

  it('pins every image to one version', () => {
    const unpinned = all.filter(({ image }) => !/^[\w./-]+:v?\d+\.\d+\.\d+$/.test(image))
    expect(unpinned.map(({ image }) => image)).toEqual([])
  })

  it('mounts existing files read-only at the paths that its commands name', () => {
    for (const { volumes = [], command } of all) {
      for (const volume of volumes) {
        const [from = '', to = '', mode] = volume.split(':')
        expect(existsSync(join(FOLDER, from)), from).toBe(true)
        expect(mode).toBe('ro')
        if (command !== undefined)
          expect(
            command.some((part) => part.endsWith(`=${to}`)),
            to,
          ).toBe(true)
        else expect(dirname(to)).toBe('/etc/grafana/provisioning/datasources')
      }
    }
  })

  it('opens ports on the loopback address only and depends on existing services', () => {
    for (const { ports = [], depends_on: before = [] } of all) {
      expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([])
      expect(before.filter((service) => !(service in services))).toEqual([])
    }
  })

  it('enables exemplar storage in Prometheus and links exemplars to traces in Grafana', () => {
    expect(services['prometheus']?.command).toContain('--enable-feature=exemplar-storage')
    const [mounted = ''] = services['grafana']?.volumes ?? []
    const { datasources } = read(mounted.split(':')[0] as string) as {
      datasources: { uid: string; url: string; jsonData?: { exemplarTraceIdDestinations: unknown } }[]
    }
    expect(datasources.map(({ url }) => new URL(url).hostname).filter((host) => !(host in services))).toEqual(
      [],
    )
    const [metrics, traces] = datasources
    expect(metrics?.jsonData?.exemplarTraceIdDestinations).toEqual([
      { name: 'trace_id', datasourceUid: traces?.uid },
    ])
  })
})

it('a compose file mounts every other file of the folder', () => {
  const composed = globSync('*.compose.yaml', { cwd: FOLDER }).map((name) =>
    readFileSync(join(FOLDER, name), 'utf8'),
  )
  const others = globSync('*', { cwd: FOLDER }).filter((name) => !name.endsWith('.compose.yaml'))
  expect(others.filter((name) => !composed.some((text) => text.includes(`./${name}:`)))).toEqual([])
})
