import type { BodyDecoder } from './stream-observation.ts'

/** The properties of a request that are known when it arrives. */
export interface IncomingRequest {
  /** Request method as received; `undefined` if there is none. */
  readonly method: string | undefined
  /** `https` if the connection is encrypted. */
  readonly scheme: 'http' | 'https'
  /** Such as `1.1` or `2`. */
  readonly protocolVersion: string
  /** Request target as received. Its path is matched against the configured templates if no framework gives a route. */
  readonly target?: string | undefined
}

/** The properties of a response that its headers determine. */
export interface ResponseHeaders {
  /** Status code. */
  readonly status: number
  /** Whether the content type is `text/event-stream`. */
  readonly isEventStream: boolean
  /** Whether the content type is JSON and {@link RequestObservation.readsJson} is `true`. Default `false`. */
  readonly isJson?: boolean
  /** Whether the body is sent without a content encoding. */
  readonly isIdentity: boolean
  /** Decodes an encoded body. Without a decoder the events of an encoded stream are not counted. */
  readonly decoder?: BodyDecoder | undefined
}
