// The application of `@fastify/websocket` that the frameworks' checks run too.
import websocket from '@fastify/websocket'
import { fastify } from 'fastify'
import start from '../frameworks/apps/websocket-fastify.app.cjs'

start({ fastify, websocket })
