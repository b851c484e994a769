import { eventually } from './running-app.ts'
import { scrape } from './scrape.ts'

/** Scrapes a URL until no request is in flight. */
export async function scrapeWhenIdle(
  url: string,
): Promise<{ values: (name: string) => Record<string, number> }> {
  const result = await eventually(async () => {
    const scraped = await scrape(url)
    return scraped.values('http_in_flight_requests')[''] === 0 ? scraped : undefined
  })
  return { values: (name) => result.values(name) }
}
