/** Returns the type of a `content-type` without its parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Returns whether a media type is JSON (RFC 8259, RFC 6839). */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}
