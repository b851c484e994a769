/** Metrics cannot be collected now, for a reason that the message gives to whoever scrapes them. A later scrape may succeed. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
}
