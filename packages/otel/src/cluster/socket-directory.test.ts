import { describe, expect, it } from 'vitest'
import { socketDirectory } from './socket-directory.ts'

const PM2 = { PM2_HOME: '/home/app/.pm2', pm_id: '0', name: 'api', namespace: 'default' }
const of = (env: object, isPlainChild = false, clusterSocket?: string): string | undefined =>
  socketDirectory({ clusterSocket }, env as NodeJS.ProcessEnv, isPlainChild)

describe('socketDirectory', () => {
  it('is in PM2_HOME, with the name of the application', () => {
    expect(of(PM2)).toBe('/home/app/.pm2/vr-otel-api')
    expect(of({ ...PM2, pm_id: '7', NODE_APP_INSTANCE: '3' })).toBe('/home/app/.pm2/vr-otel-api')
  })

  it('is that of VR_CLUSTER_SOCKET, also under PM2 and in a plain child', () => {
    expect(of({}, false, '/run/app')).toBe('/run/app')
    expect(of(PM2, true, '/run/app')).toBe('/run/app')
  })

  it('is none outside of PM2, and in a child of a process that PM2 has started', () => {
    expect([of({}), of({ PM2_HOME: '/p', name: 'api' }), of({ ...PM2, name: '' }), of(PM2, true)]).toEqual(
      Array(4).fill(undefined),
    )
  })

  it('differs between applications, namespaces and users, and is short enough for a socket', () => {
    const long = `/home/${'x'.repeat(80)}`
    const all = [
      PM2,
      { ...PM2, name: 'web' },
      { ...PM2, namespace: 'staging' },
      { ...PM2, name: 'a/../b' },
      { ...PM2, name: 'x'.repeat(200) },
      { ...PM2, PM2_HOME: '/home/other/.pm2' },
      { ...PM2, PM2_HOME: long },
      { ...PM2, PM2_HOME: `${long}y` },
    ].map((env) => of(env) ?? '')
    expect(new Set(all).size).toBe(all.length)
    expect(all.filter((path) => path.length > 92 || path.includes('..'))).toEqual([])
  })
})
