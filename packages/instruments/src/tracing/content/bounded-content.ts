/** Longest value of an attribute, in UTF-16 units. */
const MAX_LENGTH = 65_536

/** Cuts a value, and marks the cut with the length of the whole value. */
export function boundedContent(value: string): string {
  if (value.length <= MAX_LENGTH) return value
  return `${value.slice(0, MAX_LENGTH)}… [truncated, ${value.length} characters]`
}
