import type { ModulePatch } from '../../patching/module-patch.ts'
import { ENGINE_IO_PATCHES } from './engine-io-patches.ts'
import { WS_PATCHES } from './ws-patches.ts'

/** Patches of WebSocket libraries, for what is not on the socket: the path of a server, and the payload of compressed messages. */
export const WEBSOCKET_PATCHES: readonly ModulePatch[] = [...WS_PATCHES, ...ENGINE_IO_PATCHES]
