import { expect, it } from 'vitest'
import { endsWithWildcard } from './wildcard-template.ts'

it.each([
  '*',
  '/*',
  '/proxy/*',
  '/**',
  '/proxy/**:path',
  '/proxy/*path',
  '/*"the path"',
  '/{*splat}',
  '/proxy{/*splat}',
  '/(.*)',
  '/:path(.*)',
  '/:path(.*)*',
  '/:path*',
  '/:path+',
  '/:path{.+}',
  '/{path+}',
  '/proxy/{path*}',
  '/[...path]',
  '/proxy/[[...path]]',
])('%s ends with a wildcard', (template) => {
  expect(endsWithWildcard(template)).toBe(true)
})

it.each([
  '',
  '/',
  '/v1/responses',
  '/users/:id',
  '/users/{id}',
  '/users/:id?',
  '/users/:id(\\d+)',
  '/users/:id{[0-9]+}',
  '/users/[id]',
  '/files/*/name',
  '/proxy/*.js',
  '/a*b',
  '/users{/:id}',
])('%s does not end with a wildcard', (template) => {
  expect(endsWithWildcard(template)).toBe(false)
})
