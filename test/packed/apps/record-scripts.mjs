// Loaded first: records the URL of every script that is compiled after it.
import { Session } from 'node:inspector'

const session = new Session()
session.connect()
globalThis.scripts = []
session.on('Debugger.scriptParsed', ({ params: { url } }) => globalThis.scripts.push(url))
session.post('Debugger.enable')
