import { describe, expect, it } from 'vitest'
import { packageFile } from './package-file.ts'

describe('packageFile', () => {
  it('splits URLs of all package managers', () => {
    const urls = [
      'file:///app/node_modules/koa/lib/context.js',
      'file:///app/node_modules/@koa/router/dist/index.mjs',
      'file:///app/node_modules/.pnpm/koa@3.3.0/node_modules/koa/lib/context.js',
      'file:///C:/app/node_modules/a/node_modules/koa/index.js',
      'file:///app/.yarn/cache/koa-npm-3.3.0.zip/node_modules/koa/index.js',
    ]
    expect(urls.map((url) => packageFile(url))).toEqual([
      { name: 'koa', folder: 'file:///app/node_modules/koa/', path: 'lib/context.js' },
      { name: '@koa/router', folder: 'file:///app/node_modules/@koa/router/', path: 'dist/index.mjs' },
      {
        name: 'koa',
        folder: 'file:///app/node_modules/.pnpm/koa@3.3.0/node_modules/koa/',
        path: 'lib/context.js',
      },
      { name: 'koa', folder: 'file:///C:/app/node_modules/a/node_modules/koa/', path: 'index.js' },
      {
        name: 'koa',
        folder: 'file:///app/.yarn/cache/koa-npm-3.3.0.zip/node_modules/koa/',
        path: 'index.js',
      },
    ])
  })

  it('returns undefined for other URLs', () => {
    const urls = [
      'node:fs',
      'file:///app/server.mjs',
      'data:text/javascript,',
      'file:///app/node_modules/koa',
      '',
    ]
    expect(urls.map((url) => packageFile(url))).toEqual(urls.map(() => undefined))
  })
})
