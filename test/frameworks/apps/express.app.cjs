'use strict'
const { pipeline, Readable } = require('node:stream')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** Express 4 and 5, whose wildcards have different syntax. */
module.exports = ({ express, compress, wildcard, wildcardLabel }) => {
  const app = express()
  const expectRoute = (label) => (req, _res, next) => {
    setExpectedRoute(req.headers['x-id'], label)
    next()
  }
  const tenant = express.Router({ mergeParams: true })
  const things = express.Router({ mergeParams: true })
  const mounted = express()
  const stream = (count) => (_req, res) => {
    res.setHeader('content-type', 'text/event-stream')
    pipeline(Readable.from(events(count)), res, () => {})
  }
  app.use((_req, _res, next) => next())
  app.use('/t', (_req, _res, next) => next())
  app.get('/json', expectRoute('/json'), (_req, res) => res.json({ ok: true }))
  app.get(wildcard, expectRoute(wildcardLabel), (req, res) => res.json({ path: req.path }))
  app.get('/empty', expectRoute('/empty'), (_req, res) => res.status(204).end())
  app.get('/fails', expectRoute('/fails'), () => {
    throw new Error('fails')
  })
  app.get('/rejects/:id', expectRoute('/rejects/{id}'), (_req, _res, next) => {
    setImmediate(() => next(new Error('rejects')))
  })
  app.get('/guarded/:id', expectRoute('/guarded/{id}'), (_req, res) => res.status(401).json({}))
  app.get('/stream', expectRoute('/stream'), stream(3))
  app.get('/stream/open', expectRoute('/stream/open'), stream(1e9))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    app.get(`/stream/${how}`, expectRoute(`/stream/${how}`), stream(how))
  if (compress !== undefined)
    app.get('/stream/compressed', expectRoute('/stream/compressed'), compress(), stream('announced'))
  app.get(['/one', '/two/:n'], expectRoute('/two/{n}'), (_req, res) => res.json({}))
  things.get('/', expectRoute('/t/{tenant}/things'), (_req, res) => res.json([]))
  things.get('/:id', expectRoute('/t/{tenant}/things/{id}'), (req, res) => res.json(req.params))
  tenant.use('/things', things)
  app.use('/t/:tenant', tenant)
  mounted.get('/ping/:n', expectRoute('/sub/{app}/ping/{n}'), (req, res) => res.json(req.params))
  app.use(['/other', '/sub/:app'], mounted)
  const server = app.listen(0, '127.0.0.1')
  logRequests(server)
}
