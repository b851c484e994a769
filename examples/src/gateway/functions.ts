/** The function tools that the gateway runs, by name. */

const CELSIUS: ReadonlyMap<string, number> = new Map([
  ['Oslo', 4],
  ['Paris', 14],
  ['Nairobi', 23],
])

/** Takes the parsed arguments of the model. Throws if the call fails. */
export type ToolFunction = (args: Readonly<Record<string, unknown>>) => Promise<string>

export const functions: ReadonlyMap<string, ToolFunction> = new Map([['get_weather', getWeather]])

async function getWeather(args: Readonly<Record<string, unknown>>): Promise<string> {
  const city = String(args['city'])
  const celsius = CELSIUS.get(city)
  if (celsius === undefined) throw new Error(`no weather station in ${city}`)
  return `${celsius} degrees Celsius in ${city}`
}
