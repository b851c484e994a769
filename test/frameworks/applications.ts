/** One version of a framework: the arguments of its application, and how it differs from the others. */
export interface Application {
  /** Name in the output. */
  readonly name: string
  /** Folder of `projects` with its packages. */
  readonly project: string
  /** File of `apps`, without `.app.cjs`. */
  readonly app: string
  /** Imports by binding: a name, or a list of names in braces. */
  readonly imports: Readonly<Record<string, string>>
  /** Further arguments of the application, as source text. */
  readonly options?: string
  /** Whether the framework publishes its routes: then its package need not be recognized and may be bundled. */
  readonly publishes: boolean
  /** Whether esbuild can bundle it: Nest loads its parts by name, and Next has its own bundler. */
  readonly bundled?: boolean
  /** Status of `DELETE /json`. Default: 404. */
  readonly notAllowed?: number
  /** Outcome of a stream whose source throws. Default: `server_error`, since the framework closes the connection. */
  readonly thrown?: string
  /** Whether it writes events itself and removes the time limit of their connection. */
  readonly ownsStreams?: boolean
  /** Whether the framework creates spans itself with the API's tracer. */
  readonly hasTracer?: boolean
  /** Whether a package for the framework compresses one of its streams. */
  readonly compresses?: boolean
  /** Additional paths and the status of their responses. */
  readonly paths?: Readonly<Record<string, number>>
}

const express = {
  app: 'express',
  imports: { express: 'express' },
  paths: { '/two/5': 200, '/t/acme/things': 200, '/sub/x/ping/1': 200 },
}
const wildcard5 = "wildcard: '/files/*path', wildcardLabel: '/files/{path}'"
const wildcard4 = "wildcard: '/files/*', wildcardLabel: '/files/*'"

/** Koa 2 and h3 1 leave the connection open when a body fails. */
const LEFT_OPEN = 'timeout'
/** Nest sends the client an `error` event. */
const ANNOUNCED = 'upstream_error'

const nest = {
  '* as common': '@nestjs/common',
  '{ NestFactory }': '@nestjs/core',
  '{ from, map }': 'rxjs',
}

/** The applications. All have the same routes and behaviour. */
export const APPLICATIONS: readonly Application[] = [
  {
    name: 'Express 5',
    project: 'current',
    ...express,
    imports: { ...express.imports, compress: 'compression' },
    options: wildcard5,
    publishes: true,
    bundled: true,
    compresses: true,
  },
  { name: 'Express 5.1', project: 'early-express-5', ...express, options: wildcard5, publishes: false },
  { name: 'Express 4', project: 'older', ...express, options: wildcard4, publishes: false, bundled: true },
  {
    name: 'Fastify 5',
    project: 'current',
    app: 'fastify',
    imports: { fastify: 'fastify', compress: '@fastify/compress' },
    compresses: true,
    publishes: true,
    bundled: true,
  },
  {
    name: 'Fastify 4',
    project: 'older',
    app: 'fastify',
    imports: { fastify: 'fastify' },
    publishes: true,
    bundled: true,
  },
  {
    name: 'Koa 3, @koa/router 15',
    project: 'current',
    app: 'koa',
    imports: { Koa: 'koa', '{ Router }': '@koa/router', compress: 'koa-compress' },
    options: wildcard5,
    publishes: false,
    bundled: true,
    compresses: true,
    notAllowed: 405,
  },
  {
    name: 'Koa 2, @koa/router 12',
    project: 'older',
    app: 'koa',
    imports: { Koa: 'koa', Router: '@koa/router' },
    options: "wildcard: '/files/(.*)', wildcardLabel: '/files/(.*)'",
    publishes: false,
    notAllowed: 405,
    thrown: LEFT_OPEN,
  },
  {
    name: 'Hono 4',
    project: 'current',
    app: 'hono',
    imports: { '{ Hono }': 'hono', '{ serve }': '@hono/node-server' },
    publishes: false,
    bundled: true,
    paths: { '/every/x': 200, '/assets/a': 200, '/assets/none': 404 },
  },
  {
    // Two entries that share files: on Node 22.15 the process crashes if a shared file is loaded at the wrong time.
    name: 'Hono 4, with hono/tiny and hono/quick',
    project: 'current',
    app: 'hono',
    imports: {
      '{ Hono: Default }': 'hono',
      '{ Hono: Quick }': 'hono/quick',
      '{ Hono }': 'hono/tiny',
      '{ serve }': '@hono/node-server',
    },
    publishes: false,
    paths: { '/every/x': 200, '/assets/a': 200, '/assets/none': 404 },
  },
  {
    name: 'h3 2',
    project: 'current',
    app: 'h3',
    imports: { '{ H3, HTTPError, toNodeHandler }': 'h3' },
    publishes: false,
    bundled: true,
  },
  {
    name: 'h3 1',
    project: 'older',
    app: 'h3-1',
    imports: {
      '{ createApp, createError, createRouter, eventHandler, setResponseStatus, toNodeListener, useBase }':
        'h3',
    },
    publishes: false,
    notAllowed: 405,
    thrown: LEFT_OPEN,
    paths: { '/based/3': 200 },
  },
  {
    name: 'Express 4 under an alias',
    project: 'loaders',
    ...express,
    imports: { express: 'express4' },
    options: wildcard4,
    publishes: false,
  },
  {
    name: 'Koa 3 under an alias',
    project: 'loaders',
    app: 'koa',
    imports: { Koa: 'koa3', '{ Router }': '@koa/router' },
    options: wildcard5,
    publishes: false,
    notAllowed: 405,
  },
  {
    name: 'Hono 4 under an alias',
    project: 'loaders',
    app: 'hono',
    imports: { '{ Hono }': 'hono-alias', '{ serve }': '@hono/node-server' },
    publishes: false,
    paths: { '/every/x': 200, '/assets/a': 200, '/assets/none': 404 },
  },
  {
    name: 'h3 2 under an alias',
    project: 'loaders',
    app: 'h3',
    imports: { '{ H3, HTTPError, toNodeHandler }': 'h3-alias' },
    publishes: false,
  },
  {
    name: 'NestJS 12 on Express',
    project: 'current',
    app: 'nest',
    imports: { ...nest, '{ ExpressAdapter: Adapter }': '@nestjs/platform-express' },
    options: "wildcard: 'files/*path', wildcardLabel: '/files/{path}'",
    thrown: ANNOUNCED,
    ownsStreams: true,
    publishes: true,
  },
  {
    name: 'NestJS 12 on Fastify',
    project: 'current',
    app: 'nest',
    imports: { ...nest, '{ FastifyAdapter: Adapter }': '@nestjs/platform-fastify' },
    options: "wildcard: 'files/*', wildcardLabel: '/files/*'",
    thrown: ANNOUNCED,
    ownsStreams: true,
    publishes: true,
  },
  {
    name: 'Next 16',
    project: 'next',
    app: 'next',
    imports: { next: 'next' },
    publishes: false,
    hasTracer: true,
    notAllowed: 405,
    paths: { '/page/7': 200, '/api/old': 200 },
  },
  {
    name: 'node:http with setRoute',
    project: 'current',
    app: 'plain',
    imports: { http: 'node:http', '{ setRoute }': '@vr/otel' },
    publishes: true,
    notAllowed: 405,
  },
]
