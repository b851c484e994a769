// The application of `ws` that the frameworks' checks run too.
import http from 'node:http'
import { WebSocketServer } from 'ws'
import start from '../frameworks/apps/websocket-ws.app.cjs'

start({ http, WebSocketServer })
