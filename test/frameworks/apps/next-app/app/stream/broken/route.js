import { stream } from '../../../events.js'

export const dynamic = 'force-dynamic'
export const GET = () => stream('broken')
