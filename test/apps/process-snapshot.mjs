// Snapshots of everything that telemetry could change in a process: properties of the objects that it may patch, channel
// subscribers, listeners, timers, handles, module hooks and observers.

import { createHook } from 'node:async_hooks'
import dc from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import http, * as httpBindings from 'node:http'
import http2 from 'node:http2'
import https, * as httpsBindings from 'node:https'
import module, * as moduleBindings from 'node:module'
import net from 'node:net'
import perfHooks from 'node:perf_hooks'
import stream from 'node:stream'
import timers from 'node:timers'
import tls from 'node:tls'

// Replaced before telemetry is loaded, so that it calls the counting functions.
const counted = { moduleHooks: 0, performanceObservers: 0 }
const { registerHooks } = module
module.registerHooks = (hooks) => {
  counted.moduleHooks++
  const registered = registerHooks(hooks)
  return {
    deregister() {
      counted.moduleHooks--
      registered.deregister()
    },
  }
}
const Observer = perfHooks.PerformanceObserver.prototype
const { observe, disconnect } = Observer
Observer.observe = function (...args) {
  counted.performanceObservers++
  return Reflect.apply(observe, this, args)
}
Observer.disconnect = function (...args) {
  counted.performanceObservers--
  return Reflect.apply(disconnect, this, args)
}
module.syncBuiltinESMExports()

/** Types of resources that live until the program closes them; others may wait for the garbage collector. */
const KEPT =
  /^(Timeout|TCPSERVERWRAP|TCPWRAP|PIPEWRAP|TLSWRAP|SIGNALWRAP|HTTP2SESSION|HTTP2STREAM|MESSAGEPORT|WORKER)$/
const alive = new Map()
createHook({
  init(id, type) {
    if (KEPT.test(type)) alive.set(id, type)
  },
  destroy: (id) => void alive.delete(id),
}).enable()

const h2 = http2.createServer()
const h2s = http2.createSecureServer({})
const prototypeChain = (name, object) => {
  const chain = {}
  for (let at = object, depth = 0; at !== null; at = Object.getPrototypeOf(at), depth++)
    chain[`${name}/${depth}`] = at
  return chain
}

/** The objects whose properties are compared. */
const objects = {
  globalThis,
  process,
  module,
  http,
  https,
  http2,
  net,
  tls,
  dc,
  perfHooks,
  timers,
  console,
  performance,
  promises: Promise,
  ...prototypeChain('process', Object.getPrototypeOf(process)),
  ...prototypeChain('module', module.prototype),
  ...prototypeChain('http.Server', http.Server.prototype),
  ...prototypeChain('https.Server', https.Server.prototype),
  ...prototypeChain('IncomingMessage', http.IncomingMessage.prototype),
  ...prototypeChain('ServerResponse', http.ServerResponse.prototype),
  ...prototypeChain('ClientRequest', http.ClientRequest.prototype),
  ...prototypeChain('Agent', http.Agent.prototype),
  ...prototypeChain('Socket', net.Socket.prototype),
  ...prototypeChain('TLSSocket', tls.TLSSocket.prototype),
  ...prototypeChain('Http2Server', Object.getPrototypeOf(h2)),
  ...prototypeChain('Http2SecureServer', Object.getPrototypeOf(h2s)),
  ...prototypeChain('Http2ServerRequest', http2.Http2ServerRequest.prototype),
  ...prototypeChain('Http2ServerResponse', http2.Http2ServerResponse.prototype),
  ...prototypeChain('Writable', stream.Writable.prototype),
  ...prototypeChain('Channel', dc.Channel.prototype),
  ...prototypeChain('Promise', Promise.prototype),
  EventEmitter,
  stdout: process.stdout,
  stderr: process.stderr,
}

/** Adds an object to the comparison, such as the class of a stream, which exists only once there is a stream. */
export function compareToo(name, object) {
  Object.assign(objects, prototypeChain(name, object))
}

/** Names of channels in the sources of the packages and of OpenTelemetry's instrumentations. */
const channels = [
  ...new Set(
    [
      '../../packages/*/dist/**/*.js',
      '../../node_modules/@opentelemetry/instrumentation-{http,undici}/dist/*.cjs',
    ]
      .flatMap((pattern) => globSync(pattern, { cwd: import.meta.dirname }))
      .flatMap((file) => [
        ...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(
          /['"]((?:tracing:|undici:|http\.|http2\.|net\.|fastify\.|vr\.otel)[\w.:]+)['"]/g,
        ),
      ])
      .map((match) => match[1]),
  ),
]

/** Number of open resources by type. */
function kept() {
  const counts = {}
  for (const type of alive.values()) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

/** Whether no connection is open and no timer runs except the one of each HTTP server. */
export function isQuiet(servers) {
  const { Timeout, TCPWRAP, HTTP2SESSION } = kept()
  return Timeout === servers && TCPWRAP === undefined && HTTP2SESSION === undefined
}

/** Returns a snapshot for `differences`. */
export function snapshot() {
  const taken = new Map()
  for (const [name, object] of Object.entries(objects)) {
    for (const key of Reflect.ownKeys(object)) {
      taken.set(`${name} ${String(key)}`, Object.getOwnPropertyDescriptor(object, key))
    }
    taken.set(`${name} (prototype)`, Object.getPrototypeOf(object))
  }
  for (const [name, bindings] of Object.entries({ httpBindings, httpsBindings, moduleBindings })) {
    for (const key of Object.keys(bindings)) taken.set(`${name} ${key}`, bindings[key])
  }
  for (const name of channels) taken.set(`channel ${name}`, dc.channel(name).hasSubscribers)
  for (const name of process.eventNames()) taken.set(`process on ${String(name)}`, process.listeners(name))
  for (const [name, count] of Object.entries(counted)) taken.set(name, count)
  for (const [name, value] of Object.entries(process.env)) taken.set(`env ${name}`, value)
  taken.set('resources', process.getActiveResourcesInfo().sort())
  taken.set('alive', kept())
  taken.set('stackTraceLimit', Error.stackTraceLimit)
  return taken
}

/** Returns the names of the entries that differ between two snapshots. */
export function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => !isSame(before.get(name), after.get(name)))
}

function isSame(one, other) {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => Object.is(one[key], other[key]))
}

/** Number of compared channels; tests check that it is not 0. */
export const channelCount = channels.length
